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
    resolve_folds,
    split_by_bed,
    split_by_chromosome,
    split_by_name,
)
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
