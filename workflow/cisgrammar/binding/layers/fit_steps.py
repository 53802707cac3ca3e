"""The steps that fit a binding, in the order in which a sequential fit takes them."""

from __future__ import annotations

from typing import Literal, NamedTuple

Kind = Literal["activate", "start", "shift", "extend", "flank", "fit"]
Parameter = Literal["", "spacing", "posbias", "pairwise", "all"]


class Step(NamedTuple):
    """One step.

    Parameters
    ----------
    kind
        `activate` (switch on), `start` (find the motif), `shift` (move the matrix), `extend` (widen it), `flank` (score
        more of the constant regions) or `fit`.
    parameter
        What a `fit` unfreezes.
    """

    kind: Kind
    parameter: Parameter = ""


ACTIVATE = Step("activate")
START = Step("start")
SHIFT = Step("shift")
EXTEND = Step("extend")
FLANK = Step("flank")
FIT_SPACING = Step("fit", "spacing")
FIT_POSBIAS = Step("fit", "posbias")
FIT_PAIRWISE = Step("fit", "pairwise")
FIT_ALL = Step("fit", "all")
ORDER = (ACTIVATE, START, SHIFT, EXTEND, FLANK, FIT_SPACING, FIT_POSBIAS, FIT_PAIRWISE, FIT_ALL)
