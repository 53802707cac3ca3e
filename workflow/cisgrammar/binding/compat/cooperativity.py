"""The reference's dimer: its other options and methods."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import torch
import torch.nn.functional as F
from torch import nn

from cisgrammar.binding.compat.bins import rebinned
from cisgrammar.binding.compat.component import Binding
from cisgrammar.binding.compat.conv1d import Conv1d
from cisgrammar.binding.compat.optim import BindingOptim, Call
from cisgrammar.binding.layers import cooperativity
from cisgrammar.binding.layers.cooperativity import BiasMode
from cisgrammar.binding.layers.mode import Mode
from cisgrammar.binding.layers.spacing import Spacing


class Cooperativity(Binding, cooperativity.Cooperativity):
    """A `layers.cooperativity.Cooperativity` with the reference's other options and methods.

    Parameters
    ----------
    spacing, mode_a, mode_b, train_hill, train_posbias, bias_mode, bias_bin
        As there.
    length_specific_bias
        A bias of its own for each read length.
    normalize
        Take each diagonal's mean over bins off.
    reverse_about
        With `reverse`, turn a pair round within its own `diagonal`, as the reference does, where the score is not
        symmetric; or about the `read`'s end, to the diagonal of the turned offset.
    """

    unfreezable = Literal["all", "hill", "posbias"]
    _bias_mode: BiasMode
    _bias_bin: int

    def __init__(
        self,
        spacing: Spacing,
        mode_a: Mode,
        mode_b: Mode,
        train_hill: bool = False,
        train_posbias: bool = False,
        bias_mode: BiasMode = "strand",
        bias_bin: int = 1,
        length_specific_bias: bool = True,
        normalize: bool = False,
        reverse_about: Literal["read", "diagonal"] = "diagonal",
    ) -> None:
        self._length_specific_bias = length_specific_bias
        self.normalize = normalize
        self.reverse_about = reverse_about
        super().__init__(spacing, mode_a, mode_b, train_hill, train_posbias, bias_mode, bias_bin)

    @property
    def bias_mode(self) -> BiasMode:
        """How pairs of strands share the bias."""
        return self._bias_mode

    @bias_mode.setter
    def bias_mode(self, mode: BiasMode) -> None:
        """Set once, when the layer is made; AttributeError later."""
        if "flat_posbias" in self._parameters:
            raise AttributeError("bias_mode cannot be changed: biases of other strands are other parameters")
        self._bias_mode = mode

    @property
    def bias_bin(self) -> int:
        """Neighbouring pairs on a diagonal that share a value; a new width averages what shares a value then."""
        return self._bias_bin

    @bias_bin.setter
    def bias_bin(self, width: int) -> None:
        """Average the bias in bins of `width`; ValueError below 1."""
        if "flat_posbias" in self._parameters:
            pairs = zip(self.log_posbias, self._diagonal_lengths(), strict=True)
            values = torch.cat([rebinned(d.detach(), n, self._bias_bin, width) for d, n in pairs], dim=-1)
            self.flat_posbias = nn.Parameter(values, requires_grad=self.flat_posbias.requires_grad)
        self._bias_bin = width

    @property
    def length_specific_bias(self) -> bool:
        """Whether each read length has a bias of its own."""
        return self._length_specific_bias

    def components(self) -> Iterator[nn.Module]:
        """Iterate over the child components: the spacing and the modes."""
        yield from (self.spacing, self.mode_a, self.mode_b)

    def key(self) -> tuple[Spacing]:
        """The spacing: dimers that share it are fitted together."""
        return (self.spacing,)

    def check_length_consistency(self) -> None:
        """Raise RuntimeError if the modes do not score the same reads, or are not those of the spacing."""
        try:
            super().check_length_consistency()
        except ValueError as error:
            raise RuntimeError(f"{error}") from error

    def max_embedding_size(self) -> int:
        """Most bytes that one encoded read takes when it is scored."""
        layers = {id(m.layer): m.layer for m in (self.mode_a, self.mode_b)}.values()
        element = (self.compute_dtype or self.log_hill.dtype).itemsize
        reads = sum(layer.max_embedding_size() for layer in layers if isinstance(layer, Conv1d))
        return reads + 4 * element * self.n_strands * sum(self.n_windows)

    def update_binding_optim(self, binding_optim: BindingOptim) -> BindingOptim:
        """Add the steps that unfreeze the spacing and the bias, and return the plan."""
        binding_optim.step("spacing").add(Call(self.spacing, "unfreeze", {"parameter": "spacing"}))
        if self.train_posbias:
            binding_optim.step("posbias").add(Call(self, "unfreeze", {"parameter": "posbias"}))
        return binding_optim

    def get_log_spacing_matrix(self) -> torch.Tensor:
        """Cooperativity of each pair of windows.

        Returns
        -------
        torch.Tensor
            `(rows a, rows b, strands a, strands b, windows a, windows b)`; with a bias by length, rows are the
            numbers of windows of each mode in a read (rows that no read has are zero); without one there is one row.
        """
        return self._matrix_by_row() if self.has_posbias else self._omega((0, 0), self.n_windows)[None, None]

    def get_log_spacing_diagonals(self) -> list[torch.Tensor]:
        """Cooperativity by offset: `(rows a, rows b, strands a, strands b, pairs)` for each d - (windows a - 1)."""
        matrix = self._matrix_by_row()
        n_a, n_b = self.n_windows
        return [matrix.diagonal(d - (n_a - 1), dim1=-2, dim2=-1) for d in range(n_a + n_b - 1)]

    def _matrix_by_row(self) -> torch.Tensor:
        low_a, low_b = self._lowest()
        n_rows = self.flat_posbias.shape[0]
        matrix = torch.stack(
            [torch.stack([self._omega((i, j), (low_a + i, low_b + j)) for j in range(n_rows)]) for i in range(n_rows)]
        )  # (lengths, lengths, strands a, strands b, a, b)
        if not self.length_specific_bias:
            return matrix
        return F.pad(matrix, (0, 0) * 4 + (max(low_b, 0), 0) + (max(low_a, 0), 0))

    def _bias_lengths(self) -> int:
        return super()._bias_lengths() if self.length_specific_bias else 1

    def _lowest(self) -> tuple[int, int]:
        """As there; one row that serves all lengths is that of the widest read."""
        return super()._lowest() if self.length_specific_bias else self.n_windows

    def _bins(self) -> torch.Tensor:
        if not self.normalize:
            return self.flat_posbias
        return torch.cat([d - d.mean(-1, keepdim=True) for d in self.log_posbias], dim=-1)

    def _turned_index(self, m: torch.Tensor, k: torch.Tensor, windows: tuple[int, int]) -> torch.Tensor:
        if self.reverse_about == "read":
            return super()._turned_index(m, k, windows)
        diagonal = k - m + self.n_windows[0] - 1
        length = torch.tensor(self._diagonal_lengths(), device=m.device)[diagonal]
        return self._bin_index(length - 1 - torch.minimum(m, k), diagonal)

    def _bias_by_length(self) -> bool:
        if self.reverse_about == "diagonal" and self.flat_posbias.shape[0] == 1:
            return False
        return super()._bias_by_length()
