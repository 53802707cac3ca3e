"""Splits by chromosome, by BED, by name, and k folds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cisgrammar.config.prepare import Folds, FoldSplit
from cisgrammar.sequence.folds import (
    NO_SPLIT,
    TEST,
    TRAIN,
    VALIDATION,
    balanced_parts,
    blocks,
    longest_chromosome,
    resolve_folds,
    split_by_bed,
    split_by_chromosome,
    split_by_name,
    split_by_place,
)
from cisgrammar.sequence.places import read_place, spans
from prepare_toys import random_genome, write_text

GENOME = random_genome({"chr1": 1000, "chr2": 900, "chr3": 500, "chr4": 400, "chr5": 50})


@given(st.lists(st.integers(1, 1000), min_size=3, max_size=20), st.integers(3, 8))
def test_parts_hold_every_chromosome_once_and_are_balanced(lengths, k):
    names = [f"c{i}" for i in range(len(lengths))]
    if len(names) < k:
        with pytest.raises(ValueError, match=f"{k} folds need {k} chromosomes, got {len(names)}"):
            balanced_parts(names, lengths, k)
        return
    parts = balanced_parts(names, lengths, k)
    assert sorted(name for part in parts for name in part) == sorted(names)
    totals = [sum(lengths[names.index(name)] for name in part) for part in parts]
    # the longest-first rule leaves no part longer than another by more than the last thing put into it
    assert max(totals) - min(totals) <= max(lengths)


def test_k_folds_test_each_part_once_and_validate_on_the_next():
    folds = resolve_folds(Folds(k=3), GENOME, excluded=("chr5",))
    assert list(folds) == ["fold0", "fold1", "fold2"]
    tests = [folds[name].test for name in folds]
    assert tests == [("chr1",), ("chr2",), ("chr3", "chr4")]
    assert [folds[name].validation for name in folds] == tests[1:] + tests[:1]


def test_absent_chromosome_is_named_with_a_hint():
    folds = Folds(splits={"f": FoldSplit(test=("2",), validation=("chr3",))})
    with pytest.raises(ValueError, match=r"folds\.splits\.f\.test: chromosome '2' .* did you mean 'chr2'"):
        resolve_folds(folds, GENOME)
    folds = Folds(splits={"f": FoldSplit(test=("chr2",), validation=("chr9",))})
    with pytest.raises(ValueError, match=r"folds\.splits\.f\.validation: chromosome 'chr9'"):
        resolve_folds(folds, GENOME)


def test_by_chromosome_the_rest_trains_unless_train_is_given():
    split = FoldSplit(test=("chr2",), validation=("chr3",))
    assert split_by_chromosome(split, GENOME.names).tolist() == [TRAIN, TEST, VALIDATION, TRAIN, TRAIN]
    split = FoldSplit(test=("chr2",), validation=("chr3",), train=("chr4",))
    assert split_by_chromosome(split, GENOME.names).tolist() == [
        NO_SPLIT,
        TEST,
        VALIDATION,
        TRAIN,
        NO_SPLIT,
    ]


def test_by_name_finds_expressions():
    split = FoldSplit(test=("^late_",), validation=("_v$", "_w$"))
    assert split_by_name(split, ["late_1", "a_v", "b_w", "c"]).tolist() == [
        TEST,
        VALIDATION,
        VALIDATION,
        TRAIN,
    ]
    with pytest.raises(ValueError, match="region 'late_v' matches expressions of validation and test"):
        split_by_name(split, ["c", "late_v"])
    with pytest.raises(ValueError, match=r"test: '\(' is not a regular expression"):
        split_by_name(FoldSplit(test=("(",), validation=("x",)), ["c"])


def test_by_bed_goes_by_the_centre_and_keeps_held_out_bases_out_of_training(tmp_path):
    test = write_text(tmp_path / "test.bed", "chr1\t100\t200\n")
    validation = write_text(tmp_path / "validation.bed", "chr1\t300\t400\nchr1\t205\t220\n")
    split = FoldSplit(test=(str(test),), validation=(str(validation),))
    start = np.array([0, 60, 95, 140, 240, 280, 345, 390, 185])
    found = split_by_bed(split, GENOME, start, start + 40)
    wanted = [
        TRAIN,  # 0-40, far from all
        TRAIN,  # 60-100 ends where the test area begins
        TEST,  # 95-135, centre 115
        TEST,
        TRAIN,  # 240-280, between the areas
        VALIDATION,  # 280-320, centre 300
        VALIDATION,
        NO_SPLIT,  # 390-430: centre outside, but 10 bp are held out
        NO_SPLIT,  # 185-225: its centre is in the gap, it touches both
    ]
    assert found.tolist() == wanted


def test_by_bed_with_train_areas_leaves_the_rest_out(tmp_path):
    paths = {
        name: str(write_text(tmp_path / f"{name}.bed", f"chr1\t{start}\t{start + 100}\n"))
        for name, start in (("test", 100), ("validation", 300), ("train", 500))
    }
    split = FoldSplit(**{name: (path,) for name, path in paths.items()})
    start = np.array([0, 120, 320, 520, 700])
    assert split_by_bed(split, GENOME, start, start + 40).tolist() == [
        NO_SPLIT,
        TEST,
        VALIDATION,
        TRAIN,
        NO_SPLIT,
    ]


def places(split, windows, length=40):
    """The split of windows `(chromosome, centre)`."""
    chromosome = np.array([GENOME.names.index(name) for name, _ in windows])
    start = np.array([GENOME.position(name, centre) for name, centre in windows]) - length // 2
    return split_by_place(split, GENOME, chromosome, start, start + length).tolist()


def test_by_parts_of_chromosomes_no_base_is_in_two_splits():
    split = FoldSplit(test=("chr1:100-300", "chr3"), validation=("chr1:300-500",))
    windows = [("chr1", 50), ("chr1", 79), ("chr1", 81), ("chr1", 101), ("chr1", 290), ("chr1", 279), ("chr1", 321)]
    assert places(split, windows) == [TRAIN, TRAIN, NO_SPLIT, TEST, NO_SPLIT, TEST, VALIDATION]
    assert places(split, [("chr3", 60), ("chr2", 60)]) == [TEST, TRAIN]


def test_parts_that_train_leave_the_rest_out():
    split = FoldSplit(test=("chr1:100-300",), validation=("chr2",), train=("chr1:300-600", "chr4"))
    assert places(split, [("chr1", 50), ("chr1", 321), ("chr1", 310), ("chr4", 50), ("chr3", 60)]) == [
        NO_SPLIT,
        TRAIN,
        NO_SPLIT,
        TRAIN,
        NO_SPLIT,
    ]


@given(st.integers(0, 999), st.integers(1, 999))
def test_whole_chromosomes_and_the_same_as_parts_split_alike(low, more):
    whole = FoldSplit(test=("chr2",), validation=("chr3", "chr5"))
    parts = FoldSplit(test=("chr2:0-450", "chr2:450-900"), validation=("chr3:0-500", "chr5:0-50"))
    windows = [(name, 20 + (low + more * i) % (GENOME.length(name) - 40 or 1)) for i, name in enumerate(GENOME.names)]
    assert places(whole, windows) == places(parts, windows)


def test_windows_that_are_on_no_chromosome_have_no_split():
    split = FoldSplit(test=("chr2",), validation=("chr3",))
    nowhere = np.array([-1, 1])
    assert split_by_place(split, GENOME, nowhere, np.array([0, 1000]), np.array([9, 1009])).tolist() == [NO_SPLIT, TEST]


@pytest.mark.parametrize(
    ("split", "said"),
    [
        ({"test": ["chr1:0-300"], "validation": ["chr1:299-400"]}, r"test chr1:0-300 overlaps|chr1:299-400 overlaps"),
        ({"test": ["chr1"], "validation": ["chr1:0-5"]}, "chr1:0-1000"),
        ({"test": ["chr1:0-5"], "validation": ["chr2"], "train": ["chr1"]}, "train chr1:0-1000 overlaps test chr1:0-5"),
        (
            {"test": ["chr1:0-2000"], "validation": ["chr2"]},
            r"folds\.splits\.f\.test: 'chr1:0-2000' is no part of chr1",
        ),
    ],
)
def test_parts_that_overlap_or_are_not_there_are_named(split, said):
    with pytest.raises(ValueError, match=said):
        resolve_folds(Folds(splits={"f": FoldSplit.model_validate(split)}), GENOME)


def test_k_folds_of_blocks_test_each_base_once():
    folds = resolve_folds(Folds(k=3, by="region"), GENOME, excluded=("chr5",))
    tested = np.zeros(GENOME.size, int)
    for split in folds.values():
        start, end = spans(GENOME, [read_place(GENOME, text, "k") for text in split.test])
        for low, high in zip(start, end, strict=True):
            tested[low:high] += 1
    assert tested[:-50].tolist() == [1] * (GENOME.size - 50), "all but the excluded one"
    assert [folds[name].validation for name in folds] == [folds[name].test for name in ("fold1", "fold2", "fold0")]
    with pytest.raises(ValueError, match="chr5 has 50 bp, fewer than 51 blocks; exclude it"):
        blocks(["chr5"], [50], 51)


def test_of_files_what_the_fasta_lacks_is_left_out_and_told(caplog):
    split = {"test": ["chr1", "chrY"], "validation": ["chr2"], "train": ["chr3", "scaffold_9:0-5"]}
    found = resolve_folds(Folds.model_validate({"splits": {"f": split}, "files": ["f.json"]}), GENOME)["f"]
    assert (found.test, found.validation, found.train) == (("chr1",), ("chr2",), ("chr3",))
    assert "fold f: chrY, of test, are not in the FASTA" in caplog.text
    split["validation"] = ["chrZ"]
    with pytest.raises(
        ValueError, match=r"folds\.files: fold f: none of validation's chromosomes is in the FASTA: chrZ"
    ):
        resolve_folds(Folds.model_validate({"splits": {"f": split}, "files": ["f.json"]}), GENOME)


def test_the_longest_chromosome_of_a_part_decides_whether_a_window_fits():
    split = FoldSplit(test=("chr1:0-10",), validation=("chr5",))
    assert [longest_chromosome(split, GENOME, part, ()) for part in (TRAIN, VALIDATION, TEST)] == [1000, 50, 1000]
    assert longest_chromosome(split, GENOME, TRAIN, ("chr1",)) == 900
    assert longest_chromosome(FoldSplit(test=("chr1",), validation=("chr2",)), GENOME, TRAIN, ()) == 500
