import pytest
import torch

from cisgrammar.perturb import full_predict, marginalize, predict
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


def test_letters_of_any_alphabet():
    assert motif_codes("MKN", ("K", "M")).tolist() == [1, 0, 2]
