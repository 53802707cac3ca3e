"""A profile model whose outputs are known by hand."""

import torch
from torch import nn

from cisgrammar.config.profile import Architecture
from cisgrammar.profile.models.heads import Head
from cisgrammar.profile.models.solo import SoloModel

SIGNAL = (Head("signal"),)


def network(filters, layers, input_filter_width, output_filter_width):
    """The shape of a network."""
    return Architecture(
        filters=filters,
        layers=layers,
        input_filter_width=input_filter_width,
        output_filter_width=output_filter_width,
    )


def random_dna(batch, length, seed=0):
    """One-hot DNA `(batch, 4, length)`."""
    codes = torch.randint(0, 4, (batch, length), generator=torch.Generator().manual_seed(seed))
    return torch.eye(4)[codes].transpose(1, 2)


class MotifModel(nn.Module):
    """Logits are `height` at each position that begins GA (task 0), log-counts the number of A's in the input.

    It reads only the forward strand, so averaging over strands shows.
    """

    def __init__(self, flank=5, length=40, tasks=1, height=3.0):
        super().__init__()
        self.input_length, self.output_length = length + 2 * flank, length
        self.heads = (Head("signal", tasks),)
        self.flank, self.height = flank, height

    def forward(self, x):
        found = x[:, 2, :-1] * x[:, 0, 1:]  # (batch, input_length - 1)
        logits = torch.zeros(len(x), self.heads[0].tasks, self.output_length)
        logits[:, 0] = self.height * found[:, self.flank : self.flank + self.output_length]
        return logits, x[:, 0].sum(dim=1, keepdim=True)


def small_solo(heads=SIGNAL, seed=0, layers=1, length=40):
    """An untrained solo model with weights large enough to give uneven profiles."""
    model = SoloModel(network(8, layers, 5, 7), length, heads, seed)
    with torch.no_grad():
        for weight in model.parameters():
            weight.mul_(2)
    return model.eval()
