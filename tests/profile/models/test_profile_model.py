"""What every profile model has: outputs in the order of its heads, in the centre of what it reads."""

import numpy as np
import pytest
import torch

from cisgrammar.profile.models.profile_model import ProfileModel
from toy_profile import random_dna
from toy_profile_models import HEADS, KINDS, models


@pytest.mark.parametrize("name", KINDS)
def test_profiles_come_first_and_then_counts_in_the_order_of_the_heads(name):
    model = models()[name].eval()
    assert isinstance(model, ProfileModel)
    assert model.heads == HEADS
    outputs = model(random_dna(3, model.input_length))
    profiles = [(3, head.tasks, model.output_length) for head in model.heads]
    assert [tuple(output.shape) for output in outputs] == [*profiles, (3, 1), (3, 1)]


@pytest.mark.parametrize("name", KINDS)
def test_the_output_is_the_centre_of_the_input(name):
    model = models()[name].eval()
    with torch.no_grad():
        for weight in model.parameters():
            # Positive weights leave no ReLU without a gradient.
            weight.abs_()
    x = random_dna(1, model.input_length).requires_grad_()
    flanks = model.input_length - model.output_length
    for position in (0, model.output_length - 1):
        (gradient,) = torch.autograd.grad(model(x)[0][0, 0, position], x)
        reached = np.flatnonzero(gradient[0].abs().sum(0).numpy())
        assert (reached.min(), reached.max()) == (position, position + flanks)
