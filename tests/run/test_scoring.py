"""What the rules of the variants stage take of a run."""

from types import SimpleNamespace

from cisgrammar.run import targets, tracing
from cisgrammar.run.drawing import Drawing
from cisgrammar.run.run import Run
from cisgrammar.run.scoring import Scoring
from toy_run import toy_run

OWN = {"vcf": "my.vcf.gz", "profile": {}, "binding": {}, "splice": {}}
GIVEN = {
    "genome": {"fasta": "g.fa"},
    "variants": {
        "vcf": "my.vcf.gz",
        "profile": {"models": ["a.h5", "b.h5"], "peaks": "p.bed"},
        "binding": {"models": ["x/R"]},
    },
}


def test_a_run_scores_with_its_own_models(tmp_path):
    run = toy_run(tmp_path, variants=OWN)
    scoring = Scoring(run, "<results>")
    assert run.profile_sources == ["b", "a"]
    assert scoring.folder == "<results>/variants/my"
    combined = [f"<results>/combined/a/fold{i}/combined.safetensors" for i in range(3)]
    assert scoring.profile_models(SimpleNamespace(source="a")) == combined
    assert run.source_peaks(SimpleNamespace(source="a")) == ["a.bed"]
    files = scoring.affinity_files(SimpleNamespace(factors="alpha"))
    assert files == [f"<results>/binding/alpha/{name}" for name in ("model.safetensors", "covariance.h5")]
    assert scoring.tables("binding", list(run.affinity_models)) == [
        f"<results>/variants/my/binding/{model}.tsv" for model in run.libraries
    ]
    assert scoring.shown()[1] == ["b.bed"]
    assert run.splice_annotation == "g.gtf"


def test_given_models_are_one_source(tmp_path):
    folder = tmp_path / "x" / "R"
    folder.mkdir(parents=True)
    given = {**GIVEN["variants"], "binding": {"models": [str(folder)]}}
    run = Run.of({**GIVEN, "variants": given})
    scoring = Scoring(run, "<results>")
    assert run.profile_sources == ["given"]
    assert scoring.profile_models(SimpleNamespace(source="given")) == ["a.h5", "b.h5"]
    assert scoring.shown() == (["a.h5", "b.h5"], ["p.bed"])
    weights = str(folder / "model.safetensors")
    assert scoring.affinity_files(SimpleNamespace(factors="R")) == [weights]
    (folder / "covariance.h5").touch()
    assert scoring.affinity_files(SimpleNamespace(factors="R")) == [weights, str(folder / "covariance.h5")]
    named = tracing.traced_inputs(run, "variants")
    assert named == sorted(["a.h5", "b.h5", "g.fa", "my.vcf.gz", "p.bed", weights, str(folder / "covariance.h5")])
    assert list(run.combinations("score_profiles", ["source"])) == [{"source": "given"}]
    assert list(run.combinations("score_affinities", ["factors"])) == [{"factors": "R"}]


def test_the_stage_is_planned_drawn_and_traced(tmp_path):
    run = Run.of(GIVEN)
    assert targets.final_outputs(run) == ["collect_variants.scores", "show_variants.page"]
    assert tracing.traced_stages(run) == ["variants"]
    assert Drawing(run, "r").places() == ["variants/my"]
    assert tracing.upstream(toy_run(tmp_path, variants=OWN), "variants") == ["combined", "binding", "splice"]


def test_a_run_without_variants_has_none(tmp_path):
    run = toy_run(tmp_path)
    scoring = Scoring(run, "r")
    assert (scoring.folder, run.profile_sources, run.affinity_models, scoring.shown()) == ("", [], {}, ([], []))
