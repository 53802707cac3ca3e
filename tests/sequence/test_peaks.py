"""Peaks and regions never used, against the names of a genome."""

import logging

import pytest

from cisgrammar.sequence.fasta import read_fasta
from cisgrammar.sequence.intervals import read_intervals
from cisgrammar.sequence.peaks import beyond_chromosome, check_names, read_all_peaks, read_excluded, read_peaks
from prepare_toys import random_genome, write_text

GENOME = random_genome({"chr1": 100, "chr2": 50})


def test_peaks_with_other_names_get_a_hint(tmp_path):
    path = write_text(tmp_path / "p.bed", "1\t5\t9\n2\t5\t9\n")
    with pytest.raises(ValueError, match=r"p\.bed: none of its chromosomes .* it has '1', the FASTA 'chr1'"):
        read_peaks(path, GENOME)
    path = write_text(tmp_path / "p.bed", "scaffold\t5\t9\n")
    with pytest.raises(ValueError, match="it has 'scaffold', the FASTA 'chr1'"):
        read_peaks(path, GENOME)


def test_empty_peaks_are_an_error_but_an_empty_mask_is_not(tmp_path, caplog):
    path = write_text(tmp_path / "p.bed", "# none\n")
    with pytest.raises(ValueError, match=r"p\.bed: no peaks in it"):
        read_peaks(path, GENOME)
    assert len(read_excluded(path, GENOME)) == 0
    assert caplog.messages == [f"{path}: no regions in it; nothing is excluded"]
    assert read_excluded(None, GENOME) is None
    path = write_text(tmp_path / "p.bed", "III\t5\t9\n")
    with pytest.raises(ValueError, match="none of its chromosomes is in the FASTA"):
        read_excluded(path, GENOME)


def test_some_absent_chromosomes_are_reported_not_refused(tmp_path, caplog):
    path = write_text(tmp_path / "p.bed", "chrM\t5\t9\nchr1\t5\t9\nchrM\t15\t19\n")
    with caplog.at_level(logging.WARNING):
        assert check_names(path, read_intervals(path), GENOME, "peaks") == ["chrM"]
    assert "2 peaks on chrM, which is not in the FASTA, are left out" in caplog.text


def test_one_peak_beyond_its_chromosome_is_told_and_more_are_another_assembly(tmp_path, caplog):
    path = write_text(tmp_path / "p.bed", "chr1\t5\t9\nchr2\t40\t51\nchr1\t9\t12\n")
    peaks = read_peaks(path, GENOME)
    assert beyond_chromosome(GENOME, peaks).tolist() == [False, True, False]
    assert "p.bed: 1 of 3 peaks end beyond their chromosome, as chr2:40-51 of 50 bp, and are left out" in caplog.text
    path = write_text(tmp_path / "p.bed", "chr1\t5\t9\nchr2\t40\t51\nchr2\t90\t99\n")
    with pytest.raises(ValueError, match=r"p\.bed: 2 of 3 peaks end beyond .* of 50 bp; give the peaks' own assembly"):
        read_peaks(path, GENOME)
    path = write_text(tmp_path / "p.bed", "chr1\t5\t9\n" * 300 + "chr2\t40\t51\n" * 3)
    assert len(read_peaks(path, GENOME)) == 303
    path = write_text(tmp_path / "p.bed", "chr1\t5\t101\n")
    with pytest.raises(ValueError, match="1 of 1 peaks end beyond"):
        read_peaks(path, GENOME)


def test_of_a_mask_three_columns_count(tmp_path):
    path = write_text(tmp_path / "m.bed", "chr1\t5\t9\tHigh Signal Region\tlow\tx\nchr1\t0\t99999999999999999999\n")
    mask = read_excluded(path, GENOME)
    assert (mask.start.tolist(), mask.end.tolist()) == ([5, 0], [9, 10**12])


def test_repeated_peaks_are_told(tmp_path, caplog):
    path = write_text(tmp_path / "p.bed", "chr1\t5\t9\ta\nchr1\t5\t9\tb\nchr1\t5\t10\n")
    assert len(read_peaks(path, GENOME)) == 3
    assert "p.bed: 1 of 3 peaks repeat another's place; each place is used once" in caplog.text


def test_peaks_of_several_files_stand_one_after_the_other(tmp_path):
    first = write_text(tmp_path / "a.bed", "chr1\t5\t9\tx\nchr2\t1\t4\n")
    second = write_text(tmp_path / "b.bed", "chr1\t20\t30\ty\n")
    both = read_all_peaks([str(first), str(second)], GENOME)
    assert both.start.tolist() == [5, 1, 20]
    assert both.name.tolist() == ["x", "chr2:1-4", "y"]
    assert read_all_peaks(str(first), GENOME).name.tolist() == ["x", "chr2:1-4"]
    with pytest.raises(ValueError, match=r"c\.bed"):
        read_all_peaks([str(first), str(write_text(tmp_path / "c.bed", "# none\n"))], GENOME)


def test_a_mask_of_features_is_no_mask_of_columns_names(tmp_path):
    """The one line of a GFF was taken for a line that names columns: nothing was excluded."""
    path = write_text(tmp_path / "m.gff", "chr1\tx\trepeat\t11\t20\t.\t+\t.\tID=1\n")
    found = read_excluded(path, GENOME)
    assert (found.start.tolist(), found.end.tolist()) == ([10], [20])


def test_regions_of_a_chromosome_without_sequence_stop_the_run(tmp_path):
    genome = read_fasta(write_text(tmp_path / "a.fa", ">a\n>b\nACGTACGT\n"))
    assert len(read_peaks(write_text(tmp_path / "b.bed", "b\t1\t4\n"), genome)) == 1
    path = write_text(tmp_path / "a.bed", "b\t1\t4\na\t1\t4\n")
    with pytest.raises(ValueError, match=r"a\.bed: 1 peaks on a, which has no sequence in the FASTA"):
        read_peaks(path, genome)
