"""What may be predicted, and what a set lacks."""

import pytest

from cisgrammar.config.fields import ConfigError
from cisgrammar.config.schema import parse_config
from cisgrammar.config.tracks.predict import Predict

GIVEN = {"models": ["m.h5"]}
CHAIN = {"samples": "s.tsv", "folds": {"k": 3}, "bias": {}, "genome": {"fasta": "g.fa"}}


def test_a_set_takes_from_the_section_what_it_does_not_give():
    section = Predict(
        models=("m.h5",), overlap=9, sets={"a": {"regions": "x.bed", "overlap": 3}, "b": {"fasta": "y.fa"}}
    )
    assert list(section.named) == ["a", "b"]
    assert (section.named["a"].overlap, section.named["a"].models, section.named["a"].regions) == (
        3,
        ("m.h5",),
        "x.bed",
    )
    assert (section.named["b"].overlap, section.named["b"].regions) == (9, None)
    assert list(Predict(regions="x.bed").named) == ["own"]


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"predict": {"fasta": "y.fa"}}, "predict.models: needed in a run that fits no model; give model files"),
        ({"predict": GIVEN}, "predict.fasta: needed in a run without the section `genome`"),
        ({"predict": {"sets": {"a": GIVEN}}}, "predict.sets.a.fasta: needed in a run without"),
        ({"predict": {**GIVEN, "regions": "x", "sets": {"a": {}}}}, "predict: regions beside `sets`; give"),
        ({"predict": {**GIVEN, "fasta": "y", "parts": ["all"]}}, "predict.parts.0: wanted `model` or `residual`"),
        ({"predict": {"fasta": "y", "models": []}}, "predict.models: wanted at least 1"),
        ({"predict": {**GIVEN, "fasta": "y", "overlap": -1}}, "predict.overlap: must be >= 0, got -1"),
        ({"predict": {**GIVEN, "region": "x"}}, "predict.region: unknown key; did you mean regions?"),
        ({"predict": {**GIVEN, "fasta": "y", "sets": {"sha/256": {}}}}, "predict.sets.sha/256: as a name"),
    ],
)
def test_a_section_that_cannot_be_run_names_its_key(config, said):
    with pytest.raises(ConfigError) as error:
        parse_config(config)
    assert said in str(error.value)


def test_a_run_may_hold_nothing_but_sequences_and_this_section():
    assert parse_config({"predict": {**GIVEN, "fasta": "y.fa"}}).genome is None
    assert parse_config({"predict": {**GIVEN, "regions": "x.bed"}, "genome": {"fasta": "g.fa"}}).predict is not None
    assert parse_config({**CHAIN, "predict": {}}).predict.named["own"].models is None
