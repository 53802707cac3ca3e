"""Change a matrix's footprint or the flanks that are scored, in every layer that depends on them."""

from __future__ import annotations

from torch import nn

from cisgrammar.binding.layers.conv1d import Conv1d
from cisgrammar.binding.layers.cooperativity import Cooperativity
from cisgrammar.binding.layers.mode import NonSpecific
from cisgrammar.binding.layers.psam import PSAM
from cisgrammar.binding.layers.spacing import Spacing


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


def move(model: nn.Module, psam: PSAM, step: int) -> None:
    """Move `psam` by `step` positions to the left; spacings of it move along, so that they favour the same sites.

    In a spacing's first row b starts `offset` right of a, both on the forward strand; in its second a is on the
    reverse strand, where its left is the other way. What comes in at an end starts from the least value there is.
    """
    update_footprint(model, psam, step, -step)
    for spacing in {id(part): part for part in model.modules() if isinstance(part, Spacing)}.values():
        a, b = (int(other is psam) * step for other in spacing.psams)
        spacing.roll(0, a - b)
        if spacing.n_strands == 2:
            spacing.roll(1, -a - b)


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
