"""The counts network: rates and totals of the bins that they are said to be of."""

import numpy as np
import pytest
import torch

from cisgrammar.profile.models.counts_network import BIN, CountsNetwork, bins_of
from toy_profile import random_dna


def network(heads=2, length=200, layers=2):
    made = CountsNetwork(heads, length, 8, layers, seed=1).eval()
    with torch.no_grad():
        made.rates.weight.mul_(3)
    return made


def test_rates_are_of_bins_around_the_centre():
    assert network().log_rates(random_dna(3, 20 * BIN + 7)).shape == (3, 2, 20)
    # What is cropped at the ends changes nothing.
    x = random_dna(1, 20 * BIN + 7)
    other = x.clone()
    other[:, :, :3] = other[:, :, -4:] = 0
    assert torch.equal(network().log_rates(x), network().log_rates(other))


def test_the_total_begins_as_mean_log_rate_plus_log_of_bins():
    made = network()
    made.start_totals()
    x = random_dna(4, 31 * BIN)
    wanted = bins_of(200)
    first = (31 - wanted) // 2
    rates = made.log_rates(x)[:, :, first : first + wanted]
    torch.testing.assert_close(made(x), rates.mean(2) + np.log(wanted))


def test_the_total_sees_the_window_and_not_what_is_far_from_it():
    made = network(layers=0)
    x = random_dna(1, 41 * BIN).requires_grad_()
    made(x).sum().backward()
    reached = x.grad.abs().sum((0, 1)) > 0
    middle = 41 * BIN // 2
    assert reached[middle - 100 : middle + 100].all()
    assert not reached[: middle - 100 - 4 * BIN].any()
    assert not reached[middle + 100 + 4 * BIN :].any()


@pytest.mark.parametrize(("length", "bins"), [(32, 1), (33, 2), (1000, 32), (1, 1)])
def test_bins_cover_a_length(length, bins):
    assert bins_of(length) == bins


def test_a_seed_gives_the_same_weights():
    a, b, c = (CountsNetwork(1, 100, 4, 1, seed) for seed in (1, 1, 2))
    assert torch.equal(a.stem[0].weight, b.stem[0].weight)
    assert not torch.equal(a.stem[0].weight, c.stem[0].weight)
