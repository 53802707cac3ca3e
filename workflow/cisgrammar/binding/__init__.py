"""Binding models: PSAMs, position bias, cooperativity and selection rounds, fitted to SELEX reads (ProBound's model).

The names below can be imported from here; each is loaded when it is first asked for.
"""

from importlib import import_module
from typing import Any

_HOME = {
    "PSAM": "psam",
    "Conv1d": "conv1d",
    "Cooperativity": "cooperativity",
    "Experiment": "experiment",
    "Fit": "fit",
    "FitSettings": "fit",
    "Mode": "mode",
    "NonSpecific": "mode",
    "Spacing": "spacing",
    "read_count_table": "counts",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
