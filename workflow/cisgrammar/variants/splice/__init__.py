"""Splice models on variants: genes, passes of both alleles, SpliceAI's scores, and what changes at sites and exons.

The names in `__init__.pyi` can be imported from here.
"""

from cisgrammar.public_names import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
