"""Shuffled regions: what differs, how often the input, and weights that make the mean the effect of ablation."""

import functools

import numpy as np
import pytest
import torch

from cisgrammar.perturb.compat import compatible_shuffle
from cisgrammar.perturb.shuffle_regions import Region, report_on, shuffle_all, shuffle_regions, shuffler_of
from cisgrammar.sequence.shuffle import dinucleotide_shuffle, shuffle
from toy_ablation import as_tensor, sequences


def test_functions_of_this_package_are_known_also_with_options():
    assert shuffler_of(shuffle).kind == "plain"
    widened = functools.partial(functools.partial(dinucleotide_shuffle, too_few="widen"), minimum=5)
    assert (shuffler_of(widened).kind, shuffler_of(widened).too_few, shuffler_of(widened).minimum) == (
        "dinucleotide",
        "widen",
        5,
    )
    assert shuffler_of(compatible_shuffle) is None
    assert shuffler_of(functools.partial(shuffle, n=3)) is None


def test_listed_arrangements_weigh_the_same_however_often_they_repeat():
    X = as_tensor("CCACC")
    codes = X.argmax(1).numpy().astype(np.uint8)
    row = shuffle_regions(shuffle, X, codes, [Region(0, 1, 4)], 8, 0)[0]
    report = report_on([row])
    assert (report.arrangements.tolist(), report.distinct.tolist(), report.how.tolist()) == ([3], [2], ["listed"])
    # 8 shuffles list 3 arrangements, some three times and some twice.
    sums = [report.weights[0][row.version == version].sum() for version in (-1, 0, 1)]
    assert sums == pytest.approx([0, 0.5, 0.5])


def test_a_region_is_shuffled_alike_whatever_else_is_asked_for():
    X = sequences(3, 40)
    codes = X.argmax(1).numpy().astype(np.uint8)
    alone = shuffle_regions(shuffle, X, codes, [Region(2, 5, 20)], 4, 7)[0]
    among = shuffle_all(shuffle, X, codes, (5, 20), 4, 7)[2]
    assert (alone.edit.start, alone.edit.codes.tolist()) == (among.edit.start, among.edit.codes.tolist())
    assert alone.version.tolist() == among.version.tolist()


def test_a_function_of_the_user_gets_the_seed_of_its_row_where_there_is_one_per_row():
    seen = []

    def given(X, start, end, n, random_state):
        seen.append(random_state)
        return X.flip(2).unsqueeze(1).repeat(1, n, 1, 1)

    X = sequences(2, 20)
    codes = X.argmax(1).numpy().astype(np.uint8)
    rows = shuffle_regions(given, X, codes, [Region(0, 0, 20), Region(1, 0, 20)], 2, [4, 9])
    assert seen == [4, 9]
    assert [(row.how, row.kind, row.arrangements) for row in rows] == [("given", "given", -1)] * 2
    assert torch.equal(torch.from_numpy(rows[0].version), torch.tensor([0, 0]))
