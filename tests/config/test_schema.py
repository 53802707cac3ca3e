"""The schema: what it accepts, and that it names the key, what was got and what to do."""

import copy
import re

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from cisgrammar.config.fields import ConfigError, expand_path
from cisgrammar.config.profile import Architecture
from cisgrammar.config.samples import Track, check_heads, read_samples
from cisgrammar.config.schema import parse_config
from cisgrammar.config.training import Training
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


@pytest.fixture
def sheet(tmp_path):
    def write(text):
        (tmp_path / "samples.tsv").write_text(text)
        return tmp_path / "samples.tsv"

    return write


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
        ("combined.learning_rate", 1, "combined.learning_rate: unknown key"),
        ("combined.training.learning_rate", -1, "combined.training.learning_rate: .*greater than 0, got -1"),
        ("combined.training.learning_rate", float("nan"), "learning_rate"),
        ("combined.training.epochs", 0, "combined.training.epochs: .*got 0"),
        ("combined.training.epochs", 1.5, "combined.training.epochs"),
        ("combined.training.epochs", "many", "combined.training.epochs: .*got 'many'"),
        ("combined.training.average", 1, "combined.training.average: .*less than 1"),
        ("combined.training.schedule", "step", "combined.training.schedule: .*got 'step'"),
        ("combined.architecture.input_filter_width", 20, "must be odd .* got 20; use 21"),
        ("combined.architecture.filters", 0, "combined.architecture.filters"),
        ("combined.loss.counts_fraction", 1.0, "combined.loss.counts_fraction"),
        ("combined.loss", {"counts_weight": None}, "give counts_weight or counts_fraction"),
        ("combined.heads", {"bad head": {"counts_weight": 1}}, "combined.heads"),
        ("output_length", 999, "must be even .* got 999; use 1000"),
        ("threads", 0, "threads"),
        ("seed", -1, "seed"),
        ("results", "", "results"),
        ("genome", None, "genome"),
        ("genome.fasta", "${NO_SUCH_VARIABLE_HERE}/g.fa", "NO_SUCH_VARIABLE_HERE is not set"),
        ("folds", {}, "exactly one of `splits` and `k`"),
        ("folds.k", 5, "exactly one of `splits` and `k`"),
        ("folds", {"k": 2}, "folds.k"),
        ("folds", {"k": 3, "by": "regex"}, "folds of chromosomes, got by=regex"),
        ("folds.splits", {}, "`splits` is empty"),
        ("folds.splits.a.test", ["chr2"], "in both test and validation"),
        ("folds.splits.a.train", ["chr1"], "in both test and train"),
        ("folds.splits.a.test", [], "folds.splits.a.test"),
        ("prepare.gc_bin", 0, "prepare.gc_bin"),
        ("prepare.shift", "manual", "prepare.shift"),
        ("prepare.shift", [4], "prepare.shift"),
        ("prepare.peaks", {"min_counts": 1, "min_quantile": 0.1}, "not both"),
        ("bias.thresholds", [], "bias.thresholds"),
        ("bias.thresholds", [0.5, 0], r"bias.thresholds.1: .*got 0"),
        ("transformation.profile", {"name": "simple", "types": []}, "at least one of linear, sigmoid, relu"),
        ("transformation.profile.types", ["cubic"], "cubic"),
        ("evaluate.bias_motifs", ["ACGU"], "evaluate.bias_motifs.0"),
        ("simulate.gc", 1.0, "simulate.gc"),
    ],
)
def test_a_bad_value_is_named(key, value, said):
    with pytest.raises(ConfigError, match=said):
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


def test_known_input_lengths():
    lengths = [
        Architecture(layers=n, input_filter_width=i, output_filter_width=o).input_length(1000)
        for n, i, o in [(8, 25, 75), (8, 21, 75), (8, 7, 7), (9, 25, 75)]
    ]
    assert lengths == [2118, 2114, 2032, 3142]


def test_k_folds_are_named_in_order():
    assert parse_config({**MINIMAL, "folds": {"k": 3}}).folds.names == ["fold0", "fold1", "fold2"]


def test_paths_take_variables_and_defaults(monkeypatch):
    monkeypatch.setenv("DATA_HERE", "there")
    monkeypatch.delenv("DATA_GONE", raising=False)
    assert expand_path("${DATA_HERE}/x") == "there/x"
    assert expand_path("${DATA_HERE:-y}/${DATA_GONE:-../a b}") == "there/../a b"


@given(st.text(alphabet=st.characters(exclude_characters="$")))
def test_a_path_without_variables_is_left_alone(path):
    assert expand_path(path) == path


@pytest.mark.parametrize("name", ["config.yaml", "yeast.yaml"])
def test_the_committed_configs_are_valid(name, monkeypatch):
    monkeypatch.chdir(ROOT)
    config = parse_config(yaml.safe_load((ROOT / "config" / name).read_text()))
    assert read_samples(config.samples)
    assert config.combined is not None


def test_a_config_survives_its_own_dump():
    config = parse_config(changed(CHAIN, "prepare.shift", [4, -4]))
    assert parse_config(config.model_dump(mode="json")) == config


def test_rows_of_a_sample_are_its_heads(sheet):
    path = sheet(
        "sample\thead\tsignal\tpeaks\tshift\n"
        "# a comment\n"
        "s1\tatac\ta.bam\tp.bed\t+4/-4\n"
        "s1\tchip\tplus.bw, minus.bw\tp.bed\tauto\n"
        "s2\t\tb.bam\tq.bed\t\n"
    )
    samples = read_samples(path)
    assert list(samples) == ["s1", "s2"]
    assert [track.head for track in samples["s1"]] == ["atac", "chip"]
    assert samples["s1"][0].shift == (4, -4)
    assert samples["s1"][1].signal_paths == ["plus.bw", "minus.bw"]
    assert [track.tasks for track in samples["s1"]] == [1, 2]
    assert (samples["s2"][0].head, samples["s2"][0].shift) == ("signal", "")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sample\tsignal\tpeaks\n", "no rows"),
        ("", "no rows"),
        ("sample\tsignal\tpeaks\ns\ta.bam\n", "row 1: fewer fields"),
        ("sample\tsignal\tpeaks\ns\ta.bam\tp.bed\tx\n", "row 1: more fields"),
        ("sample\tsignal\tpeaks\ns\ta.bam\tp.bed\ns t\ta.bam\tp.bed\n", "row 2: sample"),
        ("sample\tsignal\tpeaks\tcolour\ns\ta.bam\tp.bed\tred\n", "row 1: colour: unknown key"),
        ("sample\tsignal\tpeaks\ns\t\tp.bed\n", "row 1: signal"),
        ("sample\tsignal\tpeaks\tshift\ns\ta.bam\tp.bed\tfour\n", "row 1: shift"),
        ("sample\tsignal\tpeaks\ns\ta.bam\tp.bed\ns\tb.bam\tp.bed\n", "has head signal twice"),
        (
            "sample\thead\tsignal\tpeaks\ns\ta\ta.bam\tp.bed\ns\tb\tb.bam\tq.bed\n",
            "heads share their regions",
        ),
        ("sample\tsignal\tpeaks\ns\ta.bw,b.bw,c.bw\tp.bed\n", "signal has 3 files"),
    ],
)
def test_a_bad_row_is_named(sheet, text, said):
    path = sheet(text)
    with pytest.raises(ConfigError, match=said) as caught:
        read_samples(path)
    assert str(path) in str(caught.value)


def test_an_absent_sheet_says_what_to_write(tmp_path):
    with pytest.raises(ConfigError, match=r"no file .*none\.tsv; write one row per track"):
        read_samples(tmp_path / "none.tsv")


BASE = {"genome": {"fasta": "g.fa"}, "samples": "s.tsv", "folds": {"k": 3}}


def test_one_key_of_a_section_leaves_the_other_defaults():
    config = parse_config(
        {
            **BASE,
            "prepare": {"peaks": {"max_counts": 5000}},
            "bias": {"loss": {"pseudocount": 0}, "training": {"epochs": 3}, "architecture": {"filters": 8}},
            "transformation": {"loss": {"pseudocount": 0}},
            "combined": {"loss": {"counts_fraction": 0.1}, "heads": {"a": {"profile_weight": 2}}},
        }
    )
    assert config.prepare.peaks.min_counts == 20
    assert config.bias.loss.counts_weight == config.transformation.loss.counts_weight == 5
    assert (config.bias.training.jitter, config.bias.architecture.layers) == (200, 4)
    assert config.combined.heads["a"].counts_weight == 20
    # A fraction stands alone: its weight starts from the data.
    assert config.combined.loss.counts_weight is None


def test_a_quantile_replaces_the_default_limit():
    peaks = parse_config({**BASE, "prepare": {"peaks": {"min_quantile": 0.1}}}).prepare.peaks
    assert (peaks.min_counts, peaks.min_quantile) == (None, 0.1)


def test_fold_files_may_name_variables(monkeypatch):
    monkeypatch.setenv("BEDS", "/beds")
    splits = {"a": {"test": ["${BEDS}/t.bed"], "validation": ["${NONE:-v}.bed"]}}
    fold = parse_config({**BASE, "folds": {"by": "bed", "splits": splits}}).folds.splits["a"]
    assert (fold.test, fold.validation) == (("/beds/t.bed",), ("v.bed",))


def test_a_head_that_no_sample_has_is_named():
    tracks = {"s": [Track(sample="s", head="nexus", signal="x.bw", peaks="p.bed")]}
    check_heads(["nexus"], tracks)
    with pytest.raises(ConfigError, match="no sample has a head nexsu; there are nexus"):
        check_heads(["nexsu"], tracks)


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


def test_tf32_is_refused_on_a_cpu():
    with pytest.raises(ValueError, match="tf32 is a GPU's"):
        Training(precision="tf32")
    assert Training(precision="tf32", device="cuda").precision == "tf32"


@pytest.mark.parametrize(
    "key",
    [
        "bias.training.background_ratio",
        "splice.training.background_ratio",
        "splice.training.jitter",
        "splice.training.reverse_complement",
    ],
)
def test_a_key_without_effect_is_refused(key):
    """Windows that are all background have no ratio; a gene is read whole, on its own strand."""
    stage, _, name = key.split(".")
    genes = {"annotation": "a.gtf", "test": ["1"], "validation": ["2"]}
    section = {"training": {name: 0}, **({"genes": genes} if stage == "splice" else {})}
    line = rf"  {re.escape(key)}: unknown key; see config/README\.md[^\n]*"
    with pytest.raises(ConfigError, match=f"^bad config:\n{line}$"):
        parse_config({**BASE, stage: section})


def test_peaks_are_trained_with_background_among_them():
    training = parse_config({**BASE, "bias": {}, "transformation": {}, "combined": {}}).combined.training
    assert (training.jitter, training.reverse_complement, training.background_ratio) == (200, True, 0.5)
