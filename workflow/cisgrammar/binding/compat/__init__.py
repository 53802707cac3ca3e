"""PyProBound's layers: their arguments and methods, and their numbers where `layers` departs from them.

`layers` holds what a fit of this package needs; each class here is one of these with the reference's other options and
methods. Position biases turn round about the table's end, and `score_mode` is in the read's direction, as in the
reference, unless told otherwise.
"""

from cisgrammar.public_names import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
