"""What a gate means, and what to do where it is missed."""

from cisgrammar.report.advice import ADVICE, advise

FOOTPRINT = {"stage": "evaluate", "name": "residual.footprint_max", "verdict": "fail"}
LIKELIHOOD = {"stage": "combined", "name": "combined.peaks.nll_per_cut", "verdict": "pass"}


def test_advice_says_what_to_do_only_where_a_gate_is_missed():
    remedy = ADVICE["residual.footprint_max"].remedy
    assert remedy in advise(FOOTPRINT)
    assert remedy not in advise({**FOOTPRINT, "verdict": "pass"})
    assert "combined" in advise({**LIKELIHOOD, "name": "unheard.of"})


def test_a_gate_of_one_head_has_the_advice_of_all():
    meaning = ADVICE["combined.peaks.nll_per_cut"].meaning
    assert advise({**LIKELIHOOD, "name": "combined.peaks.nll_per_cut.atac"}) == f"{meaning} Lower is better."
    assert meaning not in advise({**LIKELIHOOD, "name": "combined.peaks.nll_per_cutter"})


def test_a_gate_with_a_factor_in_its_name_has_advice_of_its_own():
    gate = {"stage": "discover", "name": "discover.truth.REB1.r", "verdict": "warn"}
    assert advise(gate).startswith(ADVICE["discover.truth.*.r"].meaning)
    assert advise(gate).endswith(ADVICE["discover.truth.*.r"].remedy)
    assert "Higher is better." in advise(gate)
    assert "better" not in advise({**gate, "verdict": "n/a"})
