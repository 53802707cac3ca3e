"""Profile models: bias, transformation, combined; their training, prediction and evaluation.

The names below can be imported from here; each is loaded when it is first asked for, so that rules which only read a
table do not import torch.
"""

from cisgrammar.lazy import loader

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

__getattr__ = loader(__name__, _HOME)
