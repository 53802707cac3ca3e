"""Faults of the sets that are predicted, before any work."""

import math
import zipfile

import pytest
import torch

from cisgrammar.check.faults import find_faults
from cisgrammar.check.plan import plan
from cisgrammar.config.schema import parse_config
from cisgrammar.profile.models.saved import save_model
from toy_profile import small_solo

GENOME = {"genome": {"fasta": "genome.fa"}}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "genome.fa").write_text(">chr1\n" + "ACGTTGCA" * 20 + "\n")
    (tmp_path / "x.bed").write_text("chr1\t5\t9\n")
    save_model("m.safetensors", small_solo())
    save_model("longer.safetensors", small_solo(length=60))
    diverged = small_solo()
    with torch.no_grad():
        next(diverged.parameters()).view(-1)[0] = math.nan
    save_model("nan.safetensors", diverged)
    with zipfile.ZipFile("deep.keras", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", '{"a":' + "[" * 100_000)
        archive.writestr("model.weights.h5", "")
    return tmp_path


def faults_of(**keys):
    return find_faults(parse_config({**GENOME, "predict": keys}))


def test_sound_sets_have_no_fault(folder):
    models = ["m.safetensors"]
    assert faults_of(models=models) == []
    assert faults_of(models=models, sets={"a": {"regions": "x.bed"}, "b": {"fasta": "genome.fa"}}) == []
    assert faults_of(models=["results/combined/s/f/combined.safetensors"], regions="x.bed") == []


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"models": ["none.h5"]}, "predict.models: no file none.h5"),
        ({"models": ["x.bed"]}, "x.bed"),
        ({"models": ["m.safetensors", "longer.safetensors"]}, "longer.safetensors: heads (with tasks)"),
        ({"models": ["nan.safetensors"]}, "nan.safetensors: weight 'input_conv.weight' has a value that is no number"),
        ({"models": ["deep.keras"]}, "deep.keras: cannot be read (RecursionError"),
        ({"models": ["m.safetensors"], "overlap": 40}, "predict.overlap: 40 bp of windows of 40 bp"),
        ({"models": ["m.safetensors"], "regions": "y.bed"}, "predict.regions: no file y.bed"),
        ({"models": ["m.safetensors"], "sets": {"a": {"fasta": "y.fa"}}}, "predict.sets.a.fasta: no file y.fa"),
        ({"models": ["m.safetensors"], "regions": "far.bed"}, "far.bed: no region that can be predicted"),
    ],
)
def test_each_fault_is_one_line_that_names_the_key(folder, keys, said):
    (folder / "far.bed").write_text("chrZ\t1\t2\n")
    (line,) = faults_of(**keys)
    assert said in line


def test_the_plan_counts_sets(folder):
    config = parse_config({**GENOME, "predict": {"models": ["m.safetensors"]}})
    assert list(plan(config, {}, {}))[1] == "predict   1 set of regions, on cpu"
