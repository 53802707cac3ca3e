"""Joint ablation of two annotations."""

import pytest
import torch

from cisgrammar.perturb import ablate_pairs, full_predict
from cisgrammar.sequence.shuffle import shuffle
from toy_ablation import as_tensor


class Both(torch.nn.Module):
    """1 where both GATA and TTGC are there, plus how many C's there are: an interaction and an additive part."""

    def forward(self, x):
        gata = (x[:, 2, :-3] * x[:, 0, 1:-2] * x[:, 3, 2:-1] * x[:, 0, 3:]).amax(dim=1)
        ttgc = (x[:, 3, :-3] * x[:, 3, 1:-2] * x[:, 2, 2:-1] * x[:, 1, 3:]).amax(dim=1)
        return (gata * ttgc + 0.1 * x[:, 1, 15]).unsqueeze(1), gata + ttgc


def test_joint_ablation_tells_interaction_from_addition():
    X = as_tensor("CCCC" + "GATA" + "CCCACCCC" + "TTGC" + "AAAA")
    result = ablate_pairs(Both(), X, [[0, 4, 8, 16, 20]], 6, shuffle, random_state=1, func=full_predict)
    product, added = result.interaction
    assert product.shape == (1, 6, 1)
    gone = ~torch.from_numpy(result.first.is_input | result.second.is_input)[0]
    assert gone.any()
    # Without one of them there is nothing left for the other to do: the two effects of -1 are one.
    assert product[0, gone].flatten().tolist() == pytest.approx([1.0] * int(gone.sum()))
    assert added.abs().max() == 0
