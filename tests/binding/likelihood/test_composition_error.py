"""The error of an estimated composition in the slopes of log E[Z]: beside compositions estimated again."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from cisgrammar.binding.likelihood.composition import Composition, fit_composition
from cisgrammar.binding.likelihood.composition_error import composition_noise
from cisgrammar.binding.likelihood.coordinate import coordinates
from cisgrammar.binding.likelihood.expected_binding import log_expected_z
from toy_binding import WIDTH, monomer
from toy_library import initial, markov


@pytest.mark.parametrize("by_position", [True, False])
def test_it_is_the_spread_of_slopes_with_compositions_estimated_again(by_position: bool) -> None:
    model, rng = monomer(), np.random.default_rng(0)
    if by_position:
        below = rng.dirichlet(np.full(4, 6.0), WIDTH).cumsum(1)[:, :3]
    slopes, said = [], []
    numbers = [n for n in coordinates([model]) if n.parameter is model.bindings[1].psam.betas]
    for seed in range(60):
        if by_position:
            codes = (rng.random((1500, WIDTH, 1)) > below).sum(2).astype(np.uint8)
        else:
            codes = markov(1500, WIDTH, 1, 2)[rng.integers(0, 1500, 1500)]
        found = fit_composition(initial(codes), 0)
        model.zero_grad()
        log_expected_z(model, found)[0].backward()
        slopes.append(model.bindings[1].psam.betas.grad.flatten().numpy().copy())
        if seed < 3:
            said.append(np.diag(composition_noise(model, found, numbers)))
    ratio = np.std(slopes, axis=0) / np.sqrt(np.mean(said, 0))
    # The error of a standard deviation of 60 is 9 %, of the median over 16 correlated ones less than that.
    assert np.median(ratio) == pytest.approx(1.0, abs=0.2)


def test_even_letters_are_not_estimated() -> None:
    model = monomer()
    even = Composition("even letters", torch.full((WIDTH, 1, 4), -np.log(4), dtype=torch.float64))
    assert not composition_noise(model, even, coordinates([model])).any()
