"""Stretches are read in their direction with the genome around them; files of them are read whole, or told."""

import numpy as np
import pytest

from cisgrammar.sequence.alphabet import reverse_complement
from cisgrammar.sequence.fasta import Genome
from cisgrammar.splice.sites.stretches import Stretches, read_regions, whole_sequences

CODES = np.random.default_rng(0).integers(0, 4, 100).astype(np.uint8)
GENOME = Genome.from_chromosomes({"chr1": CODES, "chr2": CODES[:40]})


@pytest.mark.parametrize("strand", ["+", "-"])
def test_windows_are_the_genome_and_unknown_beyond_it(strand):
    found = Stretches(GENOME, ("a",), ("chr1",), (strand,), np.array([10]), np.array([60]))
    wide = np.pad(CODES, 80, constant_values=4)
    for start, stop in ((0, 50), (-30, 20), (40, 110), (-50, 120), (5, 6), (-40, -20)):
        low, high = (10 + start, 10 + stop) if strand == "+" else (60 - stop, 60 - start)
        wanted = wide[80 + low : 80 + high]
        got = found.window(0, start, stop)
        assert np.array_equal(got, wanted if strand == "+" else reverse_complement(wanted))
    assert found.lengths.tolist() == [50]


def test_a_bed_is_read_on_its_strand_or_on_both(tmp_path, caplog):
    path = tmp_path / "regions.bed"
    path.write_text("chr1\t5\t20\ta\t0\t-\nchr2\t30\t90\tb\t0\t.\nchr9\t1\t2\tc\t0\t+\nchr2\t50\t60\td\t0\t+\n")
    found = read_regions(path, GENOME)
    rows = zip(found.names, found.chroms, found.strands, found.starts.tolist(), found.ends.tolist(), strict=True)
    assert list(rows) == [("a", "chr1", "-", 5, 20), ("b", "chr2", "+", 30, 40), ("b", "chr2", "-", 30, 40)]
    assert "1 regions on chr9, which the FASTA lacks, are left out" in caplog.text
    assert "2 regions past the end of their chromosome are cut there" in caplog.text
    path.write_text("chr9\t1\t2\n")
    with pytest.raises(ValueError, match=r"regions\.bed: no region on the genome, which has chr1"):
        read_regions(path, GENOME)
    path.write_text("chr1\t1\t20\n")
    assert len(read_regions(path, GENOME)) == 2


def test_records_of_a_fasta_from_end_to_end():
    found = whole_sequences(GENOME, ("+", "-"))
    assert list(zip(found.chroms, found.strands, found.lengths.tolist(), strict=True)) == [
        ("chr1", "+", 100),
        ("chr1", "-", 100),
        ("chr2", "+", 40),
        ("chr2", "-", 40),
    ]
