"""A residual model whose log-counts are blended from its own head, networks of their own, and a line on k-mers."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from cisgrammar.profile.models.counts_network import CountsNetwork
from cisgrammar.profile.models.kmer_line import KmerLine
from cisgrammar.profile.models.profile_model import ProfileModel
from cisgrammar.profile.models.solo import SoloModel, crop_to

MEMBERS = ("trunk", "networks", "kmers")


class CountsBlend(ProfileModel):
    """The profiles of a solo model, and log-counts that are a weighted sum of three predictions.

    A head with `use_bias_counts` keeps the solo model's own: its counts are what is added to the bias, not ln N.

    Parameters
    ----------
    solo
        The network of the profiles.
    networks
        Networks of the log-counts; the mean of their predictions is one member.
    kmers
        The line on k-mers; None leaves it out.

    Attributes
    ----------
    weights
        `(heads, 3)`: of the trunk's head, the networks and the line; with `offset` `(heads,)` as `fit.blend` fits them.
    """

    def __init__(self, solo: SoloModel, networks: Sequence[CountsNetwork], kmers: KmerLine | None) -> None:
        super().__init__()
        self.trunk, self.networks, self.kmers = solo, nn.ModuleList(networks), kmers
        self.heads = solo.heads
        self.input_length, self.output_length = solo.input_length, solo.output_length
        self.weights: Tensor
        self.offset: Tensor
        self.register_buffer("weights", torch.zeros(len(self.heads), len(MEMBERS)))
        self.register_buffer("offset", torch.zeros(len(self.heads)))

    def members(self, x: Tensor) -> tuple[tuple[Tensor, ...], Tensor]:
        """Profiles of each head, and what each member predicts of ln N: `(batch, heads, 3)`."""
        x = crop_to(x, self.input_length)
        outputs = self.trunk(x)
        own = torch.cat(outputs[len(self.heads) :], dim=1)  # (batch, heads)
        line = self.kmers(x) if self.kmers is not None else torch.zeros_like(own)
        mean = torch.stack([network(x) for network in self.networks]).mean(0)  # (batch, heads)
        return outputs[: len(self.heads)], torch.stack([own, mean, line], dim=2)

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """One-hot `(batch, 4, length)` to `(profile_0, ..., log_counts_0, ...)`, shapes as `SoloModel`."""
        profiles, members = self.members(x)
        blended = (members * self.weights).sum(2) + self.offset  # (batch, heads)
        counts = [
            members[:, i, :1] if head.use_bias_counts else blended[:, i : i + 1] for i, head in enumerate(self.heads)
        ]
        return profiles + tuple(counts)
