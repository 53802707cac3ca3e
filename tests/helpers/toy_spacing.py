"""Dimers and reads drawn from them."""

from __future__ import annotations

from cisgrammar.binding.likelihood.fitted import Fitted
from toy_binding import NO_PENALTY, drawn, factors_of


def plain(model, n=600, seed=0) -> Fitted:
    table = drawn(model, n, model.bindings[1].layer.input_shape, seed)
    return Fitted({"library": model}, factors_of(model), {"library": table}, penalty=NO_PENALTY)
