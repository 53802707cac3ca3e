"""What rules take of a config: names, wildcards, resources, params."""

import re
from types import SimpleNamespace

import pytest

from cisgrammar.config.fields import ConfigError
from cisgrammar.run.run import Run, growing, one_of, section
from toy_run import toy_run

CHAIN = ("samples", "genome", "folds", "bias", "transformation", "combined", "ablation", "simulate")


def test_names_are_in_the_order_of_the_sheets(tmp_path):
    run = toy_run(tmp_path)
    assert {name: values for name, values in run.names.items() if values} == {
        "sample": ["b", "a"],
        "fold": ["fold0", "fold1", "fold2"],
        "model": ["zeta", "alpha"],
    }
    assert run.places[:4] == [("b", "fold0"), ("b", "fold1"), ("b", "fold2"), ("a", "fold0")]
    assert run.thresholds == ["0.5", "1"]


def test_wildcards_match_what_there_is_and_nothing_else(tmp_path):
    run = toy_run(tmp_path)
    assert run.wildcards["library"] == "x|y"
    assert re.fullmatch(run.wildcards["threshold"], "0.5")
    assert not re.fullmatch(run.wildcards["threshold"], "0x5"), "a point is a point"
    none = toy_run(tmp_path, without=CHAIN, splice=None).wildcards
    assert not any(re.fullmatch(none[name], text) for name in ("sample", "fold", "threshold") for text in ("", "a"))
    assert one_of([]) == "(?!)"


@pytest.mark.parametrize(
    ("results", "folder"),
    [("results", "logs"), ("results/yeast", "logs/yeast"), ("out/x", "logs/out/x"), ("/scratch/r", "logs/scratch/r")],
)
def test_logs_mirror_the_results(tmp_path, results, folder):
    assert toy_run(tmp_path, results=results).mirror("logs") == folder


def test_a_sheet_that_does_not_fit_the_config_is_an_error(tmp_path):
    with pytest.raises(ConfigError, match=r"combined\.heads: no sample has a head dnase"):
        toy_run(tmp_path, combined={"heads": {"dnase": {}}})
    with pytest.raises(ConfigError, match=r"binding\.models: no library of beta in the sheet"):
        toy_run(tmp_path, binding={"models": {"beta": {}}})
    with pytest.raises(ConfigError, match="nothing to run"):
        Run.of({})


def test_a_retry_gets_more():
    assert [growing(4000)(None, attempt) for attempt in (1, 2, 3)] == [4000, 8000, 12000]


def test_only_a_job_on_a_gpu_asks_for_one(tmp_path):
    run = toy_run(tmp_path, resources={"gpu_model": "a100"})
    assert run.gpu("cpu", 2) == {}
    assert run.gpu("cuda", 2) == {"gpu": 2, "gpu_model": "a100"}


def test_checkpoints_are_kept_beside_the_results_by_stage_and_wildcards(tmp_path):
    folder = toy_run(tmp_path, results="out").checkpoints("bias")
    assert folder(["b", "fold0", "0.5"]) == "out/checkpoints/bias/b/fold0/0.5"


def test_networks_of_counts_have_a_history(tmp_path):
    found = toy_run(tmp_path, combined={"counts": {}}, without=("ablation",)).counts_files()
    assert found == {
        "counts_history": "<results>/combined/{sample}/{fold}/counts_history.tsv",
        "counts_choice": "<results>/combined/{sample}/{fold}/counts.json",
    }
    for combined in ({"counts": None}, {"use_bias_counts": True}):
        assert toy_run(tmp_path, combined=combined).counts_files() == {}
    assert toy_run(tmp_path, without=("combined", "ablation")).counts_files() == {}


def test_files_of_a_sample(tmp_path):
    run, b = toy_run(tmp_path, genome={"fasta": "g.fa", "exclude": "x.bed"}), SimpleNamespace(sample="b")
    assert run.signal_files(b) == ["b.bam", "plus.bw", "minus.bw"]
    assert run.peak_files(b) == ["b.bed"]
    assert [row["head"] for row in run.tracks(b)] == ["atac", "nexus"]
    assert run.excluded == ["x.bed"]
    assert toy_run(tmp_path).excluded == []


def test_bed_files_of_folds_are_inputs_only_where_they_split(tmp_path):
    beds = {
        "f": {"test": ["t.bed"], "validation": ["v.bed"], "train": ["r.bed"]},
        "g": {"test": ["v.bed"], "validation": ["t.bed"]},
    }
    assert toy_run(tmp_path, folds={"by": "bed", "splits": beds}).fold_files == ["r.bed", "t.bed", "v.bed"]
    named = {"f": {"test": ["chr1"], "validation": ["chr2"]}}
    assert toy_run(tmp_path, folds={"splits": named}).fold_files == []


def test_windows_are_as_wide_as_the_widest_model_needs(tmp_path):
    wide = {"architecture": {"layers": 5}, "training": {"jitter": 30}}
    run = toy_run(tmp_path, combined=wide, bias={"training": {"jitter": 50}}, output_length=200)
    assert run.config.combined is not None
    assert run.input_length == run.config.combined.architecture.input_length(200)
    assert run.jitter == 50
    alone = toy_run(tmp_path, without=(*CHAIN[3:], "simulate"))
    assert (alone.input_length, alone.jitter) == (1000, 0)


def test_checks_are_run_again_only_for_what_they_look_at(tmp_path):
    usual = toy_run(tmp_path).checked_settings
    assert usual["transformation"] == {}
    assert set(usual["bias"]) == {"architecture", "training"}
    assert usual["combined"]["training"] == {"jitter": 200}
    other = {"training": {"epochs": 3}, "loss": {"pseudocount": 2}}
    assert toy_run(tmp_path, combined=other, transformation={"most_windows": 9}).checked_settings == usual
    assert toy_run(tmp_path, combined={"training": {"jitter": 1}}).checked_settings != usual
    assert toy_run(tmp_path, combined={"architecture": {"filters": 3}}).checked_settings == usual
    assert toy_run(tmp_path, bias={"architecture": {"filters": 3}, "thresholds": [0.5, 1.0]}).checked_settings == usual
    assert toy_run(tmp_path, combined={"architecture": {"layers": 9}}).checked_settings != usual
    assert toy_run(tmp_path, without=("combined", "ablation")).checked_settings["combined"] is None


def test_a_section_leaves_out_what_its_rule_ignores(tmp_path):
    run = toy_run(tmp_path)
    assert run.config.bias is not None
    assert set(section(run.config.bias)) - set(section(run.config.bias, "thresholds")) == {"thresholds"}
    assert "min_counts" in run.scored_windows
    assert not {"motifs", "bias_motifs", "footprint_backgrounds"} & set(run.scored_windows)


def test_libraries_of_a_model(tmp_path):
    run, alpha = toy_run(tmp_path, seed=7), SimpleNamespace(model="alpha", library="x")
    assert run.libraries_of("alpha") == ["y", "x"]
    assert run.selex_files(alpha) == ["q0.fq", "q1.fq"]
    assert run.selex_row(alpha)["library"] == "x"
    assert [row["library"] for row in run.selex_rows(alpha)] == ["y", "x"]
    assert list(run.binding_model(alpha)["motifs"]) == ["m"]
    assert list(run.binding_model(SimpleNamespace(model="zeta"))["motifs"]) == ["motif"]
    assert [run.fit_seed(fit) for fit in run.fits] == [7001, 7002]


def test_only_models_of_simulated_reads_have_a_truth(tmp_path):
    assert toy_run(tmp_path).simulated_models == ["zeta"]
    assert toy_run(tmp_path, results="elsewhere").simulated_models == []
    assert toy_run(tmp_path, without=("simulate_selex",)).simulated_models == []


def test_binding_models_are_ablated_if_the_config_asks(tmp_path):
    assert toy_run(tmp_path).ablated_models == ["zeta", "alpha"]
    assert toy_run(tmp_path, ablation={"consensus": {"A": "ACGTAC"}, "binding": False}).ablated_models == []
    assert toy_run(tmp_path, without=("ablation",)).ablated_models == []


def test_frame_tables_are_those_of_the_checks(tmp_path):
    genes = {"genes": {"annotation": "g.gtf", "test": ["1"], "validation": ["2"]}}
    assert toy_run(tmp_path, splice={**genes, "checks": {"which": ["deletion"]}}).frame_tables == ["deletions"]
    assert toy_run(tmp_path, splice={**genes, "checks": None}).frame_tables == []


def test_one_sweep_of_thresholds_serves_all_folds_unless_asked_otherwise(tmp_path):
    run = toy_run(tmp_path)
    assert [run.thresholds_of(fold) for fold in run.folds] == [["0.5", "1"], ["chosen"], ["chosen"]]
    first, second = (SimpleNamespace(sample="a", fold=fold) for fold in run.folds[:2])
    assert run.of_thresholds("x")(first) == [f"results/bias/a/fold0/threshold_{name}/x" for name in ("0.5", "1")]
    assert run.of_thresholds("x")(second) == ["results/bias/a/fold1/threshold_chosen/x"]
    assert run.swept_elsewhere(first) == []
    assert run.swept_elsewhere(second) == ["results/bias/a/fold0/verdict.json"]
    assert re.fullmatch(run.wildcards["threshold"], "chosen")
    each = toy_run(tmp_path, bias={"thresholds": [0.5, 1.0], "sweep": "every_fold"})
    assert [each.thresholds_of(fold) for fold in each.folds] == [["0.5", "1"]] * 3
    fixed = toy_run(tmp_path, bias={"thresholds": [2.0]})
    assert [fixed.thresholds_of(fold) for fold in fixed.folds] == [["2"]] * 3


def test_a_truth_is_that_of_the_simulation_or_of_the_folder_that_the_config_names(tmp_path):
    names = "truth.json", "truth_rates.h5"
    run, zeta = toy_run(tmp_path), SimpleNamespace(model="zeta")
    assert run.truth(*names) == {
        "truth": "<results>/simulate/truth.json",
        "truth_rates": "<results>/simulate/truth_rates.h5",
    }
    assert run.selex_truth(zeta) == ["results/simulate/selex/truth.json"]
    assert run.selex_truth(SimpleNamespace(model="alpha")) == []
    real = toy_run(tmp_path, without=("simulate", "simulate_selex"))
    assert (real.known_truth, real.truth(*names), real.selex_truth(zeta)) == (False, {}, [])
    named = toy_run(tmp_path, without=("simulate", "simulate_selex"), truth="made")
    assert named.truth(*names) == {"truth": "made/truth.json", "truth_rates": "made/truth_rates.h5"}
    named = toy_run(tmp_path, without=("simulate", "simulate_selex"), truth="results/simulate")
    assert named.selex_truth(zeta) == ["results/simulate/selex/truth.json"]


def test_jobs_of_a_rule_are_the_combinations_that_there_are(tmp_path):
    run = toy_run(tmp_path)
    libraries = list(run.combinations("count_selex", ["model", "library"]))
    assert sorted(job["model"] + job["library"] for job in libraries) == ["alphax", "alphay", "zetax"]
    assert [job["model"] for job in run.combinations("fit_cooperativity", ["model"])] == ["alpha"]
    assert [job["model"] for job in run.combinations("compare_selex", ["model"])] == ["zeta"]
    assert len(list(run.combinations("train_bias", ["sample", "fold", "threshold"]))) == 2 * (2 + 1 + 1)
    assert list(run.combinations("report", [])) == [{}]
    assert list(run.combinations("ablate_sites", ["shard"])) == [
        {"shard": str(i)} for i in range(run.config.ablation.shards)
    ]


def test_files_of_the_bias_are_there_only_with_it(tmp_path):
    assert toy_run(tmp_path).with_bias(residual="r") == {"residual": "r"}
    assert toy_run(tmp_path, without=("bias", "transformation")).with_bias(residual="r") == {}


def test_discovery_says_what_is_explained_and_gives_ablation_its_sites(tmp_path):
    run = toy_run(tmp_path, discover={"shards": 3}, ablation={"binding": False}, combined={"counts": {}})
    assert run.discovery["outputs"] == ["counts", "profile"]
    assert run.discovery_of("shards", "outputs") == {"shards": 3, "outputs": ["counts", "profile"]}
    assert run.discovered_sites
    # Sites of its own, or those of binding models, come first.
    assert not toy_run(tmp_path, discover={}, ablation={"binding": True}).discovered_sites
    assert not toy_run(tmp_path, discover={}).discovered_sites
    assert toy_run(tmp_path).discovery == {}


def test_each_stage_has_shards_of_its_own(tmp_path):
    run = toy_run(tmp_path, discover={"shards": 3}, ablation={"consensus": {"A": "ACGT"}, "shards": 2})
    shards = {
        rule: sorted({each["shard"] for each in run.combinations(rule, ["sample", "shard"])})
        for rule in ("attribute_windows", "ablate_sites")
    }
    assert shards == {"attribute_windows": ["0", "1", "2"], "ablate_sites": ["0", "1"]}
    assert run.all_names["shard"] == ["0", "1", "2"]
