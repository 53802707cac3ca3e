"""What every profile model has: heads, and the lengths of what it reads and predicts."""

from __future__ import annotations

from torch import nn

from cisgrammar.profile.models.heads import Head


class ProfileModel(nn.Module):
    """A network from one-hot sequence `(batch, 4, input_length)` to `(profile_0, ..., log_counts_0, ...)`.

    Profiles are logits `(batch, tasks, output_length)`, one for each head; then come natural-log counts `(batch, 1)`,
    one for each head.

    Attributes
    ----------
    heads
        In the order of the outputs.
    input_length, output_length
        bp; the output is the centre of the input.
    """

    heads: tuple[Head, ...]
    input_length: int
    output_length: int
