"""The methods are those of the stages that ran, with their settings and the works that they rest on."""

import re

from cisgrammar.config.schema import parse_config
from cisgrammar.report.methods import methods

AROUND = {
    "samples": "config/samples.tsv",
    "genome": {"fasta": "genome.fa"},
    "folds": {"k": 5},
    "bias": {},
    "transformation": {},
}
PACKAGES = {"torch": "2.13.0", "snakemake": "9.27.1", "numpy": None}


def of(**sections):
    config = parse_config({**AROUND, "combined": {}, **sections}).model_dump(mode="json")
    return methods(config, "0.1.0", PACKAGES, 3, 5)


def test_each_stage_that_ran_is_told_with_its_settings():
    found = of(combined={"architecture": {"filters": 512, "layers": 9}, "training": {"epochs": 1}})
    assert "5' ends of 3 samples" in found.text
    assert "in 5 folds" in found.text
    assert "512 filters, 9 layers" in found.text
    assert "at most 1 epoch on" in found.text
    assert "cisgrammar 0.1.0 (torch 2.13.0, snakemake 9.27.1), seed" in found.text
    assert "SELEX" not in found.text
    assert [name.split(":")[0] for name in found.references] == ["BPNet", "ChromBPNet", "Snakemake", "PyTorch"]


def test_explanations_cite_what_they_use():
    found = of(discover={}, ablation={"consensus": {"x": "TTACCC"}})
    assert "DeepLIFT" in found.text
    names = [name.split(":")[0] for name in found.references]
    assert {"DeepLIFT", "SHAP", "TF-MoDISco", "false discovery rate"} <= set(names)
    assert len(names) == len(set(names))
    assert all(re.search(r"doi:10\.|arXiv:|, \d+$", reference) for reference in found.references)


def test_a_run_of_binding_alone_has_no_windows():
    config = {"seed": 1, "output_length": 1000, "binding": {"seeds": 1}}
    found = methods(config, "0.1.0", {}, 0, 0)
    assert found.text.startswith("Binding models")
    assert "1 independent fit each" in found.text
    assert "windows" not in found.text
