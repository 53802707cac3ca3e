"""A manifest says what files came from, the same each time, and finds what is not as it was."""

import hashlib
import json
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from cisgrammar.config.fields import path_fields
from cisgrammar.config.schema import parse_config
from cisgrammar.config.selex_sheet import SelexLibrary
from cisgrammar.manifest import (
    changed_files,
    code_version,
    files_in,
    fingerprint,
    fingerprints,
    package_versions,
    read_manifest,
    settings_named,
    stage_manifest,
)
from places import ROOT


def git(folder, *arguments):
    who = ["-c", "user.name=a", "-c", "user.email=a@b"]
    subprocess.run(["git", "-C", str(folder), *who, *arguments], check=True, capture_output=True)


def test_a_fingerprint_is_size_and_sha256(tmp_path):
    path = tmp_path / "reads.gz"
    path.write_bytes(b"ACGT" * 100_000)
    assert fingerprint(path) == {"size": 400_000, "sha256": hashlib.sha256(b"ACGT" * 100_000).hexdigest()}


@pytest.mark.parametrize(("name", "said"), [("none.bam", "none.bam: no such file"), (".", "a folder, wanted a file")])
def test_what_is_no_file_is_named(tmp_path, name, said):
    with pytest.raises((FileNotFoundError, ValueError), match=said):
        fingerprint(tmp_path / name)


def test_fingerprints_are_sorted_and_results_are_named_from_their_folder(tmp_path):
    results, other = tmp_path / "results", tmp_path / "b.fa"
    results.mkdir()
    for path in (results / "z.tsv", results / "a.tsv", other):
        path.write_text(path.name)
    found = fingerprints([results / "z.tsv", other, results / "a.tsv"], results, threads=2)
    assert list(found) == sorted(found)
    assert set(found) == {"a.tsv", "z.tsv", str(other)}
    assert found["z.tsv"] == fingerprint(results / "z.tsv")


def test_a_folder_stands_for_the_files_in_it(tmp_path):
    for name in ("figures/s/a.png", "figures/s/.a.partial.png", "report.html"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    found = files_in([tmp_path / "report.html", tmp_path / "figures"])
    assert [str(path.relative_to(tmp_path)) for path in found] == ["figures/s/a.png", "report.html"]
    # One that is not there is kept, for its fingerprint to say so.
    assert files_in([tmp_path / "none"]) == [tmp_path / "none"]


def test_seeds_and_devices_are_found_at_any_depth():
    settings = {"seed": 3, "simulate": {"seed": 4}, "rows": {"a": [{"seed": 5, "device": "cpu"}]}, "x": {"seeds": 2}}
    assert settings_named(settings, "seed") == {"seed": 3, "simulate.seed": 4, "rows.a.0.seed": 5}
    assert settings_named(settings, "device") == {"rows.a.0.device": "cpu"}


def test_a_commit_and_whether_code_differs_from_it(tmp_path):
    assert code_version(tmp_path)["commit"] is None
    assert code_version(tmp_path)["dirty"] is None
    git(tmp_path, "init")
    (tmp_path / "Snakefile").write_text("rule all: input: []\n")
    (tmp_path / "notes.md").write_text("")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "first")
    clean = code_version(tmp_path)
    assert len(clean["commit"]) == 40
    assert clean["dirty"] is False
    (tmp_path / "notes.md").write_text("text is not code")
    assert code_version(tmp_path) == clean
    (tmp_path / "Snakefile").write_text("rule all: input: 'a'\n")
    assert code_version(tmp_path)["dirty"] is True
    # A copy of the files somewhere within a repository is not a checkout of it.
    (tmp_path / "copy").mkdir()
    assert code_version(tmp_path / "copy")["commit"] is None


def test_the_digest_of_the_package_is_that_of_its_sources(tmp_path, monkeypatch):
    import cisgrammar

    first = code_version(tmp_path)["package_sha256"]
    copy = tmp_path / "cisgrammar"
    shutil.copytree(Path(cisgrammar.__file__).parent, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(cisgrammar, "__file__", str(copy / "__init__.py"))
    assert code_version(tmp_path)["package_sha256"] == first
    (copy / "script.py").write_text((copy / "script.py").read_text() + "\n")
    assert code_version(tmp_path)["package_sha256"] != first


def test_versions_of_all_that_the_package_asks_for():
    found = package_versions()
    assert {"python", "torch", "numpy", "pydantic"} <= set(found)
    assert None not in found.values()


def test_a_manifest_has_no_time_and_comes_out_the_same(tmp_path):
    settings = {"seed": 3, "bias": {"training": {"device": "cuda"}}}
    one, two = (stage_manifest(settings, {"files": {}}, {"code": {}}) for _ in range(2))
    assert json.dumps(one) == json.dumps(two)
    assert one["seeds"] == {"seed": 3}
    assert one["device"] == {"bias.training.device": "cuda"}
    other = stage_manifest({**settings, "seed": 4}, {"files": {}}, {"code": {}})
    assert other["config_sha256"] != one["config_sha256"]


@pytest.mark.parametrize(
    ("text", "said"), [("{", "not JSON"), ("[]", "no cisgrammar-manifest-1"), ('{"format": 2}', "no cisgrammar-man")]
)
def test_what_is_no_manifest_is_refused(tmp_path, text, said):
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(ValueError, match=f"manifest.json: {said}.*delete it and run again"):
        read_manifest(tmp_path / "manifest.json")


def test_changed_and_lost_files_are_found(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "results").mkdir()
    for name in ("reads.gz", "results/a.tsv", "results/b.tsv"):
        (tmp_path / name).write_text(name)
    stage = {"inputs": fingerprints(["reads.gz"]), "files": fingerprints(["results/a.tsv", "results/b.tsv"], "results")}
    run = {"stages": {"bias": stage}, "files": {}}
    assert changed_files(run, "results") == []
    (tmp_path / "results" / "a.tsv").write_text("results/A.tsv")
    (tmp_path / "reads.gz").unlink()
    assert changed_files(run, "results") == ["reads.gz: gone", "results/a.tsv: other bytes than the manifest's"]


def test_every_path_of_a_config_is_found():
    raw = yaml.safe_load((ROOT / "config" / "config.yaml").read_text())
    raw["splice"]["genes"] |= {"fasta": "g.fa", "annotation": "g.gtf"}
    raw["splice"] |= {"model": {"weights": ["a.h5", "b.h5"]}}
    raw["ablation"] = {"annotations": "sites.bed", "motifs": "m.meme"}
    raw["folds"] = {"by": "bed", "splits": {"f": {"test": ["t.bed"], "validation": ["v.bed"]}}}
    config = parse_config(raw)
    assert {"g.fa", "g.gtf", "a.h5", "b.h5"} == set(path_fields(config.splice))
    assert {"sites.bed", "m.meme"} == set(path_fields(config.ablation))
    assert config.samples in path_fields(config)
    row = SelexLibrary(model="m", counts="counts.tsv.gz")
    assert list(path_fields(row)) == ["counts.tsv.gz"]
