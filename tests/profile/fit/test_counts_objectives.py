"""The losses of both phases, beside scipy and by hand."""

import numpy as np
import pytest
import torch
from scipy import stats

from cisgrammar.profile.data.pieces import PieceBatch
from cisgrammar.profile.fit.counts_objectives import RatesObjective, negative_binomial_nll
from cisgrammar.profile.models.counts_network import BIN, CountsNetwork


@pytest.mark.parametrize("dispersion", [0.5, 2.0])
def test_the_negative_binomial_is_scipys(dispersion):
    mean, counts = np.array([0.1, 3.0, 50.0]), np.array([0.0, 4.0, 20.0])
    size = 1 / dispersion
    wanted = -stats.nbinom.logpmf(counts, size, size / (size + mean))
    found = negative_binomial_nll(torch.tensor(mean).log(), torch.tensor(counts), dispersion)
    np.testing.assert_allclose(found, wanted, rtol=1e-9)
    # Far from all data it is large, and a number.
    assert torch.isfinite(negative_binomial_nll(torch.tensor([200.0, -200.0]), torch.tensor([0.0, 9.0]), 0.5)).all()


class FixedRates(CountsNetwork):
    """Rates that are given, whatever the sequence."""

    def __init__(self, log_rates):
        super().__init__(1, 2 * BIN, 2, 0, seed=0)
        self.given = log_rates

    def log_rates(self, x):
        return self.given.expand(len(x), 1, -1)


class Nothing:
    def batches(self, epoch, turned=True):
        return iter(())

    def steps(self):
        return 0


def test_bins_outside_of_windows_do_not_count():
    network = FixedRates(torch.log(torch.tensor([[1.0, 2.0, 3.0, 4.0]])))
    objective = RatesObjective(network, Nothing(), Nothing())
    counts = torch.tensor([[[1.0, 2.0, 1000.0, 5000.0]]])
    counted = torch.tensor([[True, True, False, False]])
    found = objective.loss(PieceBatch(torch.zeros(1, 4 * BIN, dtype=torch.uint8), counts, counted))
    wanted = -stats.nbinom.logpmf([1, 2], 2.0, 2 / (2 + np.array([1.0, 2.0]))).mean()
    assert float(found["rates_nll"]) == pytest.approx(wanted, rel=1e-5)
    # One stretch of two bins is whole: (ln 3 - ln 4)^2 with its weight.
    error = (np.log(3) - np.log1p(3)) ** 2 / (1 / 4 + 0.3)
    assert float(found["totals_error"]) == pytest.approx(error, rel=1e-5)
    assert float(found["loss"]) == pytest.approx(wanted + error / 3, rel=1e-5)
