"""Binding models: PSAMs, position bias, cooperativity and selection rounds, fitted to SELEX reads (ProBound's model).

The names below can be imported from here; each is loaded when it is first asked for.
"""

from cisgrammar.lazy import loader

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

__getattr__ = loader(__name__, _HOME)
