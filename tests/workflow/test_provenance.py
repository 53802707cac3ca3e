"""What a run says of itself: manifests, an archive that runs again, and nothing of this machine in its files."""

import getpass
import json
import re
import shutil
import socket
import subprocess
import sys
import tarfile

import pytest

pytestmark = [pytest.mark.workflow, pytest.mark.timeout(600)]
STAGES = ("simulate", "prepare", "bias", "transformation", "combined", "predict", "evaluate")


@pytest.fixture(scope="module")
def packed(finished, tmp_path_factory):
    """A copy of the finished run with its archive, and the folder that this unpacks into."""
    flow = type(finished)(tmp_path_factory.mktemp("packed"))
    shutil.copytree(finished.folder, flow.folder, dirs_exist_ok=True)
    done = flow.run("archive")
    assert done.returncode == 0, done.stdout
    with tarfile.open(flow.results / "archive.tar.gz") as archive:
        archive.extractall(flow.folder / "unpacked", filter="data")
    flow.unpacked = flow.folder / "unpacked" / "cisgrammar"
    return flow


def test_every_stage_has_a_manifest_and_the_run_holds_them_all(finished, tiny):
    whole = json.loads((finished.results / "manifest.json").read_text())
    assert tuple(whole["stages"]) == STAGES
    for stage in STAGES:
        assert json.loads((finished.results / stage / "manifest.json").read_text()) == whole["stages"][stage]
    assert whole["config"]["bias"]["thresholds"] == tiny["bias"]["thresholds"]
    assert whole["seeds"]["seed"] == tiny["seed"]
    assert {"report.html", "summary.json", "figures/tiny/fold0/footprints.pdf"} <= set(whole["files"])
    bias = whole["stages"]["bias"]
    assert bias["config"]["bias"]["training"]["epochs"] == 2
    assert "combined" not in bias["config"]
    assert bias["device"] == {"bias.training.device": "cpu"}
    assert "bias/tiny/fold0/model.safetensors" in bias["files"]
    assert {"samples.tsv", "results/simulate/genome.fa"} <= set(whole["stages"]["prepare"]["inputs"])


def test_manifests_are_a_chain_to_the_inputs(finished):
    whole = json.loads((finished.results / "manifest.json").read_text())
    before = {"bias": "prepare", "transformation": "bias", "combined": "transformation", "evaluate": "predict"}
    for stage, earlier in before.items():
        (name,) = whole["stages"][stage]["upstream"]
        assert name == f"{earlier}/manifest.json"
    command = [sys.executable, "-m", "cisgrammar.manifest", "results/manifest.json", "results"]
    done = subprocess.run(command, cwd=finished.folder, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


def test_no_file_of_a_run_knows_its_machine_time_or_user(finished):
    said = [
        str(finished.folder),
        str(finished.folder.parent),
        sys.prefix,
        socket.gethostname(),
        f"/{getpass.getuser()}/",
    ]
    # A short name is in compressed bytes by chance.
    patterns = [re.escape(word.encode()) for word in said if len(word) > 5]
    # Times as logs and as programs write them; a D: of a PDF, a tIME of a PNG.
    patterns += [rb"20\d\d-\d\d-\d\d[T ]\d\d:\d\d", rb"\d\d:\d\d:\d\d 20\d\d", rb"CreationDate", rb"tIME\x07"]
    found = [
        (str(path.relative_to(finished.results)), pattern)
        for path in sorted(finished.results.rglob("*"))
        if path.is_file()
        for pattern in patterns
        if re.search(pattern, path.read_bytes())
    ]
    assert found == []
    packed = [path for path in finished.results.rglob("*.gz") if path.read_bytes()[4:8] != bytes(4)]
    assert packed == [], "a gzip file with a time in its header"


def test_the_archive_holds_what_a_reviewer_needs(packed, finished):
    here = packed.unpacked
    for name in ("Snakefile", "Makefile", "requirements.lock", "workflow/cisgrammar/manifest.py", "samples.tsv"):
        assert (here / name).is_file()
    assert (here / "slurm").is_symlink()
    for name in ("manifest.json", "report.html", "summary.json", "evaluate/tiny/fold0/summary.tsv"):
        assert (here / "delivered" / "results" / name).read_bytes() == (finished.results / name).read_bytes()
    assert list((here / "delivered" / "results" / "figures").rglob("*.pdf"))
    subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=here, check=True)


def again(packed, *arguments):
    command = [sys.executable, "-m", "snakemake", "--cores", "2", "--configfile", "delivered/config.json", *arguments]
    return subprocess.run(
        command,
        cwd=packed.unpacked,
        env=packed.environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=500,
    )


def test_the_archive_plans_the_same_jobs(packed):
    done = again(packed, "--dry-run", "--quiet", "rules")
    assert done.returncode == 0, done.stdout
    for rule in ("simulate", "train_bias", "train_combined", "draw_figures", "collect_manifests"):
        assert re.search(rf"(?m)^{rule} +\d", done.stdout)


@pytest.mark.long
def test_the_archive_runs_to_the_same_bytes(packed):
    done = again(packed)
    assert done.returncode == 0, done.stdout
    command = [sys.executable, "-m", "cisgrammar.manifest", "delivered/results/manifest.json", "results"]
    checked = subprocess.run(command, cwd=packed.unpacked, capture_output=True, text=True)
    assert (checked.returncode, checked.stdout) == (0, "")
