"""Which sets a run predicts with which models."""

import pytest

from cisgrammar.config.schema import parse_config
from cisgrammar.run import targets, tracing
from cisgrammar.run.predicting import fitted_stage, on_genome, own_assembly, predictions_of
from cisgrammar.run.run import Run
from toy_run import toy_run

SETS = {
    "sets": {"near": {"regions": "x.bed"}, "far": {"fasta": "y.fa"}, "old": {"models": ["m.h5"], "regions": "z.bed"}}
}


def test_a_set_is_predicted_for_every_sample_or_by_given_models(tmp_path):
    run = toy_run(tmp_path, predict=SETS)
    assert list(run.predictions) == ["near/b", "near/a", "far/b", "far/a", "old/given"]
    assert run.predictions["near/a"].regions == ["x.bed"]
    assert run.predictions["far/a"].regions == []
    assert run.names["set"] == ["far"], "the FASTA files that are read"
    assert targets.last_outputs(run, "predict") == [
        "predict_profiles.predictions",
        "average_predictions.predictions",
        "predict_regions.counts",
    ]
    named = tracing.traced_inputs(run, "predict")
    assert {"x.bed", "y.fa", "z.bed", "m.h5"} <= set(named)


@pytest.mark.parametrize("last", ["bias", "transformation", "combined"])
def test_the_last_model_that_is_fitted_predicts(tmp_path, last):
    chain = ["bias", "transformation", "combined", "ablation"]
    run = toy_run(tmp_path, without=tuple(chain[chain.index(last) + 1 :]), predict={})
    assert fitted_stage(run.config) == last
    assert "predict_regions.counts" in targets.final_outputs(run)


def test_nothing_but_a_genome_and_the_section():
    raw = {"genome": {"fasta": "g.fa"}, "predict": {"models": ["m.h5"]}}
    run = Run.of(raw)
    assert targets.final_outputs(run) == ["predict_regions.counts"]
    assert tracing.traced_stages(run) == ["predict"]
    assert fitted_stage(run.config) == ""
    assert list(predictions_of(parse_config(raw), [])) == ["own/given"]


def test_tracks_of_a_fasta_of_their_own_are_not_on_the_genome(tmp_path):
    assert on_genome(toy_run(tmp_path, predict=SETS).predictions) == ["near/b", "near/a", "old/given"]


def test_browsers_get_the_genome_unless_they_have_it_by_name(tmp_path):
    assert own_assembly(toy_run(tmp_path, browser={}).config) == {"twobit": "<results>/browser/genome.2bit"}
    assert own_assembly(toy_run(tmp_path, browser={"assembly": "hg38"}).config) == {}
