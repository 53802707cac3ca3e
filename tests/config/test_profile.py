"""The sections of the profile models: shapes, losses, transformations."""

import re

import pytest

from cisgrammar.config.profile import Architecture, Bias, Combined, Counts, Evaluate, Loss, Regression, Transformation
from toy_config import refusal


def test_a_network_reads_its_flanks_beside_the_output():
    assert Architecture().input_length(1000) == 2114
    shape = Architecture(layers=1, input_filter_width=5, output_filter_width=9)
    assert (shape.flank(), shape.input_length(10)) == (2 + 2 + 4, 26)


@pytest.mark.parametrize(
    ("section", "given", "said"),
    [
        (Architecture, {"input_filter_width": 20}, "^input_filter_width: must be odd .* got 20; use 21"),
        (Architecture, {"filters": 0}, "^filters"),
        (Architecture, {"layers": 15}, "^layers"),
        (Loss, {}, "give counts_weight or counts_fraction"),
        (Loss, {"counts_fraction": 1.0}, "^counts_fraction"),
        (Combined, {"loss": {"counts_weight": None}}, "^loss: give counts_weight or counts_fraction"),
        (Combined, {"heads": {"bad head": {"counts_weight": 1}}}, "^heads"),
        (Combined, {"learning_rate": 1}, "^learning_rate: unknown key"),
        (Bias, {"thresholds": []}, "^thresholds"),
        (Bias, {"thresholds": [0.5, 1.0, 1.0000001]}, "thresholds: 1 is given twice"),
        (Bias, {"thresholds": [0.5, 0]}, r"^thresholds\.1: .*got 0"),
        (Regression, {"name": "simple", "types": []}, "at least one of linear, sigmoid, relu"),
        (Transformation, {"profile": {"types": ["cubic"]}}, r"^profile\.types\.0: .*'cubic'"),
        (Evaluate, {"bias_motifs": ["ACGU"]}, r"^bias_motifs\.0: .*'ACGU'"),
        (Evaluate, {"motifs": {"m": "GATN"}}, r"^motifs\.m: .*'GATN'"),
    ],
)
def test_a_bad_value_is_named(section, given, said):
    assert re.search(said, refusal(section, given))


def test_a_passthrough_needs_no_functions():
    assert Regression(name="passthrough", types=()).types == ()


def test_one_key_of_a_section_leaves_the_other_defaults():
    given = {"loss": {"pseudocount": 0}, "training": {"epochs": 3}, "architecture": {"filters": 8}}
    bias = Bias.model_validate(given)
    transformation = Transformation.model_validate({"loss": {"pseudocount": 0}})
    combined = Combined.model_validate({"heads": {"a": {"profile_weight": 2}}})
    assert bias.loss.counts_weight == transformation.loss.counts_weight == 5
    assert bias.loss.pseudocount == transformation.loss.pseudocount == 0
    assert (bias.training.jitter, bias.architecture.layers) == (200, 4)
    assert combined.heads["a"].counts_weight == 20


def test_a_fraction_stands_alone_and_its_weight_starts_from_the_data():
    loss = Combined.model_validate({"loss": {"counts_fraction": 0.1}}).loss
    assert (loss.counts_fraction, loss.counts_weight) == (0.1, None)
    both = Combined.model_validate({"loss": {"counts_fraction": 0.1, "counts_weight": 3}}).loss
    assert both.counts_weight == 3


def test_counts_have_networks_where_asked_unless_they_are_added_to_the_biass():
    assert Combined().blended is None
    assert Combined.model_validate({"counts": {}}).blended == Counts()
    assert Combined(counts=None).blended is None
    assert Combined(counts=Counts(), use_bias_counts=True).blended is None


def test_a_given_bias_leaves_nothing_to_train():
    given = Bias(model="m.safetensors", training={"jitter": 300})
    assert given.trained is None
    assert Bias().trained == Bias()
    assert Bias.model_validate(given.model_dump(mode="json")) == given
    said = refusal(Bias, {"model": "m.h5", "thresholds": [1], "share": "group"})
    assert "m.h5 is given, so share, thresholds is not used" in said
    assert "training but for jitter" in refusal(Bias, {"model": "m.h5", "training": {"epochs": 3}})


def test_reads_of_naked_dna_have_one_threshold_that_keeps_all():
    assert Bias(reads=["n"]).thresholds == (1000.0,)
    assert Bias(reads=["n"], thresholds=[2, 4]).thresholds == (2.0, 4.0)
