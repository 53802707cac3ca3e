"""What the jobs of a sample read, where samples share a bias model or have a control."""

from types import SimpleNamespace

from cisgrammar.run.run import Run
from cisgrammar.run.sample_files import section
from toy_run import toy_run

SHEET = (
    "sample\tsignal\tpeaks\tgroup\tcontrol\n"
    "a\ta.bam\ta.bed\tx\tplus.bw\n"
    "b\tb.bam\tb.bed\tx\t\n"
    "n\tn.bam\ta.bed\tx\t\n"
    "m\tm.bam\tb.bed\ty\t\n"
    "c\tc.bam\tc.bed\ty\t\n"
)


def run_of(folder, bias, combined=()):
    (folder / "samples.tsv").write_text(SHEET)
    sections = {"genome": {"fasta": "g.fa"}, "folds": {"k": 3}, "transformation": {}, "combined": dict(combined)}
    return Run.of({"samples": str(folder / "samples.tsv"), **sections, "bias": bias})


def test_a_pool_reads_what_its_samples_have(tmp_path):
    run = run_of(tmp_path, {"share": "group"})
    pool = SimpleNamespace(sample="x", fold="fold1")
    assert run.pooled(pool) == [f"results/prepare/{name}/signal.h5" for name in "abn"]
    assert run.peak_files(pool) == ["a.bed", "b.bed"]
    assert {row["sample"] for row in run.tracks(pool)} == {"x"}
    assert run.bias_model(SimpleNamespace(sample="b", fold="fold1")) == "results/bias/x/fold1/model.safetensors"


def test_rules_have_samples_of_their_own(tmp_path):
    run = run_of(tmp_path, {"share": "group", "reads": ["n", "m"]})
    assert run.names["sample"] == ["a", "b", "c"]
    assert run.names_of("count_reads")["sample"] == ["a", "b", "n", "m", "c"]
    assert run.names_of("preflight")["sample"] == ["a", "b", "n", "m", "c", "x", "y"]
    assert run.names_of("train_bias")["sample"] == ["x", "y"]
    assert run.names_of("pool_reads")["sample"] == ["x", "y"]
    assert run.names_of("train_combined")["sample"] == ["a", "b", "c"]
    assert run.bias_places[:2] == [("x", "fold0"), ("x", "fold1")]
    assert len(run.places) == 9
    jobs = [tuple(job.values()) for job in run.combinations("train_bias", ["sample", "fold", "threshold"])]
    assert jobs == [(pool, f"fold{fold}", "1000") for pool in "xy" for fold in range(3)]


def test_a_given_bias_has_a_place_for_each_sample_and_its_jitter_counts(tmp_path):
    run = run_of(tmp_path, {"model": "m.h5", "training": {"jitter": 400}}, {"training": {"jitter": 10}})
    assert run.bias_places == run.places
    assert run.jitter == 400
    assert run.checked_settings["bias"] == {"model": "m.h5", "training": {"jitter": 400}}


def test_only_samples_with_a_control_read_one(tmp_path):
    run = run_of(tmp_path, {})
    a, b = (SimpleNamespace(sample=name, fold="fold0") for name in "ab")
    assert run.controlled == ["a"]
    assert (run.control(a), run.control(b)) == (["results/prepare/a/control.h5"], [])
    assert run.control_files(a) == ["plus.bw"]
    (track,) = run.control_tracks(a)
    assert (track["signal"], track["control"]) == ("plus.bw", "")


def test_a_fold_reads_its_own_split(tmp_path):
    beds = {name: {"test": [f"{name}t.bed"], "validation": ["v.bed"]} for name in ("one", "two")}
    run = toy_run(tmp_path, folds={"by": "bed", "splits": beds})
    alone = toy_run(tmp_path, folds={"by": "bed", "splits": {"one": beds["one"]}})
    one = SimpleNamespace(fold="one")
    assert run.own_fold_files(one) == ["onet.bed", "v.bed"]
    assert run.fold_files == ["onet.bed", "twot.bed", "v.bed"]
    assert list(run.own_fold(one)["splits"]) == ["one"]
    assert run.own_fold(one) == alone.own_fold(one) == section(alone.config.folds)
    assert run.own_fold(SimpleNamespace(fold="two"))["splits"]["two"]["test"] == ["twot.bed"]
    whole = toy_run(tmp_path, folds={"k": 4})
    assert whole.own_fold(SimpleNamespace(fold="fold2")) == section(whole.config.folds)
