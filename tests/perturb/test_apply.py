"""Functions of the user on edited sequences: which arguments they get, and the shape of what they give."""

import numpy as np
import pytest
import torch

from cisgrammar.perturb.apply import before_and_after, call_of, joined, nested, picked
from cisgrammar.perturb.edit import Edit
from cisgrammar.perturb.predict import full_predict, predict
from cisgrammar.perturb.predict_edits import Sequences
from toy_ablation import CountMotif, as_tensor

X = as_tensor("CCGATACC", "CCCCCCCC")
SEQUENCES = Sequences(X.argmax(1).numpy().astype(np.uint8), 4)
# The site of the first sequence is broken; the second one gets a site.
EDITS = [Edit(1, 2, np.array([[2, 0, 3, 0]], dtype=np.uint8)), Edit(0, 3, np.array([[1]], dtype=np.uint8))]
VERSIONS = [np.array([0, -1]), np.array([-1, 0])]


def count(model, X, args=None):
    return model(X)


@pytest.mark.parametrize("func", [predict, full_predict, count])
@pytest.mark.parametrize("together", [True, False])
def test_results_follow_the_order_of_edits_and_their_versions(func, together):
    call = call_of(CountMotif(), func, {}, None)
    before, after = before_and_after(call, X, SEQUENCES, EDITS, VERSIONS, together)
    assert before.flatten().tolist() == [0, 1]
    assert after[..., 0].tolist() == [[1, 0], [1, 0]]


def seeded(model, X, args=None, random_state=None):
    return X


def test_a_seed_goes_to_who_takes_one_and_has_none():
    model = CountMotif()
    assert call_of(model, seeded, {}, None, 5).kwargs == {"random_state": 5}
    assert call_of(model, seeded, {}, {"random_state": 6}, 5).kwargs == {"random_state": 6}
    assert call_of(model, count, {}, None, 5).kwargs == {}
    drawn = call_of(model, seeded, {}, None, np.random.RandomState(0)).kwargs["random_state"]
    assert drawn == np.random.RandomState(0).randint(0, 1 << 31)


def test_nested_outputs_keep_their_nesting():
    y = (torch.arange(4), [torch.arange(4) + 10])
    assert nested(lambda t: t.sum().item(), y) == [6, [46]]
    assert [part.tolist() for part in picked([y[0], y[1][0]], slice(1, 3))] == [[1, 2], [11, 12]]
    assert joined([[torch.ones(1)], [torch.zeros(2)]])[0].tolist() == [1, 0, 0]
