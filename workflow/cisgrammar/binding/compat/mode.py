"""The reference's mode of one or several layers, and its non-specific binding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal, Self

import torch
from torch import nn

from cisgrammar.binding.compat.component import Binding, Component
from cisgrammar.binding.compat.conv1d import Conv1d
from cisgrammar.binding.compat.optim import BindingOptim
from cisgrammar.binding.kernels.shares import Shares
from cisgrammar.binding.layers import conv1d, mode
from cisgrammar.binding.layers.module_list import ModuleListOf
from cisgrammar.binding.layers.psam import PSAM
from cisgrammar.binding.layers.window_cache import WindowCache
from cisgrammar.binding.reads.count_table import CountTable


class Mode(Binding, mode.Mode):
    """A `layers.mode.Mode` of one layer, or of several of which each scores the output of the one before.

    Parameters
    ----------
    layers
        One layer, or several, the first on reads.
    train_hill
        Train the logarithm of a Hill exponent, `log_hill`.
    """

    unfreezable = Literal["all", "hill", "posbias", "psam"]

    def __init__(self, layers: conv1d.Conv1d | Sequence[conv1d.Conv1d], train_hill: bool = False) -> None:
        stack = [layers] if isinstance(layers, conv1d.Conv1d) else list(layers)
        if not stack:
            raise ValueError("a mode needs at least one layer")
        super().__init__(stack[-1], train_hill)
        self.earlier = ModuleListOf[conv1d.Conv1d](stack[:-1])
        self.check_length_consistency()

    @classmethod
    def from_psam(cls, psam: PSAM, prev: CountTable, train_hill: bool = False, **settings: Any) -> Self:
        """Make the mode of `psam` for a count table; `settings` as for `Conv1d`."""
        return cls(Conv1d.from_psam(psam, prev, **settings), train_hill)

    @property
    def layers(self) -> list[conv1d.Conv1d]:
        """The layers, the first on reads."""
        return [*self.earlier, self.layer]

    def components(self) -> Iterator[nn.Module]:
        """Iterate over the child components: the layers."""
        yield from self.layers

    def key(self) -> tuple[PSAM, ...]:
        """The matrices of the layers."""
        return tuple(layer.psam for layer in self.layers)

    def check_length_consistency(self) -> None:
        """Raise RuntimeError if a layer's input is not the output of the one before."""
        for first, second in zip(self.layers, self.layers[1:], strict=False):
            got = second.psam.alphabet.size, second.input_shape
            wanted = first.out_channels, first.out_len(first.input_shape)
            if got != wanted:
                raise RuntimeError(f"a layer takes (channels, length) {got}, the one before gives {wanted}")

    def update_binding_optim(self, binding_optim: BindingOptim) -> BindingOptim:
        """Add the steps of all layers, and return the plan."""
        for layer in self.layers:
            if isinstance(layer, Conv1d):
                layer.update_binding_optim(binding_optim)
        return binding_optim

    def unfreeze(self, parameter: Literal["all", "hill", "posbias", "psam"] = "all") -> None:
        """Turn gradients on for one part, or for all that is trained."""
        super().unfreeze(parameter)
        for layer in self.earlier:
            if parameter in ("all", "psam"):
                layer.psam.unfreeze("all")
            if parameter in ("all", "posbias"):
                layer.unfreeze("posbias")

    def score_windows(self, seqs: torch.Tensor, cache: WindowCache | None = None) -> torch.Tensor:
        """Log score of each window of the last layer, `(reads, channels, windows)`, without the Hill exponent."""
        for layer in self.earlier:
            seqs = layer(seqs)
        # A cache is by layer, not by what it was given.
        return super().score_windows(seqs, None if len(self.earlier) else cache)

    def shares(
        self, seqs: torch.Tensor, factor: torch.Tensor | None = None, cache: WindowCache | None = None
    ) -> Shares | None:
        """As there; None for several layers."""
        return None if len(self.earlier) else super().shares(seqs, factor, cache)

    def expected_sequence(self) -> torch.Tensor:
        """Uninformative prior of the input: a read of even letter weights, `(1, letters, length)`."""
        first = self.layers[0]
        letters = first.psam.alphabet.size
        weights = first.log_posbias.new_full((1, letters, first.input_shape), 1 / letters)
        weights[..., first.max_input_length :] = -torch.inf
        return weights


class NonSpecific(Component, mode.NonSpecific):
    """A `layers.mode.NonSpecific` with the reference's other option.

    Parameters
    ----------
    min_input_length, max_input_length, train_posbias, pad
        As there.
    ignore_length
        Leave log(length) out.
    """

    def __init__(
        self,
        min_input_length: int,
        max_input_length: int,
        train_posbias: bool = False,
        ignore_length: bool = False,
        pad: int = 4,
    ) -> None:
        self.ignore_length = ignore_length
        super().__init__(min_input_length, max_input_length, train_posbias, pad)

    def _log_scores(self) -> torch.Tensor:
        return self.log_posbias.flatten() if self.ignore_length else super()._log_scores()
