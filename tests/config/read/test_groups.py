"""Rows of the sheet for each group of barcodes."""

import pytest

from cisgrammar.config.fields import ConfigError
from cisgrammar.config.read.groups import read_grouped_samples, with_groups
from cisgrammar.config.samples import read_samples
from cisgrammar.config.schema import parse_config

HEADER = "sample\thead\tsignal\tpeaks\tbarcodes\n"


def samples_of(tmp_path, rows, groups):
    (tmp_path / "s.tsv").write_text(HEADER.replace("\thead", "") + rows)
    return with_groups(read_samples(tmp_path / "s.tsv"), groups)


def test_heads_of_a_sample_are_split_together(tmp_path):
    (tmp_path / "s.tsv").write_text(HEADER + "m\ta\tf.tsv\tp\t*\nm\tb\tg.tsv\tp\t*\n")
    (tmp_path / "t.csv").write_text("AA,x\nAC,y\n")
    raw = {"samples": str(tmp_path / "s.tsv"), "barcodes": str(tmp_path / "t.csv"), "genome": {"fasta": "g.fa"}}
    found = read_grouped_samples(parse_config({**raw, "folds": {"k": 3}}))
    assert {name: [(t.head, t.signal, t.barcodes) for t in tracks] for name, tracks in found.items()} == {
        "m_x": [("a", "f.tsv", "x"), ("b", "g.tsv", "x")],
        "m_y": [("a", "f.tsv", "y"), ("b", "g.tsv", "y")],
    }
    assert read_grouped_samples(parse_config({"predict": {"fasta": "y.fa", "models": ["m.h5"]}})) == {}


def test_each_group_in_some_rows_alone_is_refused(tmp_path):
    (tmp_path / "s.tsv").write_text(HEADER + "m\ta\tf.tsv\tp\t*\nm\tb\tg.tsv\tp\t\n")
    with pytest.raises(ConfigError, match=r"sample m: barcodes is \* in some of its rows; write it in all"):
        with_groups(read_samples(tmp_path / "s.tsv"), ["x"])


@pytest.mark.parametrize(
    ("rows", "groups", "said"),
    [
        ("a\tf.tsv\tp\tB\n", None, "sample a, head signal: barcodes is B, but the config has no `barcodes`"),
        ("a\tf.tsv\tp\tNK\n", ("B", "T"), "no barcode is in group 'NK'; there are B, T"),
        ("a\tf.bam\tp\tB\n", ("B",), "barcodes are in files of fragments alone, got f.bam"),
        ("a\tf.bw,g.bw\tp\tB\n", ("B",), "barcodes are in files of fragments alone"),
        ("a\tf.tsv\tp\t*\na_B\tg.tsv\tp\t\n", ("B",), "two samples are called a_B; rename one"),
        ("a\tf.tsv\tp\t*\n", ("a b", "a+b"), "groups 'a b' and 'a\\+b' are both called a_b; rename one"),
    ],
)
def test_rows_that_ask_for_what_is_not_there_are_named(tmp_path, rows, groups, said):
    with pytest.raises(ConfigError, match=said):
        samples_of(tmp_path, rows, groups)
