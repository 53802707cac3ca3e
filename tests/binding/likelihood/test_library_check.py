"""The test whether an initial library holds as much binding as its composition lets expect."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from cisgrammar.binding.likelihood.composition import fit_composition
from cisgrammar.binding.likelihood.library_check import LibraryCheck, check_library
from cisgrammar.binding.likelihood.likelihood import Data
from cisgrammar.binding.reads.count_table import CountTable
from cisgrammar.simulate.binding_coverage import counted, truth
from cisgrammar.simulate.selected_reads import SETTINGS, holds


def check(name: str, seed: int) -> LibraryCheck:
    table = counted(SETTINGS[name], seed)
    with torch.no_grad():
        return check_library(truth(SETTINGS[name]), fit_composition(table, 0), Data(table, [0, 1]))


def test_a_right_library_is_rejected_at_the_level() -> None:
    """12 libraries at 0.05: more than 3 have a chance of 0.2 % (binomial)."""
    found = [check("right", seed) for seed in range(12)]
    assert sum(c.p_value < 0.05 for c in found) <= 3
    assert np.mean([c.ratio for c in found]) == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize("name", ["half of the motif", "a third of the motif"])
def test_a_library_that_lacks_the_motif_is_found_out_with_the_stated_power(name: str) -> None:
    """Of the mean of Z^2 the reads with the whole consensus are a part, which is what the library lacks."""
    found = [check(name, seed) for seed in range(4)]
    ratio = expected_ratio(name)
    assert np.mean([c.ratio for c in found]) == pytest.approx(ratio, abs=0.12)
    power = np.mean([c.power(ratio) for c in found])
    # Of four, two or more are found out with a chance of 0.95 if the power is 0.7.
    assert power > 0.6
    assert sum(c.p_value < 0.05 for c in found) >= 2


def expected_ratio(name: str) -> float:
    """Mean of Z^2 (Z less its non-specific part) over a library without some reads, by that over an even one."""
    setting = SETTINGS[name]
    reads = np.random.default_rng(1).integers(0, 4, (150_000, setting.length)).astype(np.uint8)
    with torch.no_grad():
        z = truth(setting).log_aggregate(torch.from_numpy(reads))[:, 0].exp().numpy()
    square = (z - z.min()) ** 2
    weight = np.where(holds(reads, setting.consensus), setting.kept, 1.0)
    return float(np.average(square, weights=weight) / square.mean())


def test_power_follows_the_number_of_sites() -> None:
    few, many = (LibraryCheck(1.0, 0.0, 1.0, n) for n in (2.0, 200.0))
    assert few.power(0.5) < 0.2 < 0.9 < many.power(0.5)
    assert many.power(1.0) == pytest.approx(0.05, abs=1e-3)


def test_the_power_is_what_simulation_finds() -> None:
    """Poisson numbers of sites of which half are missing, tested as two means that say the same would be."""
    rng = np.random.default_rng(3)
    n = rng.poisson(20.0, 4000)
    found = ((n - 40.0) ** 2 / 40.0 > 5.99).mean()
    assert LibraryCheck(0.5, 0.0, 1.0, 40.0).power(0.5) == pytest.approx(found, abs=0.12)


def test_without_reads_that_differ_there_is_nothing_to_see() -> None:
    table = CountTable(np.zeros((50, 10), dtype=np.uint8), np.ones((50, 2)))
    found = check_library(truth(SETTINGS["right"]), fit_composition(table, 0), Data(table, [0, 1]))
    assert np.isfinite([found.ratio, found.chi_square, found.p_value, found.reads]).all()
