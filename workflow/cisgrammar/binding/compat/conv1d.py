"""The reference's convolution: its other options, ways to score and methods."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, Self

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import nn

from cisgrammar.binding.compat.bins import rebinned
from cisgrammar.binding.compat.component import Component
from cisgrammar.binding.compat.optim import BindingOptim, Call
from cisgrammar.binding.kernels.shares import Shares
from cisgrammar.binding.layers import conv1d, embedding
from cisgrammar.binding.layers.conv1d import BiasMode
from cisgrammar.binding.layers.psam import PSAM
from cisgrammar.binding.reads.count_table import CountTable

LengthMode = Literal["min", "max", "shape"]


class Conv1d(Component, conv1d.Conv1d):
    """A `layers.conv1d.Conv1d` with the reference's other options and methods.

    Parameters
    ----------
    psam, input_shape, min_input_length, max_input_length, train_posbias, bias_mode, bias_bin
        As there. After another layer, lengths are in that layer's windows.
    length_specific_bias
        A bias of its own for each read length.
    out_channel_indexing
        Channels to score, all by default.
    one_hot, unfold
        Score by a convolution over one-hot rows, or by unfolding them, instead of by a banded product.
    normalize
        Take the mean over bins off the bias.
    reverse_about
        With `reverse`, turn round about the end of the `table`, as the reference does, which for reads shorter than
        the table is not their own 3' end; or about each `read`'s own end.
    """

    unfreezable = Literal["all", "posbias"]
    _bias_mode: BiasMode
    _bias_bin: int

    def __init__(
        self,
        psam: PSAM,
        input_shape: int,
        min_input_length: int,
        max_input_length: int,
        train_posbias: bool = False,
        bias_mode: BiasMode = "channel",
        bias_bin: int = 1,
        length_specific_bias: bool = True,
        out_channel_indexing: Sequence[int] | None = None,
        one_hot: bool = False,
        unfold: bool = False,
        normalize: bool = False,
        reverse_about: Literal["read", "table"] = "table",
    ) -> None:
        self._length_specific_bias = length_specific_bias
        self._channels = None if out_channel_indexing is None else list(out_channel_indexing)
        self.one_hot = one_hot
        self.unfold = unfold
        self.normalize = normalize
        self.reverse_about = reverse_about
        super().__init__(psam, input_shape, min_input_length, max_input_length, train_posbias, bias_mode, bias_bin)

    @classmethod
    def from_psam(  # type: ignore[override]  # the reference's arguments can be given by position
        cls,
        psam: PSAM,
        prev: CountTable | conv1d.Conv1d,
        train_posbias: bool = False,
        bias_mode: BiasMode = "channel",
        bias_bin: int = 1,
        length_specific_bias: bool = True,
        out_channel_indexing: Sequence[int] | None = None,
        one_hot: bool = False,
        unfold: bool = False,
        normalize: bool = False,
        reverse_about: Literal["read", "table"] = "table",
    ) -> Self:
        """Make the layer that scores `prev`: a count table, or the output of another layer.

        ValueError if the matrix is not over as many channels as that layer has.
        """
        if isinstance(prev, CountTable):
            channels = prev.alphabet.size
            width, low, high = prev.input_shape, prev.min_read_length, prev.max_read_length
        else:
            channels = prev.out_channels
            shapes = prev.input_shape, prev.min_input_length, prev.max_input_length
            width, low, high = (max(prev.out_len(n), 0) for n in shapes)
        if channels != psam.alphabet.size:
            raise ValueError(f"the matrix is over {psam.alphabet.size} channels, its input has {channels}")
        return cls(
            psam,
            width,
            low,
            high,
            train_posbias,
            bias_mode,
            bias_bin,
            length_specific_bias,
            out_channel_indexing,
            one_hot,
            unfold,
            normalize,
            reverse_about,
        )

    @property
    def bias_mode(self) -> BiasMode:
        """How channels share the bias."""
        return self._bias_mode

    @bias_mode.setter
    def bias_mode(self, mode: BiasMode) -> None:
        """Set once, when the layer is made; AttributeError later."""
        if "log_posbias" in self._parameters:
            raise AttributeError("bias_mode cannot be changed: biases of other channels are other parameters")
        self._bias_mode = mode

    @property
    def bias_bin(self) -> int:
        """Neighbouring windows that share a value; a new width averages what shares a value then."""
        return self._bias_bin

    @bias_bin.setter
    def bias_bin(self, width: int) -> None:
        """Average the bias in bins of `width`; ValueError below 1."""
        if "log_posbias" in self._parameters:
            windows = self.out_len(self.input_shape)
            self._replace_bias(rebinned(self.log_posbias.detach(), windows, self._bias_bin, width))
        self._bias_bin = width

    @property
    def length_specific_bias(self) -> bool:
        """Whether each read length has a bias of its own."""
        return self._length_specific_bias

    @property
    def out_channel_indexing(self) -> list[int] | None:
        """Channels that are scored; None for all."""
        return self._channels

    @property
    def in_channels(self) -> int:
        """Channels of the input: letters, or the channels of the layer before."""
        return self.psam.alphabet.size

    @property
    def out_channels(self) -> int:
        """Channels of the output."""
        return self.psam.out_channels if self._channels is None else len(self._channels)

    def components(self) -> Iterator[nn.Module]:
        """Iterate over the child components: the matrix."""
        yield self.psam

    def in_len(self, length: int, mode: LengthMode = "max") -> int:
        """Receptive field: positions that `length` windows in a row see.

        `mode` (`min`, `max` or `shape`) tells what the length is of; here all are the same.
        """
        return super().in_len(_checked(length, mode))

    def out_len(self, length: int, mode: LengthMode = "shape") -> int:
        """Windows in `length` positions; `mode` as for `in_len`."""
        return super().out_len(_checked(length, mode))

    def check_length_consistency(self) -> None:
        """Raise RuntimeError if the lengths contradict each other or no window fits."""
        try:
            super().check_length_consistency()
        except ValueError as error:
            raise RuntimeError(f"{error}") from error

    def max_embedding_size(self) -> int:
        """Most bytes that one encoded read takes when it is scored."""
        letters, width = self.psam.alphabet.size, self.input_shape
        element = (self.compute_dtype or self.log_posbias.dtype).itemsize
        pairs = sum(letters**2 * (width - d) for d in range(1, self.psam.pairwise_distance + 1))
        return element * (letters * width + pairs)

    def update_binding_optim(self, binding_optim: BindingOptim) -> BindingOptim:
        """Add the steps that unfreeze the matrix and the bias, and return the plan."""
        binding_optim.step("monomer").add(Call(self.psam, "unfreeze", {"parameter": "monomer"}))
        if self.train_posbias:
            binding_optim.step("posbias").add(Call(self, "unfreeze", {"parameter": "posbias"}))
        if self.psam.pairwise_distance:
            binding_optim.step("pairwise").add(Call(self.psam, "unfreeze", {"parameter": "pairwise"}))
        return binding_optim

    def get_log_posbias(self) -> torch.Tensor:
        """Bias by read length, channel and window.

        Returns
        -------
        torch.Tensor
            `(max_input_length + 1, channels, windows)` where the row is the read's length (rows below the
            shortest are zero), or `(1, channels, windows)` if one row serves all lengths.
        """
        rows = self._bias_rows()
        if rows.shape[0] == 1 and not self.length_specific_bias:
            return rows
        return F.pad(rows, (0, 0, 0, 0, self.min_input_length, 0))  # (max length + 1, channels, windows)

    def _bias_shape(self) -> tuple[int, int, int]:
        lengths, channels, bins = super()._bias_shape()
        return lengths if self.length_specific_bias else 1, channels, bins

    def _bins(self) -> torch.Tensor:
        return self.log_posbias - self.log_posbias.mean(-1, keepdim=True) if self.normalize else self.log_posbias

    def _bias_rows(self) -> torch.Tensor:
        rows = super()._bias_rows()
        return rows if self._channels is None else rows[:, self._channels]

    def _turned(self, bias: torch.Tensor) -> torch.Tensor:
        return bias.flip(-1) if self.reverse_about == "table" else super()._turned(bias)

    def score_filters(self) -> tuple[torch.Tensor, list[torch.Tensor]]:
        """Scores of single positions, with zeros between dilated ones, and of pairs by distance; channels scored."""
        monomers, pairs = super().score_filters()
        if self.psam.dilation > 1:
            spread = monomers.new_zeros(*monomers.shape[:2], self.psam.size)  # (channels, letters, span)
            spread[..., :: self.psam.dilation] = monomers
            monomers = spread
        return monomers if self._channels is None else monomers[self._channels], pairs

    def score_letters(self) -> tuple[torch.Tensor, NDArray[np.int64]]:
        """Scores of single positions, of the channels scored."""
        values, index = super().score_letters()
        return values, index if self._channels is None else index[self._channels]

    def _pair_filters(self) -> list[torch.Tensor]:
        pairs = super()._pair_filters()
        return pairs if self._channels is None else [values[self._channels] for values in pairs]

    def _windows_with_pad(self, seqs: torch.Tensor) -> torch.Tensor | None:
        pads = embedding.pads(seqs, self.psam.alphabet)
        if pads is None:
            return None
        return pads.unfold(1, self.psam.size, 1)[..., :: self.psam.dilation].any(-1)  # (reads, windows)

    def forward(self, seqs: torch.Tensor) -> torch.Tensor:
        """Log score of each window, `(reads, channels, windows)`; -inf where a window touches a pad.

        Parameters
        ----------
        seqs
            Codes `(reads, length)`, or weights `(reads, channels, length)` such as another layer's scores.
        """
        if not (self.one_hot or self.unfold):
            return super().forward(seqs)
        self._check_width(seqs)
        return self.score_onehot(seqs)

    def shares(self, seqs: torch.Tensor, factor: torch.Tensor | None = None) -> Shares | None:
        """As there; None where another way to score is asked for."""
        return None if self.one_hot or self.unfold else super().shares(seqs, factor)

    def score_dense(self, seqs: torch.Tensor) -> torch.Tensor:
        """Log score of each window by looking letters up, position by position.

        Parameters
        ----------
        seqs
            Codes `(reads, length)`.

        Returns `(reads, channels, windows)`; the slowest way and the plainest.
        """
        monomers, pairs = self.score_filters()
        rows = embedding.finite_rows(self.psam.alphabet, monomers)  # (codes, letters)
        windows, codes = self.out_len(seqs.shape[1]), seqs.long()
        table = torch.einsum("cbk,sb->kcs", monomers, rows)  # (positions, channels, codes)
        positions = range(0, self.psam.size, self.psam.dilation)
        scores = torch.stack([table[i][:, codes[:, i : i + windows]] for i in positions]).sum(0)
        for distance, values in enumerate(pairs, start=1):
            table = torch.einsum("cabk,sa,tb->kcst", values, rows, rows)  # (pairs, channels, codes, codes)
            for i in range(values.shape[-1]):
                first, second = codes[:, i : i + windows], codes[:, i + distance : i + distance + windows]
                scores = scores + table[i][:, first, second]
        return self._finish(scores.transpose(0, 1), seqs)  # (reads, channels, windows)

    def score_onehot(self, seqs: torch.Tensor) -> torch.Tensor:
        """Log score of each window by convolution (or, with `unfold`, by unfolding) of one-hot rows.

        Parameters and result are as for `forward`.
        """
        monomers, pairs = self.score_filters()
        x = embedding.letter_rows(seqs, self.psam.alphabet, monomers.dtype)  # (reads, length, letters)
        scores = self._slide(x, monomers)
        for distance, values in enumerate(pairs, start=1):
            scores = scores + self._slide(embedding.pair_rows(x, distance), values.flatten(1, 2))
        return self._finish(scores, seqs)

    def _slide(self, x: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
        """Slide a filter `(channels, letters, positions)` over rows `(reads, length, letters)`."""
        if not self.unfold:
            return F.conv1d(x.transpose(1, 2), values)  # (reads, channels, windows)
        windows = x.unfold(1, values.shape[-1], 1)  # (reads, windows, letters, positions)
        return torch.einsum("nwbk,cbk->ncw", windows, values)

    @torch.no_grad()
    def update_input_length(
        self,
        left_shift: int = 0,
        right_shift: int = 0,
        min_len_shift: int = 0,
        max_len_shift: int = 0,
        new_min_len: int | None = None,
        new_max_len: int | None = None,
    ) -> None:
        """Change the input's width and lengths.

        Parameters
        ----------
        left_shift, right_shift
            Positions added on each side of every read (negative: removed).
        min_len_shift, max_len_shift
            Further changes of the shortest and of the longest length.
        new_min_len, new_max_len
            The shortest and the longest length, instead of their changes.

        Notes
        -----
        After a change of the matrix, call `update_windows`.
        """
        moved = left_shift + right_shift
        low = self.min_input_length + min_len_shift if new_min_len is None else new_min_len - moved
        high = self.max_input_length + max_len_shift if new_max_len is None else new_max_len - moved
        if self.length_specific_bias:
            front, back = self.min_input_length - low, high - self.max_input_length
            self._replace_bias(F.pad(self.log_posbias, (0, 0, 0, 0, front, back)))
        self.min_input_length, self.max_input_length = low, high
        super().update_input_length(left_shift, right_shift)

    def update_windows(self, left: int, right: int) -> None:
        """Follow a matrix that has gained `left` and `right` positions: windows go from the ends of the bias."""
        super().update_windows(self.psam.dilation * left, self.psam.dilation * right)


def _checked(length: int, mode: LengthMode) -> int:
    if mode not in ("min", "max", "shape"):
        raise ValueError(f"mode must be min, max or shape, got {mode!r}")
    return length
