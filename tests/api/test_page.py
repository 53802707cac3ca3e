"""Every line of Python in docs/python.md, and every notebook, runs on the files of a small run."""

from __future__ import annotations

import re

import pytest

from cisgrammar.sequence.alphabet import decode
from cisgrammar.sequence.fasta import read_fasta
from notebook import NOTEBOOKS, read_notebook, run_notebook
from places import ROOT
from toy_results import write_results

BLOCKS = re.compile(r"```python\n(.*?)```", re.S)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A folder with `results`, and beside them the reader's own genome, genes and variants."""
    folder = tmp_path_factory.mktemp("finished")
    results = write_results(folder)
    text = (results / "simulate" / "genome.fa").read_text()
    (folder / "genome.fa").write_text(text.replace("chr6", "chrA"))
    attributes = 'gene_id "g"; transcript_id "t";'
    rows = [f"chrA\tx\texon\t{start}\t{end}\t.\t+\t.\t{attributes}\n" for start, end in ((101, 200), (301, 400))]
    (folder / "genes.gtf").write_text("".join(rows))
    ref = decode(read_fasta(folder / "genome.fa").chromosome("chrA")[999:1000])
    alt = "A" if ref != "A" else "C"
    (folder / "my.vcf").write_text(f"##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\nchrA\t1000\tx\t{ref}\t{alt}\n")
    return folder


@pytest.fixture
def run(finished, monkeypatch):
    monkeypatch.chdir(finished)
    return finished


def test_the_lines_of_the_page_run(run):
    blocks = BLOCKS.findall((ROOT / "docs" / "python.md").read_text())
    assert len(blocks) == 6
    names: dict = {}
    for block in blocks:
        exec(compile(block, "docs/python.md", "exec"), names)
    assert names["found"].profiles.shape == (2, 1, 20)
    assert names["run"].gates.name.tolist() == ["x"]
    assert "2 folds" in repr(names["model"])


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_from_its_first_cell_to_its_last(path, run):
    names = run_notebook(path)
    assert "2 folds" in repr(names["model"])


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_valid_and_holds_no_outputs(path):
    cells = read_notebook(path).cells
    code = [cell for cell in cells if cell.cell_type == "code"]
    assert len(code) >= 5
    assert cells[0].source.startswith("# ")
    assert [cell for cell in code if cell.outputs or cell.execution_count] == []


def test_there_are_three_notebooks():
    assert [path.stem for path in NOTEBOOKS] == ["first_model", "motifs_to_grammar", "variants"]
