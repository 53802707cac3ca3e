"""One copy of the code, or a clear error: rules say which package they were read with, and a job compares its own.

Rules are read with the package of their checkout; a job imports the one that is installed where it runs: here, in a
conda environment or in a container. Settings of one version would otherwise meet code of another in silence.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import cisgrammar
from cisgrammar.manifest import package_digest

# A variable and not a param: other code is no reason to run a rule again.
_VARIABLE = "CISGRAMMAR_RULES"


class SourceError(ValueError):
    """Rules and a job, or two parts of the rules, have different code; the message says what to do."""


def _own_folder() -> Path:
    return Path(cisgrammar.__file__).resolve().parent


def announce(checkout: str | Path) -> None:
    """Tell the jobs of this process which package its rules are read with.

    Parameters
    ----------
    checkout
        Folder with the rules' `workflow/cisgrammar`; if it is none (rules from an address), the package that was
        imported stands for it.

    Raises
    ------
    SourceError
        If another package was imported before, as by a workflow that uses two checkouts as modules.
    """
    own, wanted = _own_folder(), (Path(checkout) / "workflow" / "cisgrammar").resolve()
    digest = package_digest(own)
    if wanted.is_dir() and own != wanted and package_digest(wanted) != digest:
        raise SourceError(
            f"rules of {wanted.parents[1]} are read with the cisgrammar of {own}, which was imported before and "
            "differs; use one checkout in a run"
        )
    os.environ[_VARIABLE] = f"{digest} {wanted if wanted.is_dir() else own}"


def check() -> None:
    """SourceError if this process has another package than the rules that it works for; none outside of a workflow."""
    digest, _, folder = os.environ.get(_VARIABLE, "").partition(" ")
    own = _own_folder()
    if not digest or own == Path(folder) or package_digest(own) == digest:
        return
    checkout = Path(folder).parents[1]
    raise SourceError(
        f"this job has another cisgrammar ({own}) than its rules ({folder}); run `make install` in {checkout}, or "
        f"`{sys.executable} -m pip install --no-deps {checkout}`, or build the container anew"
    )
