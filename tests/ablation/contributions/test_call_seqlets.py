"""Seqlets from blocks of windows are those that tangermeme calls on all windows at once."""

import warnings

import numpy as np
import pytest
import torch
from tangermeme import seqlet

from cisgrammar.ablation.contributions import call_seqlets as module
from cisgrammar.ablation.contributions.call_seqlets import call_seqlets


def made(strength, rows=45, length=90):
    rng = np.random.default_rng(5)
    values, control = rng.laplace(0, 0.05, (2, rows, length)).astype(np.float32)
    for row in range(0, rows, 2):
        values[row, 20 : 20 + 6 + row % 5] += strength
        values[row, 60:67] -= strength / 2
    return values, control


def blocks_of(values, control):
    return lambda kind: (part for part in np.array_split(values if kind == "bases" else control, 4))


def by_tangermeme(values, control, fdr):
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="No threshold reaches")
        return seqlet.recursive_seqlets(torch.from_numpy(values), X_control=torch.from_numpy(control), target_fdr=fdr)


@pytest.mark.parametrize(("strength", "few"), [(0.0, 0), (0.4, 0), (0.4, 1 << 40)])
def test_blocks_call_what_tangermeme_calls(strength, few, monkeypatch):
    monkeypatch.setattr(module, "_FEW", few)
    values, control = made(strength)
    found = call_seqlets(blocks_of(values, control), 0.1)
    for sign, factor in (("+", 1), ("-", -1)):
        wanted = by_tangermeme(factor * values, factor * control, 0.1)
        calls = found[sign]
        for name, of in (("row", "example_idx"), ("start", "start"), ("end", "end"), ("p", "p-value")):
            np.testing.assert_array_equal(getattr(calls, name), wanted[of])
        np.testing.assert_allclose(factor * calls.contribution, wanted["attribution"], rtol=1e-5, atol=1e-6)
        assert (len(calls) > 20) == (strength > 0)
    # Another version of tangermeme, whose parts have other names: all windows at once.
    monkeypatch.setattr(module, "_parts", lambda values: None)
    whole = call_seqlets(blocks_of(values, control), 0.1)
    for sign, calls in found.items():
        for name in ("row", "start", "end", "p", "contribution"):
            np.testing.assert_array_equal(getattr(calls, name), getattr(whole[sign], name))


def test_the_null_is_tangermemes_to_the_last_bit():
    values, _ = made(0.4)
    null = module._Null(values.min(), values.max(), 1)
    for part in np.array_split(values, 3):
        null.count(part)
    np.testing.assert_array_equal(null.table(values.size), seqlet._recursive_seqlet_null(values.ravel(), *null.bins))


def test_a_model_that_says_the_same_of_all_has_no_seqlet():
    flat = np.zeros((3, 40), dtype=np.float32)
    assert [len(calls) for calls in call_seqlets(blocks_of(flat, flat), 0.1).values()] == [0, 0]


def test_a_version_without_these_parts_is_known(monkeypatch):
    for values, step in ((1, "_recursive_seqlet_counts_dense"), (module._FEW, "_recursive_seqlet_counts")):
        assert module._parts(values).count is getattr(seqlet, step)
        with monkeypatch.context() as patch:
            patch.delattr(seqlet, step)
            assert module._parts(values) is None
