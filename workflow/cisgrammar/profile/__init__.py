"""Profile models: bias, transformation, combined; their training, prediction and evaluation.

The names below can be imported from here; each is loaded when it is first asked for, so that rules which only read a
table do not import torch.
"""

from importlib import import_module
from typing import Any

_HOME = {
    "CombinedModel": "combined",
    "Head": "heads",
    "SoloModel": "solo",
    "TransformationModel": "transformation",
    "counts_mse": "losses",
    "load_keras": "keras_import",
    "load_model": "io",
    "multinomial_nll": "losses",
    "predict_windows": "predict",
    "save_model": "io",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
