"""The incremental engine: equal to the full model, whatever the model, wherever the edit."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from cisgrammar.perturb import ablate
from cisgrammar.perturb.edit import Edit, edited, encoded
from cisgrammar.perturb.incremental.batch import Group
from cisgrammar.perturb.incremental.model import IncrementalModel
from toy_ablation import sequences
from toy_incremental import combined, solo


class Residual(nn.Module):
    """Padded convolutions, a skip, a product, a control track, and two outputs."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv1d(4, 16, 7, padding=3)
        self.second = nn.Conv1d(16, 16, 3, padding="same", dilation=4)
        self.norm = nn.BatchNorm1d(17)
        self.last = nn.Conv1d(17, 3, 5)

    def forward(self, x, control):
        x = functional.gelu(self.first(x))
        x = x + torch.sigmoid(self.second(x)) * x
        x = self.last(self.norm(torch.cat([x, control], dim=1)))
        return x, functional.pad(x, (1, 2)).mean(dim=2) - 1


def pooled():
    return nn.Sequential(
        nn.Conv1d(4, 20, 7),
        nn.ReLU(inplace=True),
        nn.MaxPool1d(3),
        nn.Dropout(),
        nn.Conv1d(20, 16, 5, groups=2),
        nn.ELU(),
        nn.AvgPool1d(2),
        nn.Conv1d(16, 8, 3, stride=2, padding=1),
        nn.SiLU(),
        nn.Flatten(),
        nn.Linear(8 * 12, 5),
    )


def same_width():
    return nn.Sequential(
        nn.Conv1d(4, 24, 9, padding=4),
        nn.ReLU(),
        *(nn.Conv1d(24, 24, 3, padding=d, dilation=d) for d in (1, 2, 4)),
        nn.Conv1d(24, 1, 21, padding=3),
    )


MODELS = {
    "solo": (solo, 162, ()),
    "combined": (combined, 162, ()),
    "residual": (Residual, 160, (torch.randn(3, 1, 160, generator=torch.Generator().manual_seed(0)),)),
    "pooled": (pooled, 160, ()),
    "same_width": (same_width, 160, ()),
}


def compare(name, edits):
    """Largest difference between windows and full, and whether the edits do anything."""
    torch.manual_seed(1)
    build, length, args = MODELS[name]
    model = build().eval()
    length = getattr(model, "input_length", length)
    codes = np.random.default_rng(3).integers(0, 5, (3, length)).astype(np.uint8)
    like = torch.empty(0)
    with torch.no_grad():
        memory = IncrementalModel(model, codes, encoded(codes, 4, like), args)
        fast = memory.after(edits)
        rows = [edit.row for edit in edits for _ in edit.codes]
        full = model(encoded(edited(codes, edits), 4, like), *(a[rows] for a in args))
    full = [full] if isinstance(full, torch.Tensor) else full
    differences = [(a - b).abs().max().item() for a, b in zip(fast, full, strict=True)]
    changes = [(a - b[rows]).abs().max().item() for a, b in zip(full, memory.before, strict=True)]
    return max(differences), max(changes)


@pytest.mark.parametrize("name", MODELS)
def test_windows_equal_the_full_model_in_a_mixed_batch(name):
    rng = np.random.default_rng(0)
    places = [(0, 0), (2, 1), (1, 70), (1, 75), (0, 148), (2, 40)]
    edits = [Edit(row, start, rng.integers(0, 5, (3, 12)).astype(np.uint8)) for row, start in places]
    difference, change = compare(name, edits)
    assert difference < 1e-5
    assert change > 1e-3


@settings(max_examples=25)
@given(
    st.sampled_from(sorted(MODELS)), st.integers(0, 159), st.integers(1, 40), st.integers(0, 2), st.integers(0, 1000)
)
def test_windows_equal_the_full_model_anywhere(name, start, width, row, seed):
    codes = np.random.default_rng(seed).integers(0, 5, (2, min(width, 160 - start))).astype(np.uint8)
    assert compare(name, [Edit(row, start, codes)])[0] < 1e-5


def test_only_what_is_needed_is_redone():
    model = solo()
    X, codes = sequences(1, model.input_length), np.zeros((1, model.input_length), dtype=np.uint8)
    whole = IncrementalModel(model, codes, X)
    counts = IncrementalModel(lambda x: model(x)[2:], codes, X)
    assert len(counts.steps) < len(whole.steps)
    assert all(step.layer is not None for step in whole.steps if step.index not in whole.recording.outputs)


def test_windows_grow_by_the_width_of_each_layer():
    model = solo(layers=2)
    X, codes = sequences(1, model.input_length), np.zeros((1, model.input_length), dtype=np.uint8)
    memory = IncrementalModel(model, codes, X)
    reaches = memory._reaches((Group(0, 50, 0, 1),), [Edit(0, 50, np.zeros((1, 10), dtype=np.uint8))])
    widths = {reach.high - reach.low for reach in reaches.values()}
    # 9 bp wide, then dilations 2 and 4, then 25 bp wide.
    assert {10, 18, 22, 30} <= widths
    assert max(widths) == 30 + 24


def test_an_edit_out_of_reach_changes_nothing():
    model = solo(layers=1)
    X = sequences(1, model.input_length + 20)
    before, after = ablate(model, X, 0, 9, n=4, random_state=0)
    assert all(torch.equal(y[:, None].expand_as(z), z) for y, z in zip(before, after, strict=True))


def test_batches_are_bounded_and_complete():
    model = solo()
    X, codes = sequences(1, model.input_length), np.zeros((1, model.input_length), dtype=np.uint8)
    memory = IncrementalModel(model, codes, X)
    rng = np.random.default_rng(0)
    edits = [Edit(0, 10 + 3 * i, rng.integers(0, 4, (2000, 9)).astype(np.uint8)) for i in range(2)]
    seen = dict.fromkeys(range(2), 0)
    for batch in memory.batches(edits):
        widest = max(y.numel() for y in memory.after([part for _, part in batch]))
        assert widest <= 1 << 20
        for i, part in batch:
            seen[i] += len(part.codes)
    assert set(seen.values()) == {2000}
