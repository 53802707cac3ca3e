"""The archive of a run: what is in it, the same bytes each time, and sums that check."""

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
    import json

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
