"""Sets of a config end as one table and as bigWigs, the same bytes each time."""

import pyBigWig
import pytest

from cisgrammar.config.splice import SplicePredict
from cisgrammar.splice.sites.collect import collect_sites
from cisgrammar.splice.sites.predict_sets import predict_sets, sets_of, write_sets
from cisgrammar.tables.contracts.splice import SITES
from toy_splice_sites import EXTRA, gene_set_of_sites, genome_of_sites
from toy_splice_variants import motif_model

GENES, GENOME = gene_set_of_sites(), genome_of_sites()


def written(folder, **asked):
    sets = sets_of(SplicePredict(**asked), GENES, GENOME)
    write_sets(predict_sets(motif_model(), sets, 0.001, 1.0), folder / "sites.tsv", folder / "tracks")
    return SITES.read(folder / "sites.tsv")


def test_all_sets_in_one_table_with_their_tracks(tmp_path):
    (tmp_path / "regions.bed").write_text("chr1\t850\t1010\ta\t0\t+\n")
    letters = "A" * 100 + "TTCTCCAG" + "A" * 100
    (tmp_path / "own.fa").write_text(f">mine\n{letters}\n")
    table = written(tmp_path, splits=("test",), regions=str(tmp_path / "regions.bed"), fasta=str(tmp_path / "own.fa"))
    assert table["set"].unique().tolist() == ["genes", "regions", "fasta"]
    assert table.loc[table["set"] == "genes", "chrom"].unique().tolist() == ["chr2"], "the test gene alone"
    own = table[table["set"] == "fasta"].to_dict("records")
    assert [(row["chrom"], row["start"], row["kind"], row["status"]) for row in own] == [
        ("mine", 108, "acceptor", "called")
    ]
    assert sorted(path.name for path in (tmp_path / "tracks").iterdir()) == sorted(
        f"{name}.{kind}.{strand}.bw"
        for name, strand in (("genes", "minus"), ("regions", "plus"), ("fasta", "plus"))
        for kind in ("acceptor", "donor")
    )
    with pyBigWig.open(str(tmp_path / "tracks" / "regions.acceptor.plus.bw")) as track:
        assert track.values("chr1", EXTRA, EXTRA + 1) == [pytest.approx(0.952574, abs=1e-5)]
    with pyBigWig.open(str(tmp_path / "tracks" / "fasta.donor.plus.bw")) as track:
        assert track.chroms() == {"mine": 208}


def test_the_table_is_that_of_the_package_call_and_the_bytes_are_the_same(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        written(tmp_path / name, splits=("validation", "test"))
    files = [sorted(path for path in (tmp_path / name).rglob("*.*") if path.is_file()) for name in ("a", "b")]
    for one, other in zip(*files, strict=True):
        assert one.read_bytes() == other.read_bytes()
    called = collect_sites(motif_model(), GENES, None).table
    table = SITES.read(tmp_path / "a" / "sites.tsv")
    assert table["start"].tolist() == called["start"].tolist()
    assert table["probability"].tolist() == pytest.approx(called["probability"].tolist(), rel=1e-5)


def test_both_strands_of_sequences(tmp_path):
    (tmp_path / "own.fa").write_text(">mine\n" + "A" * 50 + "CTGGAGAA" + "A" * 50 + "\n")
    assert len(written(tmp_path, splits=(), fasta=str(tmp_path / "own.fa"))) == 0
    (row,) = written(tmp_path, splits=(), fasta=str(tmp_path / "own.fa"), fasta_strands="both").to_dict("records")
    assert (row["strand"], row["start"], row["kind"]) == ("-", 49, "acceptor")


def test_a_split_without_genes_is_refused(tmp_path):
    with pytest.raises(ValueError, match="no genes of split 'train'"):
        written(tmp_path, splits=("train",))
