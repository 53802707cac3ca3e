"""What Snakemake makes of the configs without running a job."""

import os
import re
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from places import ROOT

STAGE_RULES = {
    "prepare": "preflight",
    "bias": "choose_bias",
    "transformation": "train_transformation",
    "combined": "train_combined",
    "predict": "predict_profiles",
    "evaluate": "evaluate_profiles",
    "figures": "draw_figures",
}


def snakemake(*arguments):
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.run(
        [sys.executable, "-m", "snakemake", *arguments],
        cwd=ROOT,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=120,
    )


def test_the_demo_as_typed():
    done = snakemake("--dry-run", "--forceall")
    assert done.returncode == 0, done.stdout
    for rule in (
        *("simulate", "train_bias", "train_combined", "evaluate_profiles", "report"),
        *("simulate_selex", "count_selex", "fit_psam", "fit_cooperativity", "evaluate_binding", "export_binding"),
        *("simulate_genes", "build_genes", "train_splice", "calibrate_splice", "check_frames"),
    ):
        assert f"rule {rule}:" in done.stdout


def test_yeast(data):
    done = snakemake("--dry-run", "--forceall", "--configfile", "config/yeast.yaml")
    assert done.returncode == 0, done.stdout
    assert "rule simulate:" not in done.stdout, "the demo's config leaked into the run"
    assert "results/yeast/combined/SRR1822137/fold0/combined.safetensors" in done.stdout
    assert "results/yeast/binding/Bicoid/hits.bed.gz" in done.stdout
    assert "results/yeast/splice/frames/codons.tsv" in done.stdout
    assert "logs/yeast/combined/SRR1822137/fold0/train_combined.log" in done.stdout


def test_lint():
    done = snakemake("--lint")
    assert done.returncode == 0, done.stdout


def test_snakefmt():
    tool = shutil.which("snakefmt", path=Path(sys.executable).parent)
    assert tool, "snakefmt is in requirements.lock; run make install"
    done = subprocess.run([tool, "--check", "Snakefile", "workflow/rules"], cwd=ROOT, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("sed", 1, "sed: unknown key; did you mean seed?"),
        ("threads", 0, "threads: must be >= 1, got 0"),
        (
            "output_length",
            999,
            "output_length: must be even so that a window has a centre, got 999; use 1000",
        ),
        ("samples", "none.tsv", "samples: no file none.tsv; write one row per track"),
    ],
)
def test_a_bad_config_is_one_clear_message(flow, tiny, key, value, said):
    flow.write_config({**tiny, key: value})
    done = flow.run("--dry-run")
    assert done.returncode != 0
    assert sum(said in line for line in done.stdout.splitlines()) == 1
    assert "Traceback" not in done.stdout
    assert not flow.results.exists()


@pytest.mark.parametrize("stage", STAGE_RULES)
def test_a_stage_can_be_asked_for_alone(flow, stage):
    done = flow.run("--dry-run", stage)
    assert done.returncode == 0, done.stdout
    assert f"rule {STAGE_RULES[stage]}:" in done.stdout
    assert "rule report:" not in done.stdout


@pytest.mark.parametrize("last", ["bias", "transformation", None])
def test_stages_that_are_not_in_the_config_do_not_run(flow, tiny, last):
    stages = ["bias", "transformation", "combined"]
    kept = stages[: stages.index(last) + 1] if last else []
    flow.write_config({key: value for key, value in tiny.items() if key not in stages or key in kept})
    done = flow.run("--dry-run")
    assert done.returncode == 0, done.stdout
    for stage in stages:
        assert (f"rule train_{stage}:" in done.stdout) == (stage in kept)
    assert "rule evaluate_profiles:" not in done.stdout
    assert "rule report:" in done.stdout


@pytest.mark.parametrize("stage", ["combined", "binding", "splice"])
def test_asking_for_a_stage_that_is_not_in_the_config_names_the_section(flow, tiny, stage):
    flow.write_config({key: value for key, value in tiny.items() if key != stage})
    done = flow.run("--dry-run", stage)
    assert done.returncode != 0
    assert f"the config has no section `{stage}`; add it" in done.stdout


def test_folds_are_jobs_and_are_averaged(flow, tiny):
    flow.write_config({**tiny, "folds": {"k": 3}})
    done = flow.run("--dry-run", "--quiet", "rules")
    assert done.returncode == 0, done.stdout
    counts = {line.split()[0]: line.split()[-1] for line in done.stdout.splitlines() if line.strip()}
    assert counts["select_regions"] == "3"
    assert counts["train_bias"] == "4", "the first fold's two thresholds, and its choice in the others"
    assert counts["average_folds"] == "1"
    assert counts["average_predictions"] == "1"


EVERY_STAGE = {
    "simulate_selex": {},
    "simulate_genes": {},
    "binding": {"libraries": "selex.tsv", "models": {"REB1": {"motifs": {"REB1": {"width": 8}}}}, "seeds": 2},
    "splice": {
        "genes": {
            "fasta": "results/simulate/genes/genome.fa",
            "annotation": "results/simulate/genes/genes.gtf",
            "test": ["chr5", "chr6"],
            "validation": ["chr4"],
        },
        "model": {"context": 80},
    },
    "discover": {"outputs": ["counts"]},
    "ablation": {"consensus": {"CBF1": "GTCACGTGA"}, "contributions": {"outputs": ["counts"]}},
    "variants": {"vcf": "variants.vcf", "profile": {}, "binding": {}},
    "browser": {},
}


def write_large_run(flow, tiny, samples, more):
    """A run of real reads, in 5 folds, whose files are there by name alone."""
    flow.write_config(
        {key: value for key, value in tiny.items() if key != "simulate"}
        | {"folds": {"k": 5}, "genome": {"fasta": "genome.fa"}}
        | more
    )
    names = [f"s{number:03d}" for number in range(samples)]
    for file in ("genome.fa", "peaks.bed", "variants.vcf", *(f"{name}.tsv.gz" for name in names)):
        (flow.folder / file).write_text("x")
    rows = "".join(f"{name}\t{name}.tsv.gz\tpeaks.bed\n" for name in names)
    (flow.folder / "samples.tsv").write_text("sample\tsignal\tpeaks\n" + rows)
    reads = "results/simulate/selex/round0.fastq.gz,,results/simulate/selex/round2.fastq.gz"
    selex = f"model\treads\tbarcode\tselection\nREB1\t{reads}\tTGTCGT\tbound_unsaturated\n"
    (flow.folder / "selex.tsv").write_text(selex)


@pytest.mark.long
@pytest.mark.parametrize(("samples", "more"), [(218, {}), (120, EVERY_STAGE)], ids=["profiles", "every stage"])
def test_ten_thousand_jobs_are_planned_in_seconds(flow, tiny, monkeypatch, samples, more):
    """CPU time, for other work on the machine is not what is measured."""
    monkeypatch.delenv("CISGRAMMAR_FAST_DAG", raising=False)
    write_large_run(flow, tiny, samples, more)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = flow.run("--dry-run", "--quiet", "rules")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 0, done.stdout
    assert int(re.search(r"(?m)^total +(\d+)", done.stdout)[1]) >= 10_000
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"{seconds:.1f} s of CPU, {after.ru_maxrss / 1024:.0f} MB")
    assert seconds < 15
    assert after.ru_maxrss < 400 * 1024


def plan(flow, monkeypatch, fast, *arguments):
    """What a dry-run says of each job, without times and without the order of jobs and of files."""
    monkeypatch.setenv("CISGRAMMAR_FAST_DAG", fast)
    done = flow.run("--dry-run", "--printshellcmds", *arguments)
    assert done.returncode == 0, done.stdout
    text = re.sub(r"(?m)jobid: \d+|^\[.*\]$|^ +(Date|Workflow ID): .*$|/\S*/tmp\S+", "", done.stdout)
    blocks = [block.splitlines() for block in re.split(r"\n\s*\n", text)]
    return sorted("\n".join(" ".join(sorted(re.split("[,;:]? ", line))) for line in block) for block in blocks)


def test_a_fast_plan_is_the_plan(flow, tiny, monkeypatch):
    write_large_run(flow, tiny, 2, EVERY_STAGE)
    planned = plan(flow, monkeypatch, "0")
    assert len(planned) > 200
    assert plan(flow, monkeypatch, "1") == planned


def test_a_fast_plan_of_results_that_are_there_is_the_plan(flow, finished, monkeypatch):
    shutil.copytree(finished.folder, flow.folder, dirs_exist_ok=True)
    os.remove(next(flow.results.glob("combined/*/*/combined.safetensors")))
    (flow.folder / "samples.tsv").write_text((flow.folder / "samples.tsv").read_text() + "\n")
    next(flow.results.glob("prepare/*/*/regions.tsv")).touch()
    planned = plan(flow, monkeypatch, "0")
    assert any("rule train_combined" in block or "train_combined: rule" in block for block in planned)
    assert plan(flow, monkeypatch, "1") == planned


@pytest.mark.long
def test_a_run_with_snakemake_as_it_is_has_the_same_bytes(flow, finished, monkeypatch):
    monkeypatch.setenv("CISGRAMMAR_FAST_DAG", "0")
    done = flow.run()
    assert done.returncode == 0, done.stdout
    assert flow.fingerprints() == finished.fingerprints()


def test_weights_that_are_given(data, tmp_path, monkeypatch):
    """The example of SpliceAI's weights: planned without training, whatever the networks hold."""
    monkeypatch.setenv("SPLICEAI_MODELS", str(tmp_path))
    for number in range(1, 6):
        (tmp_path / f"spliceai{number}.h5").touch()
    done = snakemake("--dry-run", "--forceall", "--configfile", "config/examples/spliceai_weights.yaml")
    assert done.returncode == 0, done.stdout
    assert "rule predict_splice:" in done.stdout
    assert "rule train_splice:" not in done.stdout
    assert "rule simulate" not in done.stdout
    assert "results/spliceai_weights/splice/predict/tracks" in done.stdout


def test_variants_and_given_models_are_a_run(data, tmp_path, monkeypatch):
    """The example of variants: nothing is trained, each kind of model scores, and one table holds all."""
    monkeypatch.setenv("SPLICEAI_MODELS", str(tmp_path))
    text = (ROOT / "config" / "examples" / "variants.yaml").read_text()
    for name in ("my.vcf.gz", "models/fold_0.h5", "models/fold_1.h5", "peaks.narrowPeak", "results/binding/CTCF"):
        text = text.replace(name, str(tmp_path / name), 1)
    for name in (
        "my.vcf.gz",
        "models/fold_0.h5",
        "models/fold_1.h5",
        "peaks.narrowPeak",
        "spliceai1.h5",
        "spliceai2.h5",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "results/binding/CTCF").mkdir(parents=True)
    (tmp_path / "results/binding/CTCF/model.safetensors").touch()
    (tmp_path / "variants.yaml").write_text(text)
    done = snakemake("--dry-run", "--forceall", "--configfile", str(tmp_path / "variants.yaml"))
    assert done.returncode == 0, done.stdout
    for rule in ("read_variants", "score_profiles", "score_affinities", "score_splicing", "show_variants"):
        assert f"rule {rule}:" in done.stdout
    assert "rule train" not in done.stdout
    folder = "results/variants_example/variants/my"
    for file in ("scores.tsv", "annotated.vcf.gz.tbi", "variants.html", "profile/given.tsv", "binding/CTCF.tsv"):
        assert f"{folder}/{file}" in done.stdout
