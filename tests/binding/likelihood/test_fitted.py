"""A fitted model beside its reads."""

from __future__ import annotations

import pytest

from cisgrammar.binding.likelihood.fitted import Fitted
from cisgrammar.binding.likelihood.standard_errors import covariance
from toy_binding import WIDTH, drawn, monomer


def test_single_precision_and_foreign_libraries_are_refused() -> None:
    model = monomer()
    table = drawn(model, 50, WIDTH, 0)
    with pytest.raises(ValueError, match="not float64"):
        Fitted({"library": monomer().float()}, {}, {"library": table})
    with pytest.raises(ValueError, match="wanted \\['library'\\]"):
        Fitted({"library": model}, {}, {"other": table})
    model.requires_grad_(False)
    with pytest.raises(ValueError, match="frozen"):
        covariance(Fitted({"library": model}, {}, {"library": table}))
