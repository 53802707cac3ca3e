"""The catalogue of factors: kinds, matrices, what is alike."""

import numpy as np
import pytest
from pydantic import ValidationError

from cisgrammar.config.schema import Simulate
from cisgrammar.simulate.factors.catalogue import CERTAIN, COMMON, FACTORS

BY_NAME = {factor.name: factor for factor in FACTORS}


def test_kinds_follow_from_effects_and_cover_the_range():
    assert {name for name, factor in BY_NAME.items() if factor.kind == "repressor"} == {"ROX1"}
    assert {name for name, factor in BY_NAME.items() if factor.kind == "passenger"} == {"GCN4"}
    effects = [factor.effect for factor in FACTORS if factor.kind == "activator"]
    assert (min(effects), max(effects)) == (0.2, 1.2)
    assert BY_NAME["RAP1"].share == 0.03
    assert BY_NAME["GCN4"].share == 0.3


def test_cores_are_certain_columns_that_lie_side_by_side():
    for factor in FACTORS:
        certain = np.flatnonzero(factor.probabilities().max(axis=1) > CERTAIN)
        np.testing.assert_array_equal(certain, np.arange(certain[0], certain[0] + len(factor.core())))
        np.testing.assert_allclose(factor.probabilities().sum(axis=1), 1)


def test_only_gata_and_gzf3_are_alike():
    # REB1 has 8 certain columns; the ninth is compared too.
    cores = {factor.name: factor.probabilities().argmax(axis=1)[2:11].astype(np.uint8) for factor in FACTORS}
    for a, first in cores.items():
        for b, second in cores.items():
            shifts = [(first[max(s, 0) : 9 + min(s, 0)], second[max(-s, 0) : 9 - max(s, 0)]) for s in range(-2, 3)]
            turned = [(x, 3 - y[::-1]) for x, y in ((first, second),)]
            far = min(int((x != y).sum()) + 9 - len(x) for x, y in [*shifts, *turned])
            if {a, b} == {"GATA", "GZF3"}:
                assert far == 2
            elif a != b:
                assert far > 3, (a, b)


def test_a_genome_needs_a_common_activator_and_no_factor_twice():
    assert {factor.name for factor in FACTORS if factor.share >= COMMON} == {"REB1", "CBF1", "GATA"}
    with pytest.raises(ValidationError, match="REB1, CBF1 or GATA"):
        Simulate(factors=("ROX1", "GCN4"))
    with pytest.raises(ValidationError, match="names one twice"):
        Simulate(factors=("REB1", "REB1"))
    with pytest.raises(ValidationError, match="Input should be 'REB1'"):
        Simulate(factors=("XYZ",))
