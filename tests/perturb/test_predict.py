"""The model in batches."""

import torch

from cisgrammar.perturb import predict
from toy_ablation import sequences, stack


def test_predict_is_the_model_in_batches():
    X, model = sequences(5, 40), stack()
    with torch.no_grad():
        expected = model.eval()(X)
    torch.testing.assert_close(predict(model, X, batch_size=2), expected)
    torch.testing.assert_close(predict(model, X.double()), expected)
    assert predict(model, X, func=lambda y: y[:, :1]).shape == (5, 1)
