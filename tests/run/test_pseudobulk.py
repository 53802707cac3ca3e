"""Samples that are groups of barcodes."""

from types import SimpleNamespace

from cisgrammar.config.read.groups import with_groups
from cisgrammar.config.samples import read_samples
from cisgrammar.run.pseudobulk import Splitting
from cisgrammar.run.run import Run

HEADER = "sample\tsignal\tpeaks\tbarcodes\n"


def samples_of(tmp_path, rows, groups=("CD4+ T", "B")):
    (tmp_path / "s.tsv").write_text(HEADER + rows)
    return with_groups(read_samples(tmp_path / "s.tsv"), groups)


def test_each_group_becomes_a_sample_beside_the_rows_that_name_one(tmp_path):
    rows = "pbmc\tx/f.tsv.gz\tp.bed\t*\nwhole\tx/f.tsv.gz\tp.bed\t\nb\ty/f.tsv.gz\tb.bed\tB\n"
    found = samples_of(tmp_path, rows)
    assert list(found) == ["pbmc_CD4_T", "pbmc_B", "whole", "b"]
    assert found["pbmc_CD4_T"][0].barcodes == "CD4+ T"
    split = Splitting("results", found)
    assert split.files == {"f": "x/f.tsv.gz", "f_2": "y/f.tsv.gz"}
    assert split.groups(SimpleNamespace(fragments="f")) == ["B", "CD4+ T"]
    assert split.groups(SimpleNamespace(fragments="f_2")) == ["B"]
    assert split.counted(found["pbmc_CD4_T"][0]) == "results/pseudobulk/f/CD4_T.tsv.gz"
    assert split.counted(found["whole"][0]) == "x/f.tsv.gz"
    assert split.inputs(found["pbmc_B"]) == ["results/pseudobulk/f"]
    assert split.inputs(found["whole"]) == ["x/f.tsv.gz"]


def test_a_run_counts_the_files_of_the_groups(tmp_path):
    (tmp_path / "s.tsv").write_text(HEADER + "pbmc\tf.tsv.gz\tp.bed\t*\n")
    (tmp_path / "t.tsv").write_text("AA\tx\nAC\ty\nAG\tx\n")
    raw = {"samples": str(tmp_path / "s.tsv"), "barcodes": str(tmp_path / "t.tsv"), "genome": {"fasta": "g.fa"}}
    run = Run.of({**raw, "folds": {"k": 3}})
    assert list(run.samples) == ["pbmc_x", "pbmc_y"]
    assert run.names["fragments"] == ["f"]
    wildcards = SimpleNamespace(sample="pbmc_y", fragments="f")
    assert run.signal_files(wildcards) == ["results/pseudobulk/f"]
    assert run.tracks(wildcards)[0]["signal"] == "results/pseudobulk/f/y.tsv.gz"
    assert run.splitting.groups(wildcards) == ["x", "y"]
