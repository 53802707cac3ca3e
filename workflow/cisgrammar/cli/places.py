"""Where the rules are: of a checkout, or those that the installed package brings."""

from __future__ import annotations

from pathlib import Path

import cisgrammar

CONFIG = "config/config.yaml"
_INSTALLED = "cisgrammar_workflow"


def workflow_folder() -> Path:
    """The folder with the Snakefile, `workflow/rules`, `scripts`, `envs` and the demo's `config`.

    Raises
    ------
    ValueError
        If the package was installed without them.
    """
    package = Path(cisgrammar.__file__).resolve().parent
    for folder in (package.parents[1], package.parent / _INSTALLED):
        if (folder / "Snakefile").is_file() and (folder / "workflow" / "rules").is_dir():
            return folder
    raise ValueError(f"no Snakefile beside {package}; install cisgrammar from its wheel or a checkout")


def check_out(path: str) -> None:
    """ValueError, before any work, if a file stands where a folder is to be written."""
    here = Path(path)
    for part in (here, *here.parents):
        if part.exists():
            if not part.is_dir():
                raise ValueError(f"--out {path}: {part} is a file; name a folder")
            return
