"""Windows that cover regions: each base once, and nothing of the next sequence."""

import numpy as np
import pytest

from cisgrammar.profile.stream.windows import cover, faults_of_regions, padded_codes, whole_sequences
from cisgrammar.sequence.fasta import Genome
from cisgrammar.sequence.intervals import read_intervals

GENOME = Genome.from_chromosomes(
    {
        name: np.random.default_rng(n).integers(0, 4, size, np.uint8)
        for n, (name, size) in enumerate([("a", 997), ("7", 30)])
    }
)


def regions(tmp_path, text):
    (tmp_path / "x.bed").write_text(text)
    return read_intervals(tmp_path / "x.bed")


@pytest.mark.parametrize("overlap", [None, 0, 1, 7, 39])
def test_each_base_of_each_region_is_given_once(tmp_path, overlap):
    asked = regions(tmp_path, "a\t0\t997\na\t10\t50\na\t10\t51\na\t3\t4\na\t900\t997\n7\t0\t30\na\t100\t741\n")
    found = cover(GENOME, asked, 40, overlap=overlap)
    assert ((found.start <= found.first) & (found.last <= found.start + 40)).all()
    for index in range(len(asked)):
        here = np.flatnonzero(found.region == index)
        bases = np.concatenate([np.arange(f, e) for f, e in zip(found.first[here], found.last[here], strict=True)])
        assert bases.tolist() == list(range(asked.start[index], asked.end[index]))
    assert (np.diff(found.chromosome) >= 0).all()
    assert (np.diff(found.first)[np.diff(found.chromosome) == 0] >= 0).all()


def test_windows_within_a_region_overlap_as_asked_and_their_ends_are_not_used(tmp_path):
    found = cover(GENOME, regions(tmp_path, "a\t100\t700\n"), 40, overlap=10)
    assert found.start[0] == 100
    assert found.start[-1] == 660
    assert (np.diff(found.start) <= 30).all()
    assert (found.first[1:] - found.start[1:] >= 5).all(), "half of the overlap at least"


def test_a_short_region_is_the_middle_of_one_window(tmp_path):
    found = cover(GENOME, regions(tmp_path, "a\t100\t120\na\t5\t6\n"), 40)
    assert found.start.tolist() == [-15, 90], "sorted; the window of the second reaches beyond its sequence"
    assert found.region.tolist() == [1, 0]


def test_one_window_a_region_on_its_summit_or_middle(tmp_path):
    peak = "a\t100\t400\tp\t0\t.\t1\t1\t1\t20\na\t0\t20\tq\t0\t.\t1\t1\t1\t2\n"
    found = cover(GENOME, regions(tmp_path, peak), 40, "summit")
    assert found.start.tolist() == [-18, 100]
    assert list(zip(found.first, found.last, strict=True)) == [(0, 22), (100, 140)]
    assert cover(GENOME, regions(tmp_path, peak), 40, "centre").start.tolist() == [-10, 230]


def test_regions_that_are_nowhere_get_no_window_and_a_reason(tmp_path):
    lines = [f"a\t{i}\t{i + 5}\n" for i in range(200)]
    asked = regions(tmp_path, "".join(lines) + "a\t-5\t3\nb\t1\t5\na\t990\t998\n7\t30\t31\n")
    faults = faults_of_regions(GENOME, asked)
    assert [fault for fault in faults if fault] == [
        "its start is negative",
        "its sequence is not in the FASTA",
        "its end is beyond its sequence's",
        "its end is beyond its sequence's",
    ]
    assert set(cover(GENOME, asked, 40).region.tolist()) == set(range(200))


@pytest.mark.parametrize("overlap", [40, 41, -1])
def test_an_overlap_as_long_as_the_window_is_an_error(overlap):
    with pytest.raises(ValueError, match=f"predict.overlap: {overlap} bp of windows of 40 bp; give less than 40"):
        cover(GENOME, whole_sequences(GENOME), 40, overlap=overlap)


def test_beyond_a_sequence_is_n_never_the_next_sequence():
    found = cover(GENOME, whole_sequences(GENOME), 40)
    codes = padded_codes(GENOME, found, 10, 60)
    # Sequences with N between them: the same cut without any care for ends.
    apart = {name: np.pad(GENOME.chromosome(name), 50, constant_values=4) for name in GENOME.names}
    for row, (chromosome, start) in enumerate(zip(found.chromosome, found.start, strict=True)):
        expected = apart[GENOME.names[chromosome]][start - 10 + 50 :][:60]
        assert codes[row].tolist() == expected.tolist()
    assert found.chromosome.tolist().count(1) == 1, "30 bp are one window"
