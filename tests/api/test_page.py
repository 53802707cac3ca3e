"""Every line of Python in docs/python.md runs, on the files of a small run."""

from __future__ import annotations

import json
import re

import numpy as np
import pandas as pd
import pytest

from cisgrammar.profile.models.heads import Head
from cisgrammar.profile.models.saved import save_model
from cisgrammar.profile.models.solo import SoloModel
from cisgrammar.sequence.alphabet import decode
from cisgrammar.tables.contracts.splice import THRESHOLDS
from places import ROOT
from toy_profile import network

BLOCKS = re.compile(r"```python\n(.*?)```", re.S)


@pytest.fixture
def run(tmp_path, binding_file, splice_folder, monkeypatch):
    """A folder with results, a genome and genes; the toys of binding and splice move into the results."""
    results = tmp_path / "results"
    results.mkdir()
    for name in ("binding", "splice"):
        (tmp_path / name).rename(results / name)
    for fold in ("fold0", "fold1"):
        path = results / "combined" / "yeast" / fold / "residual.safetensors"
        path.parent.mkdir(parents=True)
        save_model(path, SoloModel(network(4, 1, 3, 3), 20, (Head("signal"),), seed=1))
    kinds = {"text": "x", "integer": 1, "number": 0.5, "flag": True}
    row = {column.name: [kinds[column.kind]] for column in THRESHOLDS.columns if column.name in THRESHOLDS.names}
    THRESHOLDS.write(results / "splice" / "thresholds.tsv", pd.DataFrame(row))
    gate = {"stage": "bias", "sample": "a", "fold": "f", "name": "x", "value": 1.0, "bar": 0.5, "verdict": "pass"}
    (results / "summary.json").write_text(json.dumps([gate]))
    codes = np.random.default_rng(0).integers(0, 4, 2000, dtype=np.uint8)
    (tmp_path / "genome.fa").write_text(f">chrA\n{decode(codes)}\n")
    attributes = 'gene_id "g"; transcript_id "t";'
    rows = [f"chrA\tx\texon\t{start}\t{end}\t.\t+\t.\t{attributes}\n" for start, end in ((101, 200), (301, 400))]
    (tmp_path / "genes.gtf").write_text("".join(rows))
    ref = decode(codes[999:1000])
    alt = "A" if ref != "A" else "C"
    (tmp_path / "my.vcf").write_text(f"##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\nchrA\t1000\tx\t{ref}\t{alt}\n")
    monkeypatch.chdir(tmp_path)


def test_the_lines_of_the_page_run(run):
    blocks = BLOCKS.findall((ROOT / "docs" / "python.md").read_text())
    assert len(blocks) == 6
    names: dict = {}
    for block in blocks:
        exec(compile(block, "docs/python.md", "exec"), names)
    assert names["found"].profiles.shape == (2, 1, 20)
    assert names["run"].gates.name.tolist() == ["x"]
    assert "2 folds" in repr(names["model"])
