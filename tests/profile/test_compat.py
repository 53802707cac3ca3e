"""What the adapter adds to the networks; the page of BPReveal's models is gone through in tests/seeds."""

import pytest
import torch

from cisgrammar.profile.compat import ChannelsLastModel, log_counts_of_tasks
from cisgrammar.profile.models.heads import Head
from toy_profile import random_dna, small_solo


def test_log_counts_are_divided_as_the_profile_is():
    profile = torch.log(torch.tensor([[[1.0, 2.0], [4.0, 1.0]]]))  # tasks have 3 and 5 of 8
    found = log_counts_of_tasks(profile, torch.log(torch.tensor([[80.0]])))
    torch.testing.assert_close(found.exp(), torch.tensor([[30.0, 50.0]]))
    assert log_counts_of_tasks(profile[:, :1], torch.tensor([[1.25]])).tolist() == [[1.25]]


def test_without_a_length_it_reads_what_the_network_reads():
    solo = small_solo((Head("a", 2),))
    model = ChannelsLastModel(solo, "m")
    assert (model.input_length, model.output_length, model.heads) == (solo.input_length, 40, solo.heads)
    x = random_dna(2, solo.input_length)
    assert torch.equal(model(x.transpose(1, 2))[0], solo(x)[0])
    with pytest.raises(ValueError, match="m: input must be"):
        model(x)
