"""Perturbation of sequences: outputs of any torch module before and after a stretch is shuffled, put in, or moved.

The names in `__init__.pyi` can be imported from here; each is loaded when it is first asked for, so that rules which
only read a table do not import torch.
"""

from cisgrammar.public_names import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
