"""The archive of a run: what is in it, the same bytes each time, and sums that check."""

import json
import subprocess
import tarfile

import pytest

from cisgrammar.files.archive import code_files, result_files, write_archive
from cisgrammar.manifest import FORMAT, fingerprints, main


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A checkout of three files, one of them a link, and results."""
    monkeypatch.chdir(tmp_path)
    for name in ("code/Snakefile", "code/scripts/a.py", "code/results/b.tsv", "code/.venv/c.py", "sheet.tsv"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    (tmp_path / "code" / "slurm").symlink_to("scripts")
    for name in ("manifest.json", "bias/s/f/sweep.tsv", "bias/s/f/.x.partial.tsv", "simulate/t.tsv", "m.safetensors"):
        (tmp_path / "results" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "results" / name).write_text(name)
    return tmp_path


def pack(run, name="archive.tar.gz"):
    write_archive(run / name, run / "code", "results", {"seed": 1}, ["sheet.tsv", "/elsewhere/absolute.tsv"])
    return run / name


def test_code_without_git_is_what_lies_in_the_known_folders(run):
    assert [str(path) for path in code_files(run / "code")] == ["Snakefile", "scripts/a.py", "slurm"]


def test_code_with_git_is_what_git_tracks(run):
    for arguments in (["init"], ["add", "Snakefile", "slurm"]):
        subprocess.run(["git", "-C", str(run / "code"), *arguments], check=True, capture_output=True)
    assert [str(path) for path in code_files(run / "code")] == ["Snakefile", "slurm"]


def test_results_are_tables_and_pages_under_final_names(run):
    assert [str(path) for path in result_files("results")] == ["bias/s/f/sweep.tsv", "manifest.json"]


def test_an_archive_holds_all_with_sums_that_check(run):
    with tarfile.open(pack(run)) as archive:
        archive.extractall(run / "out", filter="data")
        entries = archive.getmembers()
    names = [entry.name.removeprefix("cisgrammar/") for entry in entries]
    assert names == sorted(
        [
            *("RERUN.md", "SHA256SUMS", "Snakefile", "delivered/config.json", "scripts/a.py", "sheet.tsv", "slurm"),
            *("delivered/results/bias/s/f/sweep.tsv", "delivered/results/manifest.json"),
        ]
    )
    assert {(entry.mtime, entry.uid, entry.gid, entry.uname) for entry in entries} == {(0, 0, 0, "")}
    assert (run / "out" / "cisgrammar" / "slurm").is_symlink()
    subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=run / "out" / "cisgrammar", check=True)


def test_the_same_files_give_the_same_bytes(run):
    first = pack(run).read_bytes()
    for path in run.rglob("*.tsv"):
        path.touch()
    assert pack(run, "again.tar.gz").read_bytes() == first


def test_the_command_says_which_files_are_not_the_manifests(run, capsys):
    manifest = {"format": FORMAT, "files": fingerprints(["results/bias/s/f/sweep.tsv"], "results")}
    (run / "m.json").write_text(json.dumps(manifest))
    assert main(["m.json", "results"]) == 0
    assert capsys.readouterr().out == ""
    (run / "results" / "bias" / "s" / "f" / "sweep.tsv").write_text("other")
    assert main(["m.json", "results"]) == 1
    assert capsys.readouterr().out == "results/bias/s/f/sweep.tsv: other bytes than the manifest's\n"
    assert main(["sheet.tsv", "results"]) == 2
    assert "error: sheet.tsv: not JSON" in capsys.readouterr().err
    assert main([]) == 2


def test_code_without_git_holds_no_keys_data_or_hidden_files(run, tmp_path):
    """Names that a checkout of somebody may have beside the code."""
    kept = (
        "config/mine.yaml",
        "config/my_samples.tsv",
        "docs/a.md",
        "tests/data/golden.npz",
        "workflow/x/y.j2",
        "Makefile",
    )
    left = (
        *("config/.env", "config/id_rsa", "token.txt", "workflow/.ipynb_checkpoints/a.py", "config/my_data/reads.bam"),
        *("config/my_data/reads.fastq.gz", "secrets.yaml", "notes.tsv", "scripts/__pycache__/a.py", "config/key.pem"),
    )
    for name in (*kept, *left, "outside.md"):
        (run / "code" / name).parent.mkdir(parents=True, exist_ok=True)
        (run / "code" / name).write_text(name)
    (run / "code" / "config" / "huge.tsv").write_bytes(bytes(3_000_000))
    (tmp_path / "elsewhere").mkdir()
    (run / "code" / "docs" / "link.md").symlink_to(tmp_path / "elsewhere")
    (run / "code" / "docs" / "up.md").symlink_to("../../sheet.tsv")
    (run / "code" / "docs" / "here.md").symlink_to("a.md")
    (run / "code" / "profiles").symlink_to("workflow")
    found = {str(path) for path in code_files(run / "code")}
    assert found == {"Snakefile", "scripts/a.py", "slurm", "docs/here.md", "outside.md", "profiles", *kept}


def test_what_a_run_did_not_make_is_named_and_not_archived(run, caplog):
    manifest = {
        "format": FORMAT,
        "files": {},
        "stages": {"bias": {"files": fingerprints(["results/bias/s/f/sweep.tsv"], "results")}},
    }
    for name in ("bias/gone/f/sweep.tsv", "splice/gates.json", "checkpoints/a.json", "bias/manifest.json"):
        (run / "results" / name).parent.mkdir(parents=True, exist_ok=True)
        (run / "results" / name).write_text(name)
    write_archive(run / "a.tar.gz", run / "code", "results", {"seed": 1}, [], manifest)
    with tarfile.open(run / "a.tar.gz") as archive:
        names = [name.split("delivered/results/")[1] for name in archive.getnames() if "delivered/results/" in name]
    assert names == ["bias/manifest.json", "bias/s/f/sweep.tsv", "manifest.json"]
    (record,) = caplog.records
    assert record.message.endswith("did not make it: bias/gone/f/sweep.tsv, simulate/t.tsv, splice/gates.json")


def test_files_that_are_not_the_manifests_are_not_archived_as_if_they_were(run):
    manifest = {"stages": {"bias": {"files": fingerprints(["results/bias/s/f/sweep.tsv"], "results")}}}
    (run / "results" / "bias" / "s" / "f" / "sweep.tsv").write_text("0.9")
    with pytest.raises(ValueError, match=r"sweep.tsv: other bytes than the manifest's; run the same command again"):
        write_archive(run / "a.tar.gz", run / "code", "results", {"seed": 1}, [], manifest)
    assert not (run / "a.tar.gz").exists()


def test_the_command_names_files_of_removed_stages_for_a_runs_manifest(run, capsys):
    print_ = fingerprints(["results/bias/s/f/sweep.tsv"], "results")
    (run / "m.json").write_text(json.dumps({"format": FORMAT, "files": print_, "stages": {}}))
    assert main(["m.json", "results"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines == ["results/m.safetensors: not of this run", "results/simulate/t.tsv: not of this run"]
