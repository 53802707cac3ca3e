"""The schema: what it accepts, and that it names the key, what was got and what to do."""

import copy
import re

import pytest
import yaml

from cisgrammar.config.fields import ConfigError
from cisgrammar.config.samples import read_samples
from cisgrammar.config.schema import parse_config
from places import ROOT

MINIMAL = {
    "genome": {"fasta": "g.fa"},
    "samples": "samples.tsv",
    "folds": {"splits": {"a": {"test": ["chr1"], "validation": ["chr2"]}}},
}
CHAIN = {**MINIMAL, "bias": {}, "transformation": {}, "combined": {}}


def changed(config, key, value):
    new = copy.deepcopy(config)
    at = new
    *parents, last = key.split(".")
    for part in parents:
        at = at.setdefault(part, {})
    at[last] = value
    return new


def test_minimal_config_runs_only_prepare():
    config = parse_config(MINIMAL)
    assert (config.bias, config.transformation, config.combined, config.simulate) == (None,) * 4
    assert config.folds.names == ["a"]
    assert config.prepare.peaks.min_counts == 20


def test_config_is_frozen():
    with pytest.raises(ValueError, match="frozen"):
        parse_config(MINIMAL).seed = 2


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("sed", 1, "sed: unknown key"),
        ("combined.learning_rate", 1, r"combined\.learning_rate: unknown key"),
        ("bias.training.background_ratio", 0, r"bias\.training\.background_ratio: unknown key"),
        ("combined.training.learning_rate", -1, r"combined\.training\.learning_rate: must be > 0, got -1"),
        ("folds.splits.a.test", [], r"folds\.splits\.a\.test: "),
        ("output_length", 999, "must be even .* got 999; use 1000"),
        ("threads", 0, "threads"),
        ("seed", -1, "seed"),
        ("results", "", "results"),
        ("genome", None, "genome"),
        ("genome.fasta", "${NO_SUCH_VARIABLE_HERE}/g.fa", "NO_SUCH_VARIABLE_HERE is not set"),
        ("simulate.gc", 1.0, "simulate.gc"),
        ("evaluate.motifs", {"x": "A" * 1001}, r"evaluate\.motifs\.x: 1001 bp do not fit into output_length, 1000 bp"),
        ("simulate.pair_effects", [0.9], "pair_effects: 1 values for 2 offsets"),
        ("simulate.chromosome_length", 20_000, "at most 17 sites fit on 20000 bp"),
    ],
)
def test_a_bad_value_is_named(key, value, said):
    with pytest.raises(ConfigError, match=rf"^bad config:\n  [^\n]*{said}[^\n]*$"):
        parse_config(changed(CHAIN, key, value))


def test_all_faults_are_listed_at_once():
    with pytest.raises(ConfigError) as caught:
        parse_config({**CHAIN, "sed": 1, "threads": 0})
    assert "sed:" in str(caught.value)
    assert "threads:" in str(caught.value)
    assert "pydantic" not in str(caught.value)


def test_stages_need_the_ones_before():
    with pytest.raises(ConfigError, match="transformation needs the bias section"):
        parse_config({**MINIMAL, "transformation": {}})
    with pytest.raises(ConfigError, match="combined needs the transformation section"):
        parse_config({**MINIMAL, "bias": {}, "combined": {}})


def test_bias_model_may_not_see_further_than_the_residual():
    with pytest.raises(ConfigError, match=r"bias\.architecture sees .* must see at least as far"):
        parse_config(changed(changed(CHAIN, "bias.architecture.layers", 9), "combined.architecture.layers", 3))


@pytest.mark.parametrize("name", ["config.yaml", "yeast.yaml", "hard_truth.yaml"])
def test_the_committed_configs_are_valid(name, monkeypatch):
    monkeypatch.chdir(ROOT)
    config = parse_config(yaml.safe_load((ROOT / "config" / name).read_text()))
    assert read_samples(config.samples)
    assert config.combined is not None


def test_a_config_survives_its_own_dump():
    config = parse_config(changed(CHAIN, "prepare.shift", [4, -4]))
    assert parse_config(config.model_dump(mode="json")) == config


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ({}, "nothing to run: give `samples`"),
        ({"samples": "samples.tsv"}, "samples needs the sections genome and folds; missing: genome, folds"),
        ({"binding": {"libraries": "selex.tsv"}, "bias": {}}, "bias needs samples"),
        ({"splice": {"genes": {"annotation": "a.gtf", "test": ["1"], "validation": ["2"]}}}, "splice.genes.fasta"),
    ],
)
def test_what_a_run_needs(raw, said):
    with pytest.raises(ConfigError, match=re.escape(said)):
        parse_config(raw)


def test_binding_alone_needs_no_genome():
    assert parse_config({"binding": {"libraries": "selex.tsv"}}).binding.seeds == 3


PLAIN = {**MINIMAL, "combined": {}, "ablation": {"consensus": {"A": "ACGTAC"}, "contributions": {}}}


def test_without_bias_the_model_has_one_part():
    config = parse_config(PLAIN)
    assert config.ablation.models == ("combined",)
    assert config.ablation.contributions.model == "combined"
    assert parse_config(config.model_dump(mode="json")) == config
    assert parse_config({**CHAIN, "ablation": PLAIN["ablation"]}).ablation.models == ("combined", "residual", "bias")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"transformation": {}}, "transformation needs the bias section"),
        ({"bias": {}}, "combined needs the transformation section"),
        ({"combined": {"use_bias_counts": True}}, "combined.use_bias_counts: true, but the run has no section bias"),
        (
            {"ablation": {"consensus": {"A": "ACGTAC"}, "models": ["combined", "bias"]}},
            "ablation.models: bias: without the section bias the model has one part; say combined",
        ),
        (
            {"ablation": {"consensus": {"A": "ACGTAC"}, "contributions": {"model": "residual"}}},
            "ablation.contributions.model: residual: without",
        ),
    ],
)
def test_what_needs_a_bias_is_refused_without_one(changes, said):
    with pytest.raises(ConfigError, match=said):
        parse_config({**PLAIN, **changes})
