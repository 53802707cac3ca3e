import numpy as np
import pytest
import torch

from cisgrammar.perturb import full_predict, marginalize, predict, space, spacing_scan
from cisgrammar.perturb.insert import motif_codes
from toy_ablation import CountMotif, as_tensor, sequences, stack

BACKGROUND = "C" * 30


def test_a_motif_is_put_into_the_centre_or_where_it_is_told():
    X = as_tensor(BACKGROUND, BACKGROUND)
    where, count = marginalize(CountMotif("both"), X, "GATA").y_after
    assert count.tolist() == [[1.0], [1.0]]
    assert where[0, 0].nonzero().flatten().tolist() == [13]
    where, _ = marginalize(CountMotif("both"), X, "gata", start=3).y_after
    assert where[0, 0].nonzero().flatten().tolist() == [3]


def test_n_keeps_what_is_there():
    X = as_tensor("CCCATACC", "CCCAGACC")
    assert marginalize(CountMotif(), X, "GNNA", start=2).y_after.flatten().tolist() == [1, 0]
    assert marginalize(CountMotif(), X, "NNNN", start=2).y_after.flatten().tolist() == [0, 0]
    onehot = as_tensor("GNNA")
    assert torch.equal(marginalize(CountMotif(), X, onehot, start=2).y_after, torch.tensor([[1.0], [0.0]]))


@pytest.mark.parametrize("func", [predict, full_predict])
def test_after_is_the_model_on_the_edited_sequences(func):
    X, model = sequences(3, 60), stack().eval()
    edited = X.clone()
    edited[:, :, 20:27] = as_tensor("TGACTCA")
    result = marginalize(model, X, "TGACTCA", start=20, func=func)
    with torch.no_grad():
        torch.testing.assert_close(result.y_before, model(X), rtol=0, atol=1e-6)
        torch.testing.assert_close(result.y_after, model(edited), rtol=0, atol=1e-6)


def test_further_inputs_of_the_model():
    scale = torch.tensor([[2.0], [3.0]])
    X = as_tensor(BACKGROUND, BACKGROUND)
    assert marginalize(CountMotif(), X, "GATA", args=(scale,)).y_after.flatten().tolist() == [2, 3]


def test_motifs_at_each_spacing():
    X = as_tensor(BACKGROUND, "C" * 29 + "A")
    result = space(CountMotif("both"), X, ["GATA", "GATA", "AA"], [[0, 1], [5, 2]], start=2)
    where, count = result.y_after
    assert where.shape == (2, 2, 1, 27)
    assert [where[0, k, 0].nonzero().flatten().tolist() for k in (0, 1)] == [[2, 6], [2, 11]]
    assert count.flatten().tolist() == [2] * 4
    assert space(CountMotif(), X, ["GATA", "GATA"], 4).y_after.shape == (2, 1, 1)


class Helix(torch.nn.Module):
    """Adds up GATA and TTGC, and gives 3 more where they are 10 bp apart."""

    def forward(self, x):
        gata = x[:, 2, :-3] * x[:, 0, 1:-2] * x[:, 3, 2:-1] * x[:, 0, 3:]
        ttgc = x[:, 3, :-3] * x[:, 3, 1:-2] * x[:, 2, 2:-1] * x[:, 1, 3:]
        pair = (gata[:, :-14] * ttgc[:, 14:]).sum(dim=1)
        return (gata.sum(dim=1) + ttgc.sum(dim=1) + 3 * pair).unsqueeze(1)


def test_the_preferred_spacing_is_found():
    X = as_tensor("A" * 60, "C" * 60)
    scan = spacing_scan(Helix(), X, ("GATA", "TTGC"), range(5, 15), func=full_predict)
    assert scan.spacings.tolist() == list(range(5, 15))
    assert scan.interaction.shape == (2, 10, 1)
    expected = np.where(scan.spacings == 10, 3.0, 0.0)
    assert (scan.interaction[:, :, 0].numpy() == expected).all()
    assert (scan.y_first == 1).all()


def test_letters_of_any_alphabet():
    assert motif_codes("MKN", ("K", "M")).tolist() == [1, 0, 2]
