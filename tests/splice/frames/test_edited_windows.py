"""Windows of edited genes are those of the genes edited by hand, and only what a model can see is run."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from cisgrammar.splice.frames.edited_windows import Edit, Reading, edited_scores, edited_windows
from cisgrammar.splice.genes.gene_set import gene_set
from cisgrammar.splice.models.model import ModelToAnalyze
from cisgrammar.splice.predict import predict_gene


def one_gene(codes):
    return gene_set([(codes, np.zeros_like(codes))])


def by_hand(codes, edit):
    """The edited gene, and where each of its bases was."""
    codes, places = codes.copy(), np.arange(len(codes))
    for place, written in edit.written:
        for i, code in enumerate(written):
            if 0 <= place + i < len(codes):
                codes[place + i] = code
    gone = np.zeros(len(codes), dtype=bool)
    for start, stop in edit.deleted:
        gone[start:stop] = True
    return codes[~gone], places[~gone]


@given(st.integers(0, 10_000), st.integers(0, 30), st.integers(0, 49))
def test_windows_are_those_of_the_gene_edited_by_hand(seed, half, place):
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 4, 50, dtype=np.uint8)
    cuts = np.sort(rng.choice(51, 4, replace=False)).tolist()
    deleted = tuple((a, b) for a, b in (cuts[:2], cuts[2:]) if not a <= place < b)
    edit = Edit(((int(rng.integers(48)), rng.integers(0, 4, 3, dtype=np.uint8)),), deleted)
    edited, places = by_hand(codes, edit)
    at = int(np.flatnonzero(places == place)[0])
    padded = np.concatenate([np.full(half, 4), edited, np.full(half, 4)])
    found = edited_windows(one_gene(codes), Reading(0, place, 1, [edit, None]), half)
    assert found[1].tolist() == padded[at : at + 2 * half + 1].tolist()
    assert found[0].tolist() == found[2].tolist()


def test_a_site_that_is_deleted_cannot_be_read():
    with pytest.raises(ValueError, match="hold the site at 7"):
        edited_windows(one_gene(np.zeros(20, np.uint8)), Reading(0, 7, 1, [Edit(deleted=((6, 8),))]), 3)


class Counting(nn.Module):
    """A convolution of 21 bases that counts the sequences that it is given; it clips less than it sees."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(1)
        self.conv, self.seen, self.batches = nn.Conv1d(4, 3, 21), 0, set()

    def forward(self, x):
        self.seen += len(x)
        self.batches.add(tuple(x.shape))
        return self.conv(nn.functional.pad(x.transpose(1, 2), (4, 4))).transpose(1, 2)


def test_scores_are_those_of_the_edited_gene_and_batches_have_one_shape():
    model = ModelToAnalyze(Counting(), 20, 12)
    rng = np.random.default_rng(2)
    codes = rng.integers(0, 4, 80, dtype=np.uint8)
    edits = [Edit(deleted=((30, 33),)), Edit(((44, np.array([0, 1, 2], np.uint8)),)), None, Edit(deleted=((0, 20),))]
    model.model.batches.clear()
    found = edited_scores(model, one_gene(codes), [Reading(0, 37, label, edits) for label in (1, 2)], 63).log_p
    assert model.model.batches == {(3, 21, 4)}
    for row, label in zip(found, (1, 2), strict=True):
        for value, edit in zip(row, [Edit(), *edits], strict=True):
            if edit is None:
                assert np.isnan(value)
                continue
            edited, places = by_hand(codes, edit)
            site = int(np.flatnonzero(places == 37)[0])
            assert value == pytest.approx(float(predict_gene(model, edited)[site, label]), abs=1e-6)


def test_an_edit_out_of_sight_is_not_run_and_changes_nothing():
    model = ModelToAnalyze(Counting(), 20, 12)
    codes = np.random.default_rng(3).integers(0, 4, 80, dtype=np.uint8)
    model.model.seen = 0
    far = [Edit(deleted=((60, 70),)), Edit(((5, np.zeros(3, np.uint8)),))] * 20
    found = edited_scores(model, one_gene(codes), [Reading(0, 40, 2, far)], 21).log_odds
    assert model.model.seen == 1
    assert (found == found[0, 0]).all()


def test_readings_with_different_numbers_of_edits_are_refused():
    model = ModelToAnalyze(Counting(), 20, 12)
    readings = [Reading(0, 9, 1, []), Reading(0, 9, 1, [Edit()])]
    with pytest.raises(ValueError, match="same number"):
        edited_scores(model, one_gene(np.zeros(20, np.uint8)), readings)
