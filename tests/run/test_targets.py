"""The outputs that a stage ends with."""

import pytest

from cisgrammar.config.fields import ConfigError
from cisgrammar.run import targets
from toy_run import toy_run

ONE_FOLD = {"splits": {"f": {"test": ["1"], "validation": ["2"]}}}


def test_outputs_over_all_folds_need_several(tmp_path):
    several, one = toy_run(tmp_path), toy_run(tmp_path, folds=ONE_FOLD)
    for stage, last in (
        ("predict", "average_predictions"),
        ("evaluate", "average_folds"),
        ("ablation", "compare_folds"),
    ):
        assert targets.last_outputs(several, stage)[-1].startswith(f"{last}.")
        assert not any(output.startswith(last) for output in targets.last_outputs(one, stage))


def test_ablation_has_what_the_config_asks_for(tmp_path):
    plain = {"consensus": {"A": "ACGTAC"}}
    run = toy_run(tmp_path, without=("simulate",), ablation=plain, folds=ONE_FOLD)
    assert targets.last_outputs(run, "ablation") == ["collect_ablation.gates"]
    assert targets.last_outputs(toy_run(tmp_path), "ablation") == [
        "collect_ablation.gates",
        "compare_sites.table",
        "collect_contributions.seqlets",
        "compare_folds.table",
    ]


@pytest.mark.parametrize(
    ("stage", "section"), [("combined", "combined"), ("evaluate", "combined"), ("prepare", "samples")]
)
def test_a_stage_that_is_not_there_names_its_section(tmp_path, stage, section):
    run = toy_run(tmp_path, without=("combined", "ablation", "samples", "bias", "transformation"))
    with pytest.raises(ConfigError, match=f"no stage {stage} in this run: the config has no section `{section}`; add"):
        targets.last_outputs(run, stage)


def test_a_run_that_stops_early_ends_with_its_last_stage(tmp_path):
    chain = ("bias", "transformation", "combined", "ablation")
    assert targets.final_outputs(toy_run(tmp_path, without=chain, splice=None))[0] == "preflight.checked"
    bias = toy_run(tmp_path, without=(*chain[1:], "splice"))
    assert targets.final_outputs(bias)[:2] == ["choose_bias.verdict", "evaluate_binding.gates"]
    assert targets.final_outputs(toy_run(tmp_path))[0] == "predict_profiles.predictions"


def test_every_stage_that_judges_has_its_gates_in_the_summary(tmp_path):
    assert targets.gate_outputs(toy_run(tmp_path)) == [
        "evaluate_profiles.gates",
        "average_folds.gates",
        "evaluate_binding.gates",
        "calibrate_splice.gates",
        "check_frames.gates",
        "collect_ablation.gates",
        "compare_sites.gates",
    ]
    alone = toy_run(tmp_path, without=("combined", "ablation", "splice"))
    assert targets.gate_outputs(alone) == ["evaluate_binding.gates"]


def test_simulations_are_rules_of_the_sections_that_ask_for_them(tmp_path):
    assert targets.simulations(toy_run(tmp_path, without=("simulate",))) == ["simulate_selex", "simulate_genes"]
    assert not targets.runs(toy_run(tmp_path, without=("simulate", "simulate_selex", "simulate_genes")), "simulate")


def test_categories_are_in_the_order_of_the_stages():
    assert [targets.category_of(stage) for stage in ("simulate", "ablation")] == ["1. simulate", "9. ablation"]


def test_splice_ends_with_sites_where_they_are_asked_for(tmp_path):
    genes = {"annotation": "g.gtf", "test": ["1"], "validation": ["2"]}
    asked = toy_run(tmp_path, splice={"genes": genes, "predict": {}})
    assert targets.last_outputs(asked, "splice")[-1] == "predict_splice.sites"
    plain = toy_run(tmp_path, splice={"genes": genes})
    assert "predict_splice.sites" not in targets.final_outputs(plain)


def test_tracks_are_those_that_lie_on_the_genome_of_the_run(tmp_path):
    run = toy_run(tmp_path, browser={}, predict={"sets": {"near": {"regions": "x.bed"}, "far": {"fasta": "y.fa"}}})
    assert targets.track_outputs(run) == [
        "write_observed.tracks",
        "predict_profiles.tracks",
        "average_predictions.tracks",
        "collect_ablation.bed",
        "collect_contributions.tracks",
        "collect_contributions.bed",
        "export_binding.hits",
    ]
    assert targets.last_outputs(run, "browser") == ["tie_tracks.session"]
    assert "tie_tracks.session" in targets.final_outputs(run)
    alone = toy_run(tmp_path, without=("combined", "ablation", "binding"), binding={}, browser={})
    assert targets.track_outputs(alone) == ["write_observed.tracks"]


def test_a_stage_that_is_not_there_is_an_error_of_the_caller(tmp_path):
    run = toy_run(tmp_path, splice=None)
    with pytest.raises(RuntimeError, match="no stage splice in this run"):
        targets.asked_outputs(run, "splice", RuntimeError)
    assert targets.asked_outputs(run, "prepare", RuntimeError) == ["preflight.checked"]
