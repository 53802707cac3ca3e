"""Windows: peaks of all folds once, which folds have seen them, BED regions, ends of chromosomes."""

import numpy as np
import pytest

from cisgrammar.discover.windows import explained_windows, inputs_of
from cisgrammar.sequence.fasta import Genome
from cisgrammar.signal.table import Regions

GENOME = Genome.from_chromosomes(
    {c: np.random.default_rng(i).integers(0, 4, 1000).astype(np.uint8) for i, c in enumerate("BA")}
)
LENGTHS = (100, 140)


def regions(rows):
    chrom, start, kind, split = zip(*rows, strict=True)
    start = np.array(start)
    number = len(start)
    text = [np.array(column, dtype=np.str_) for column in (kind, split)]
    name = np.array([f"p{i}" for i in range(number)])
    return Regions(np.array(chrom), start, start + 100, name, *text, np.ones(number, np.int64), np.ones(number))


FIRST = [("B", 100, "peak", "train"), ("B", 400, "peak", "test"), ("A", 300, "peak", "test"), ("A", 0, "peak", "test")]
SECOND = [
    *(("B", 100, "peak", "test"), ("B", 400, "peak", "train")),
    *(("A", 360, "background", "train"), ("A", 500, "peak", "validation")),
]
FOLDS = (regions(FIRST), regions(SECOND))


def test_peaks_of_all_folds_in_the_order_of_the_genome():
    found = explained_windows(FOLDS, GENOME, None, None, LENGTHS)
    # The peak at 0 has no room for what the model reads.
    assert list(zip(found.chrom, found.start, strict=True)) == [("B", 100), ("B", 400), ("A", 300), ("A", 500)]
    # A background window of the second fold overlaps the peak at A:300.
    assert found.seen.tolist() == [[True, False], [False, True], [False, True], [False, True]]
    assert found.held_out.tolist() == [False, True, True, True]
    # A held-out window is explained by the folds that have not seen it, any other by all.
    assert found.used.tolist() == [[True, True], [True, False], [True, False], [True, False]]
    assert found.used.any(axis=1).all()


def test_windows_that_touch_do_not_overlap():
    fold = regions([("B", 100, "peak", "train"), ("B", 200, "peak", "test"), ("B", 299, "peak", "test")])
    assert explained_windows([fold], GENOME, None, None, LENGTHS).seen[:, 0].tolist() == [True, False, False]
    fold = regions([("B", 100, "peak", "train"), ("B", 199, "peak", "test"), ("B", 21, "peak", "test")])
    assert explained_windows([fold], GENOME, None, None, LENGTHS).seen[:, 0].tolist() == [True, True, True]


def test_a_bed_and_a_limit(tmp_path):
    bed = tmp_path / "regions.bed"
    bed.write_text("B\t300\t320\nA\t600\t700\nB\t300\t320\nB\t500\t600\n")
    found = explained_windows(FOLDS, GENOME, bed, None, LENGTHS)
    assert list(zip(found.chrom, found.start, strict=True)) == [("B", 260), ("B", 500), ("A", 600)]
    assert explained_windows(FOLDS, GENOME, bed, 2, LENGTHS).start.tolist() == [260, 600]


def test_no_window_is_an_error(tmp_path):
    with pytest.raises(ValueError, match="none of 1 windows can be explained"):
        explained_windows([regions([("A", 0, "peak", "test")])], GENOME, None, None, LENGTHS)


def test_inputs_surround_the_window():
    found = explained_windows(FOLDS, GENOME, None, None, LENGTHS)
    np.testing.assert_array_equal(inputs_of(found, GENOME, LENGTHS)[2], GENOME.chromosome("A")[280:420])
