"""Found beside planted, by hand; each gate fails on what deserves it."""

import numpy as np
import pandas as pd
import pytest

from cisgrammar.discover.planted import beside_planted, correlation, planted_gates
from cisgrammar.motifs.motif import from_shares

FACTORS = [
    {"name": name, "kind": kind, "probabilities": np.eye(4)[word].tolist(), "effect_on_log_strength": effect}
    for name, kind, word, effect in (
        ("F", "activator", [0, 1, 2, 3, 3, 0], 1.0),
        ("P", "passenger", [2, 2, 2, 1, 1, 1], 0.0),
    )
]
GOOD = {"motif_1": from_shares("motif_1", np.eye(4)[[0, 1, 2, 3, 3, 0]])}
SITES = pd.DataFrame(
    {"chrom": "c", "start": [100, 200, 900], "end": [106, 206, 906], "factor": "F", "intact": [1, 0, 1]}
)
WINDOWS = pd.DataFrame({"chrom": ["c"], "start": [50], "end": [350]})


def hits(starts, motif="motif_1"):
    starts = np.array(starts, dtype=int)
    return pd.DataFrame({"chrom": "c", "start": starts, "end": starts + 6, "motif": motif, "held_out": True})


def described(motifs, sign="+", contribution=0.5):
    """Rows of `MOTIFS`: 25 places with a standard deviation of 0.5, so an interval of 0.196 on either side."""
    rows = {"motif": list(motifs), "sign": sign, "contribution": contribution, "contribution_sd": 0.5, "places": 25}
    return pd.DataFrame(rows)


def verdicts(motifs, called, factors=FACTORS, **found):
    gates = planted_gates(beside_planted(factors, motifs, described(motifs, **found), called, SITES, WINDOWS), "s")
    return {gate.name: gate.verdict for gate in gates}


def test_correlation_sees_through_strand_and_shift():
    planted = np.eye(4)[[0, 1, 2, 3, 3, 0]]
    flank = np.full((2, 4), 0.25)
    for found in (planted, planted[::-1, ::-1], np.concatenate([flank, planted])):
        assert correlation(found, planted) == pytest.approx(1)
    assert 0.8 < correlation(planted[1:], planted) < 0.95
    assert correlation(flank, planted) == -1


def test_rows_by_hand():
    table = beside_planted(FACTORS, GOOD, described(GOOD), hits([101, 300]), SITES, WINDOWS)
    first, second = table.to_dict("records")
    assert (first["motif"], first["sites"], first["found"], first["intact"], first["found_intact"]) == (
        "motif_1",
        2,
        1,
        1,
        1,
    )
    assert (first["hits"], first["false_hits"]) == (2, 1)
    assert first["r"] == pytest.approx(1, abs=1e-3)
    assert (second["motif"], second["hits"]) == ("", 0)
    assert (first["contribution_low"], first["contribution_high"]) == pytest.approx((0.304, 0.696))


def test_all_is_well():
    assert set(verdicts(GOOD, hits([100, 200])).values()) == {"pass"}


def test_what_fails():
    assert verdicts({}, hits([]))["discover.truth.F.r"] == "fail"
    assert verdicts({}, hits([]))["discover.truth.F.recall"] != "pass"
    assert verdicts(GOOD, hits([100, *range(300, 340)]))["discover.truth.false_hits"] == "fail"
    strange = {**GOOD, "motif_2": from_shares("motif_2", np.eye(4)[[0, 0, 0, 0, 0, 0]])}
    assert verdicts(strange, hits([100]))["discover.truth.not_planted"] == "fail"
    passenger = {**GOOD, "motif_2": from_shares("motif_2", np.array(FACTORS[1]["probabilities"]))}
    assert verdicts(passenger, hits([100]))["discover.truth.not_planted"] == "fail"
    assert verdicts(passenger, hits([100]), contribution=-0.5)["discover.truth.not_planted"] == "fail"


def test_a_passenger_whose_contribution_may_be_0_is_let_pass():
    passenger = {**GOOD, "motif_2": from_shares("motif_2", np.array(FACTORS[1]["probabilities"]))}
    assert verdicts(passenger, hits([100]), contribution=0.19)["discover.truth.not_planted"] == "pass"


@pytest.mark.parametrize(("sign", "effect", "verdict"), [("-", -0.6, "pass"), ("+", -0.6, "fail"), ("-", 0.6, "fail")])
def test_a_repressor_must_be_a_negative_pattern(sign, effect, verdict):
    factors = [{**FACTORS[0], "effect_on_log_strength": effect}, FACTORS[1]]
    assert verdicts(GOOD, hits([100]), factors, sign=sign)["discover.truth.F.sign"] == verdict


def test_recall_of_intact_sites():
    many = pd.concat([SITES.iloc[:1].assign(start=s, end=s + 6) for s in range(60, 340, 7)])
    for found, verdict in ((1.0, "pass"), (0.5, "fail")):
        called = hits(many["start"].tolist()[: int(found * len(many))])
        gates = planted_gates(beside_planted(FACTORS, GOOD, described(GOOD), called, many, WINDOWS), "s")
        assert {gate.name: gate.verdict for gate in gates}["discover.truth.F.recall"] == verdict
