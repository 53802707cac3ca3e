"""Peaks and regions never used, against the names of a genome."""

import logging

import pytest

from cisgrammar.sequence.intervals import read_intervals
from cisgrammar.sequence.peaks import check_names, read_excluded, read_peaks
from prepare_toys import random_genome, write_text

GENOME = random_genome({"chr1": 100, "chr2": 50})


def test_peaks_with_other_names_get_a_hint(tmp_path):
    path = write_text(tmp_path / "p.bed", "1\t5\t9\n2\t5\t9\n")
    with pytest.raises(ValueError, match=r"p\.bed: none of its chromosomes .* it has '1', the FASTA 'chr1'"):
        read_peaks(path, GENOME)
    path = write_text(tmp_path / "p.bed", "scaffold\t5\t9\n")
    with pytest.raises(ValueError, match="it has 'scaffold', the FASTA 'chr1'"):
        read_peaks(path, GENOME)


def test_empty_peaks_are_an_error_but_an_empty_mask_is_not(tmp_path):
    path = write_text(tmp_path / "p.bed", "# none\n")
    with pytest.raises(ValueError, match=r"p\.bed: no peaks in it"):
        read_peaks(path, GENOME)
    assert len(read_excluded(path, GENOME)) == 0
    assert read_excluded(None, GENOME) is None
    path = write_text(tmp_path / "p.bed", "III\t5\t9\n")
    with pytest.raises(ValueError, match="none of its chromosomes is in the FASTA"):
        read_excluded(path, GENOME)


def test_some_absent_chromosomes_are_reported_not_refused(tmp_path, caplog):
    path = write_text(tmp_path / "p.bed", "chrM\t5\t9\nchr1\t5\t9\nchrM\t15\t19\n")
    with caplog.at_level(logging.WARNING):
        assert check_names(path, read_intervals(path), GENOME, "peaks") == ["chrM"]
    assert "2 peaks on chrM, which is not in the FASTA, are left out" in caplog.text
