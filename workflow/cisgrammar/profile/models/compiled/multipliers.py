"""Multipliers of a network's ReLUs beside many references, with the compiled kernels: a sequence at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from cisgrammar.profile.models.compiled.block_kernels import PLAN, BlockKernels
from cisgrammar.profile.models.compiled.convolutions import in_blocks
from cisgrammar.profile.models.compiled.pairs import packed
from cisgrammar.profile.models.compiled.residual_blocks import Frame
from cisgrammar.profile.models.compiled.row_kernels import ROWS, RowKernels
from cisgrammar.profile.models.compiled.windows import Plan, in_parts

Parameters = tuple[Tensor, Tensor]
"""Weight and bias of a convolution."""


class Layer(NamedTuple):
    """What a layer has beside its weights: sizes, arrays that stay, and arrays with a row for each sequence."""

    numbers: Mapping[str, int]
    fixed: Mapping[str, Tensor]
    moving: Mapping[str, Tensor]


class Multipliers:
    """Of a network, in single precision on a processor.

    Parameters
    ----------
    codes
        The kernels for so many filters.
    first
        Of the first convolution.
    blocks
        Of each residual block.
    dilations
        Of each block.
    """

    def __init__(
        self,
        codes: tuple[RowKernels, BlockKernels],
        first: Parameters,
        blocks: Sequence[Parameters],
        dilations: Sequence[int],
    ) -> None:
        (self._rows, self._blocks), self._dilations = codes, dilations
        self._filters, self._bases, self._width = first[0].shape
        taps = first[0].permute(2, 1, 0).flatten(0, 1)  # (width * 4, filters)
        self._matrices = [in_blocks(taps, self._rows.machine)]
        self._matrices += [packed(weight.permute(2, 1, 0), self._blocks.machine) for weight, _ in blocks]
        self._biases = [bias.contiguous() for _, bias in (first, *blocks)]

    def inputs(self, sequences: Tensor) -> tuple[list[Tensor], Tensor]:
        """What enters each ReLU, and what leaves the last block.

        From one-hot `(sequences, length, 4)`, `(sequences, positions, filters)` each.
        """
        sequences = sequences.contiguous()
        number, length = sequences.shape[:2]
        found = [sequences.new_empty((number, width, self._filters)) for width in self._widths(length)]
        out = torch.empty_like(found[-1])

        def part(begin: int, end: int) -> None:
            outs = [*list(self._rooms(sequences))[:-1], out]
            layers = [Layer({}, {}, {"own": own}) for own in found]
            plans = self._plans(sequences, outs, layers)
            functions = [self._rows.inputs, *[self._blocks.inputs] * (len(found) - 1)]
            for sequence in range(begin, end):
                for plan, function in zip(plans, functions, strict=True):
                    plan.call(sequence, function)

        in_parts(number, part)
        return found, out

    def beside(self, own: Sequence[Tensor], references: Tensor, widths: Sequence[int]) -> list[Tensor]:
        """(relu(a) - relu(b)) / (a - b) of each ReLU, a sequence's input a and each reference's b.

        Parameters
        ----------
        own
            `inputs` of the sequences.
        references
            One-hot, `(sequences, references, length, 4)`.
        widths
            Of each ReLU, how many positions in the middle are wanted.

        Returns
        -------
        list of Tensor
            `(sequences, references, width, filters)`.
        """
        references = references.contiguous()
        sequences, number = references.shape[:2]
        found = [references.new_empty((sequences, number, width, self._filters)) for width in widths]

        def part(begin: int, end: int) -> None:
            functions = [self._rows.beside, *[self._blocks.beside] * (len(own) - 1)]
            for sequence in range(begin, end):
                layers = []
                for mine, values in zip(own, found, strict=True):
                    width = values.shape[2]
                    kept = {"begin": (mine.shape[1] - width) // 2, "number": width}
                    layers.append(Layer(kept, {"own": mine[sequence]}, {"multipliers": values[sequence]}))
                plans = self._plans(references[sequence], list(self._rooms(references[sequence])), layers)
                for reference in range(number):
                    for plan, function in zip(plans, functions, strict=True):
                        plan.call(reference, function)

        in_parts(sequences, part)
        return found

    def _widths(self, length: int) -> list[int]:
        """Positions of each layer's outputs."""
        widths = [length - self._width + 1]
        for dilation in self._dilations:
            widths.append(widths[-1] - 2 * dilation)
        return widths

    def _rooms(self, sequences: Tensor) -> Iterator[Tensor]:
        """For the outputs of each layer of `(sequences, length, 4)`: two places in turn, for all sequences the same."""
        rooms = sequences.new_empty((2, sequences.shape[1], self._filters))
        for layer in range(len(self._matrices)):
            yield rooms[layer % 2].expand(len(sequences), -1, -1)

    def _plans(self, sequences: Tensor, outs: Sequence[Tensor], layers: Sequence[Layer]) -> list[Plan]:
        """Of each layer, given where its outputs go."""
        length = sequences.shape[1]
        widths, work = self._widths(length), sequences.new_empty(self._blocks.room(self._filters))
        sizes = {"rows": widths[0], "stride": self._bases, "span": self._bases * self._width, "columns": self._filters}
        fixed = {"matrix": self._matrices[0], "bias": self._biases[0], **layers[0].fixed}
        moving = {"a": sequences, "out": outs[0], **layers[0].moving}
        plans = [Plan(ROWS, {**sizes, **layers[0].numbers}, fixed, moving)]
        for i, dilation in enumerate(self._dilations):
            layer = layers[i + 1]
            frame = Frame.of(widths[i], dilation, self._filters, self._blocks.machine.rows)
            fixed = {"kernel": self._matrices[i + 1], "bias": self._biases[i + 1], "work": work, **layer.fixed}
            moving = {"x": outs[i], "out": outs[i + 1], **layer.moving}
            plans.append(Plan(PLAN, {**frame.fields, **layer.numbers}, fixed, moving))
        return plans
