"""Change a matrix's footprint or the flanks that are scored, in every layer that depends on them."""

from __future__ import annotations

from torch import nn

from cisgrammar.binding.layers.conv1d import Conv1d
from cisgrammar.binding.layers.cooperativity import Cooperativity
from cisgrammar.binding.layers.mode import NonSpecific
from cisgrammar.binding.layers.psam import PSAM


def update_footprint(model: nn.Module, psam: PSAM, left: int, right: int) -> None:
    """Add (or, negative, remove) positions of `psam`; biases and spacings in `model` follow.

    `left=1, right=-1` moves the matrix one position to the left: what it scored at position i is then at i + 1.
    ValueError, before anything has changed, if the matrix would no longer fit into a read.
    """
    layers = [m for m in model.modules() if isinstance(m, Conv1d) and m.psam is psam]
    for layer in layers:
        if layer.out_len(layer.input_shape) - psam.dilation * (left + right) < 1:
            raise ValueError(f"{psam.kernel_size + left + right} positions do not fit into {layer.input_shape} bases")
    psam.update_footprint(left, right)
    for layer in layers:
        layer.update_windows(left, right)
    _follow(model)


def update_flanks(experiment: nn.Module, left: int, right: int) -> None:
    """Score `left` and `right` more bases of flank (negative: fewer) in all layers of one experiment."""
    for part in experiment.modules():
        if isinstance(part, (Conv1d, NonSpecific)):
            part.update_input_length(left, right)
    _follow(experiment)


def _follow(model: nn.Module) -> None:
    for part in model.modules():
        if isinstance(part, Cooperativity):
            part.update_windows()
