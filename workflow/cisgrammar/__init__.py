"""cisgrammar: models of regulatory DNA, and tests of what they learned.

`cisgrammar.load(path)` opens a model or the models of a run, `cisgrammar.results(path)` its tables. Both are imported
when they are first asked for: the rules of the workflow read this package without torch.
"""

from pkgutil import resolve_name
from typing import Any

__version__ = "0.1.0"
__all__ = ["load", "results"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        # By its name: an import statement would make the front door a part of every script's code.
        return resolve_name(f"cisgrammar.api.load:{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    # What an editor or a notebook offers: the front door, and the packages that are loaded.
    return sorted({*__all__, *(name for name in globals() if name not in ("Any", "resolve_name"))})
