"""The epoch with the best profiles: kept as it was then, and through a checkpoint."""

import torch
from torch import nn

from cisgrammar.profile.fit.profile_epoch import ProfileEpoch


def test_it_keeps_the_weights_of_the_least_nll_as_they_were():
    model, kept = nn.Linear(2, 1), ProfileEpoch()
    kept.offer(5.0, model)
    first = {name: value.clone() for name, value in model.state_dict().items()}
    with torch.no_grad():
        model.weight.add_(1.0)
    kept.offer(5.0, model)
    kept.offer(6.0, model)
    assert kept.nll == 5.0
    assert all(torch.equal(value, first[name]) for name, value in kept.weights.items())
    kept.offer(4.0, model)
    assert torch.equal(kept.weights["weight"], model.weight)


def test_a_resumed_training_has_what_was_kept():
    model, kept, again = nn.Linear(2, 1), ProfileEpoch(), ProfileEpoch()
    kept.offer(5.0, model)
    again.load_state(kept.state())
    again.offer(5.5, nn.Linear(2, 1))
    assert again.nll == 5.0
    assert torch.equal(again.weights["bias"], model.bias)
