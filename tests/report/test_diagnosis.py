"""A bad run's first line names what to mend first, whatever else fails after it."""

from __future__ import annotations

import copy

import pandas as pd
import pytest

from cisgrammar.report.diagnosis import FEWEST_PEAKS, Training, bias_trainings, first_cause, trainings_of

PLACES = ["a fold0"]
READS = [
    {
        "sample": "a",
        "heads": {"x": {"shift": [4, -4], "shift_from": "auto", "estimate": {"verdict": "shifted", "shift": [4, -4]}}},
    }
]
WINDOWS = [{"background": {"train": {"peaks": FEWEST_PEAKS}}}]
ENDED = [Training("a fold0", 10, 6)]


def gates(*failed):
    names = ("bias.background.nll_per_cut", "combined.peaks.median_jsd", "residual.footprint_max", "splice.held_out")
    return [{"name": name, "verdict": "fail" if name in failed else "pass"} for name in names]


def shifted_by_hand():
    reads = copy.deepcopy(READS)
    reads[0]["heads"]["x"] |= {"shift": [0, 0], "shift_from": "config"}
    return reads


ALL = gates("bias.background.nll_per_cut", "combined.peaks.median_jsd", "splice.held_out")
FEW = [{"background": {"train": {"peaks": 40}}}]
ONE_EPOCH = [Training("a fold0", 1, 1)]


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ((ALL, shifted_by_hand(), PLACES, FEW, ONE_EPOCH), "The shift: ends of a x were shifted by +0/+0 (config)"),
        ((ALL, READS, PLACES, FEW, ONE_EPOCH), "The data: a fold0 has 40 training peaks"),
        ((ALL, READS, PLACES, WINDOWS, ONE_EPOCH), "The bias model: bias.background.nll_per_cut fails"),
        (
            (gates("combined.peaks.median_jsd"), READS, PLACES, WINDOWS, ONE_EPOCH),
            "The training: a fold0 was still getting better in the last of 1 epoch;",
        ),
        (
            (gates("combined.peaks.median_jsd"), READS, PLACES, WINDOWS, ENDED),
            "The combined model: combined.peaks.median_jsd fails",
        ),
        ((gates(), READS, PLACES, FEW, ONE_EPOCH), ""),
        # The models have learned the wrong shift: no gate need fail, and every base is off by it.
        ((gates(), shifted_by_hand(), PLACES, WINDOWS, ENDED), "The shift: ends of a x were shifted by +0/+0"),
        ((gates("splice.held_out"), READS, PLACES, FEW, ONE_EPOCH), ""),
    ],
)
def test_the_first_cause_is_named(given, wanted):
    found = first_cause(*given)
    assert found.startswith(wanted)
    assert bool(found) == bool(wanted)


def test_ends_without_a_preference_blame_no_shift():
    reads = shifted_by_hand()
    reads[0]["heads"]["x"]["estimate"] = {"verdict": "no preference", "shift": [0, 0]}
    assert first_cause(ALL, reads, PLACES, WINDOWS, ENDED).startswith("The bias model")
    reads[0]["heads"]["x"]["estimate"] = None
    assert first_cause(ALL, reads, PLACES, WINDOWS, ENDED).startswith("The bias model")


def test_a_bias_model_that_was_still_getting_better_needs_epochs():
    verdicts = [{"epochs": 1, "kept_epoch": 1, "verdict": "no bias found"}]
    biases = bias_trainings(["a fold0"], verdicts)
    found = first_cause(ALL, READS, PLACES, WINDOWS, ENDED, biases)
    assert found.startswith("The training of the bias model: a fold0 was still getting better in the last of 1 epoch;")
    assert found.endswith("raise bias.training.epochs.")
    # More epochs do not mend a model that holds peaks.
    leaks = gates("bias.summit_gain", "combined.peaks.median_jsd")
    leaks[0] = {"name": "bias.summit_gain", "verdict": "fail"}
    found = first_cause(leaks, READS, PLACES, WINDOWS, ENDED, biases)
    assert found.startswith("The bias model: bias.summit_gain fails")
    assert bias_trainings(["a fold0"], [{"given": "x.keras"}]) == []


def test_a_training_ends_at_the_epoch_that_was_kept():
    history = pd.DataFrame({"epoch": [1, 2, 3], "kept": [0, 1, 0]})
    assert trainings_of(PLACES, [history]) == [Training("a fold0", 3, 2)]
    assert trainings_of(PLACES, []) == []
