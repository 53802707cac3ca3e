"""The plan of a run: which stages there are, how many jobs each has, and where they run."""

from cisgrammar.check.plan import plan
from cisgrammar.config.samples import Track
from cisgrammar.config.schema import parse_config
from cisgrammar.config.selex_sheet import SelexLibrary
from toy_check import CONFIG


def lines_of(config, samples=(), models=()):
    """First word -> the rest of its line."""
    tracks = {
        name: [Track(sample=name, head=head, signal="x.bw", peaks="p.bed") for head in heads] for name, heads in samples
    }
    libraries = {name: [SelexLibrary(model=name, counts="c.tsv")] for name in models}
    return dict(line.split(None, 1) for line in plan(parse_config(config), tracks, libraries))


def test_stages_come_in_their_order():
    lines = lines_of(CONFIG, [("s", ["signal"])], ["m"])
    assert list(lines) == [
        "results",
        "samples",
        "folds",
        "bias",
        "transform",
        "combined",
        "ablation",
        "binding",
        "splice",
    ]


def test_a_stage_without_its_section_has_no_line():
    assert list(lines_of({"binding": {"libraries": "selex.tsv"}}, models=["m"])) == ["results", "binding"]
    only = {key: CONFIG[key] for key in ("samples", "genome", "folds", "bias")}
    assert list(lines_of(only, [("s", ["signal"])])) == ["results", "samples", "folds", "bias"]


def test_jobs_are_those_of_every_sample_and_fold():
    config = {**CONFIG, "folds": {"k": 4}, "bias": {"thresholds": [0.5, 1]}, "threads": 1}
    config["ablation"] = {**CONFIG["ablation"], "shards": 5, "models": ["combined", "residual"]}
    config["combined"] = {"training": {"epochs": 7, "device": "cuda", "precision": "tf32"}}
    lines = lines_of(config, [("s", ["a", "b"]), ("t", ["a", "b"])])
    assert lines["samples"] == "2 samples (s, t), 4 tracks"
    assert lines["folds"] == "4 folds (fold0, fold1, fold2, fold3)"
    assert lines["bias"] == "10 trainings, up to 10 epochs on 1 thread, fp32"
    assert lines["transform"] == "8 fits"
    assert lines["combined"] == "8 trainings, up to 7 epochs on the GPU, tf32"
    assert lines["ablation"] == "40 jobs on cpu; combined, residual"


def test_one_of_a_kind_has_no_plural():
    lines = lines_of({**CONFIG, "bias": {**CONFIG["bias"], "thresholds": [1]}}, [("s", ["signal"])])
    assert lines["samples"] == "1 sample (s), 1 track"
    assert lines["folds"] == "1 fold (a)"
    assert lines["bias"].startswith("1 training, ")
    assert lines["transform"] == "1 fit"


def test_of_many_samples_some_are_named():
    lines = lines_of(CONFIG, [(f"s{i}", ["signal"]) for i in range(1200)])
    assert lines["samples"] == "1,200 samples (s0, s1, s2, s3, s4, ...), 1,200 tracks"
    five = lines_of(CONFIG, [(f"s{i}", ["signal"]) for i in range(5)])
    assert five["samples"] == "5 samples (s0, s1, s2, s3, s4), 5 tracks"


def test_each_binding_model_is_fitted_from_each_seed():
    config = {**CONFIG, "binding": {"libraries": "selex.tsv", "seeds": 4}}
    assert lines_of(config, models=["m", "n"])["binding"] == "2 models (m, n), 8 fits"


def test_splicing_names_its_network_and_checks():
    genes = CONFIG["splice"]["genes"]
    given = {"genes": genes, "model": {"weights": ["a.h5", "b.h5"]}, "calibration": {"device": "cuda"}, "checks": None}
    assert lines_of({**CONFIG, "splice": given})["splice"] == "2 given networks on cuda; checks: none"
    sites = {**given, "predict": {"regions": "r.bed"}}
    assert lines_of({**CONFIG, "splice": sites})["splice"] == (
        "2 given networks on cuda; checks: none; sites of test, r.bed"
    )
    own = {"genes": genes, "model": {"context": 80}, "checks": {"which": ["deletion", "poison_exons"]}}
    assert lines_of({**CONFIG, "splice": own})["splice"] == (
        "a network of 80 bp on cpu; checks: deletion, poison_exons"
    )


def test_shared_given_and_no_bias_are_said():
    tracks = {
        name: [Track(sample=name, signal="x.bw", peaks="p.bed", group=group)] for name, group in ("ax", "bx", "cy")
    }
    config = {**CONFIG, "folds": {"k": 4}}

    def line(name, **changes):
        parsed = parse_config({key: value for key, value in {**config, **changes}.items() if value is not None})
        return dict(one.split(None, 1) for one in plan(parsed, tracks, {}))[name]

    shared = line("bias", bias={"architecture": {"layers": 1}, "share": "group", "thresholds": [0.5, 1]})
    assert shared.startswith("10 trainings for 8 models of x, y, up to 10 epochs")
    assert line("bias", bias={"model": "m.h5"}) == "given: m.h5"
    tracks["a"] = [Track(sample="a", signal="x.bw", peaks="p.bed", group="x", control="i.bw")]
    assert line("samples").endswith("3 tracks, 1 with a control")
    assert line("combined", bias=None, transformation=None, ablation=None).endswith("; no bias stage")
