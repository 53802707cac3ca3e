"""Sites without effect: what they are, and that a wrong test would be seen."""

import numpy as np
import pytest

from cisgrammar.ablation.tables import site_table
from cisgrammar.calibration import sites
from cisgrammar.calibration.rates import stack
from cisgrammar.statistics.p_values import empirical_p


@pytest.fixture(scope="module")
def table():
    return sites.null_sites(np.random.default_rng(0))


def test_motifs_differ_in_gc_and_controls_are_like_them(table):
    kinds = {name: table[table["name"] == name] for name in ("many", "few", "control")}
    assert [len(part) for part in kinds.values()] == [180, 20, 800]
    assert kinds["many"]["gc"].min() >= 5 / 8
    assert kinds["few"]["gc"].max() <= 2 / 8
    near = [(part["offset"].abs() <= 44).mean() for part in kinds.values()]
    assert min(near) > 0.5
    assert not table.duplicated(["region", "start"]).any()


def test_spreads_are_as_their_names_say(table):
    low = (table["gc"] <= 3 / 8).to_numpy()
    for times in (2, 4):
        spread = sites.SPREADS[f"spread_{times}_at_low_gc"](table)
        assert set(spread[low]) == {times}
        assert set(spread[~low]) == {1}
    at_summit = sites.SPREADS["spread_4_at_summit"](table)
    assert at_summit[np.argmin(table["offset"].abs())] > 3.8
    assert at_summit[np.argmax(table["offset"].abs())] < 1.2


def rates_of(once, runs=30):
    rng = np.random.default_rng(4)
    found = stack([once(rng) for _ in range(runs)])
    return {name: part[:, 0].sum() / part[:, 1].sum() for name, part in found.items()}


def test_a_test_against_all_controls_would_be_seen(monkeypatch):
    """As it was, whatever the site's GC: a minority motif, whose spread is 4 times that of the others, is called."""

    def pooled(values, features, controls, *others):
        return empirical_p(np.abs(values), np.abs(controls)), len(controls)

    make = sites.type_i("spread_4_at_low_gc")
    assert rates_of(make(np.random.default_rng(1)))["counts.few"] < 0.07
    monkeypatch.setattr(site_table, "matched_p", pooled)
    # 600 tests: three binomial errors above 0.05 are 0.077.
    assert rates_of(make(np.random.default_rng(1)))["counts.few"] > 0.085


def test_the_gate_of_decoys_sees_the_decoys():
    once = sites.decoy_gate(np.random.default_rng(2))
    assert set(rates_of(once, 3)) == {""}


def test_power_counts_the_sites_with_an_effect():
    once = sites.power(np.random.default_rng(3))
    hits, tests = once(np.random.default_rng(5))[""]
    assert tests == 16
    assert hits > 4
