"""Scores of all windows of a read with a PSAM, plus an experiment's position bias."""

from __future__ import annotations

from typing import Any, Literal, Self

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import nn

from cisgrammar.binding.kernels.shares import Scores, Shares, scored_here, window_shares
from cisgrammar.binding.layers import embedding
from cisgrammar.binding.layers.position_bias import bin_count, resize_bins, reversed_windows
from cisgrammar.binding.layers.psam import PSAM
from cisgrammar.binding.reads.count_table import CountTable

BiasMode = Literal["channel", "same", "reverse"]


class Conv1d(nn.Module):
    """Log score of each window: omega(x) + sum of the betas of the features in the window.

    Parameters
    ----------
    psam
        The matrix, shared between experiments.
    input_shape
        Width of the table of codes, in bases.
    min_input_length, max_input_length
        Shortest and longest read, with the flanks that are scored.
    train_posbias
        Train a bias omega by window position, one for each read length.
    bias_mode
        One bias a channel, the `same` for all, or the reverse strand's is the forward's turned round about the read's
        end (`reverse`: the score of a read is then that of its reverse complement).
    bias_bin
        Neighbouring windows that share a value.

    Notes
    -----
    `log_posbias` is `(lengths, channels, bins)`. Where scores are computed in another precision than the
    parameters have, set `compute_dtype`; gradients still add up in the parameters' precision.
    """

    def __init__(
        self,
        psam: PSAM,
        input_shape: int,
        min_input_length: int,
        max_input_length: int,
        train_posbias: bool = False,
        bias_mode: BiasMode = "channel",
        bias_bin: int = 1,
    ) -> None:
        super().__init__()
        if bias_mode not in ("channel", "same", "reverse"):
            raise ValueError(f"bias_mode must be channel, same or reverse, got {bias_mode!r}")
        if bias_mode == "reverse" and not psam.score_reverse:
            raise ValueError("bias_mode reverse needs a PSAM that scores both strands; use same or channel")
        if bias_bin < 1:
            raise ValueError(f"bias_bin must be >= 1, got {bias_bin}")
        self.psam = psam
        self.input_shape = input_shape
        self.min_input_length = min_input_length
        self.max_input_length = max_input_length
        self.train_posbias = train_posbias
        self.bias_mode: BiasMode = bias_mode
        self.bias_bin = bias_bin
        self.compute_dtype: torch.dtype | None = None
        self.check_length_consistency()
        self.log_posbias = nn.Parameter(torch.zeros(self._bias_shape()), requires_grad=train_posbias)

    @classmethod
    def from_psam(cls, psam: PSAM, prev: CountTable, **settings: Any) -> Self:
        """Make the layer that scores `prev`, a count table; `settings` as for the class."""
        return cls(psam, prev.input_shape, prev.min_read_length, prev.max_read_length, **settings)

    def _bias_shape(self) -> tuple[int, int, int]:
        channels = {"channel": self.psam.out_channels, "same": 1, "reverse": self.psam.out_channels // 2}
        bins = bin_count(self.out_len(self.input_shape), self.bias_bin)
        return self.max_input_length - self.min_input_length + 1, channels[self.bias_mode], bins

    @property
    def out_channels(self) -> int:
        """Channels of the output."""
        return self.psam.out_channels

    @property
    def has_posbias(self) -> bool:
        """Whether the bias is trained or not zero."""
        return self.log_posbias.requires_grad or bool(self.log_posbias.any())

    def in_len(self, length: int) -> int:
        """Bases seen by `length` windows in a row."""
        return self.psam.in_len(length)

    def out_len(self, length: int) -> int:
        """Windows in `length` bases."""
        return self.psam.out_len(length)

    def lengths(self, seqs: torch.Tensor) -> torch.Tensor:
        """Count each read's positions that are not pads, `(reads,)` int64."""
        if seqs.is_floating_point():
            return torch.isfinite(seqs).all(1).sum(1)
        return (seqs != self.psam.alphabet.pad).sum(1)

    def check_length_consistency(self) -> None:
        """Raise ValueError if the lengths contradict each other or no window fits."""
        low, high, width = self.min_input_length, self.max_input_length, self.input_shape
        if not 0 <= low <= high <= width:
            raise ValueError(
                f"wanted 0 <= min_input_length <= max_input_length <= input_shape, got {low}, {high}, {width}"
            )
        if self.psam.out_len(width) < 1:
            raise ValueError(f"a matrix that spans {self.psam.size} bases does not fit into {width}; score more flank")

    def unfreeze(self, parameter: Literal["all", "posbias"] = "all") -> None:
        """Turn gradients on: for the bias, if it is trained at all, or for the bias and the matrix (`all`)."""
        if parameter not in ("all", "posbias"):
            raise ValueError(f"unfreeze takes all or posbias, got {parameter!r}")
        if parameter == "all":
            self.psam.unfreeze("all")
        if self.train_posbias:
            self.log_posbias.requires_grad_(True)

    def freeze(self) -> None:
        """Turn gradients off for the bias and the matrix."""
        self.requires_grad_(False)

    def get_extra_state(self) -> dict[str, int]:
        """Lengths that the shapes of the parameters follow."""
        return {name: getattr(self, name) for name in ("input_shape", "min_input_length", "max_input_length")}

    def set_extra_state(self, state: dict[str, int]) -> None:
        """Take lengths over from a file."""
        for name, value in state.items():
            setattr(self, name, int(value))

    def get_log_posbias(self) -> torch.Tensor:
        """Bias by read length, channel and window.

        Returns
        -------
        torch.Tensor
            `(max_input_length + 1, channels, windows)` where the row is the read's length; rows below the shortest
            are zero.
        """
        return F.pad(self._bias_rows(), (0, 0, 0, 0, self.min_input_length, 0))

    def _bins(self) -> torch.Tensor:
        return self.log_posbias

    def _bias_rows(self) -> torch.Tensor:
        """Bias by length from the shortest on (one row if it serves all), channel and window."""
        bias = self._bins()
        if self.bias_bin > 1:
            windows = self.out_len(self.input_shape)
            bias = bias.repeat_interleave(self.bias_bin, dim=-1)[..., :windows]  # (lengths, channels, windows)
        if self.bias_mode == "reverse":
            turned = self._turned(bias)
            bias = torch.cat([bias.expand_as(turned), turned], dim=1)  # (lengths, 2, windows)
        elif self.bias_mode == "same":
            bias = bias.expand(-1, self.psam.out_channels, -1)
        return bias

    def _turned(self, bias: torch.Tensor) -> torch.Tensor:
        """A bias by window as the reverse strand meets it, about each read's own end."""
        if self.min_input_length == self.max_input_length == self.input_shape:
            return bias.flip(-1)
        index = reversed_windows(self.min_input_length, self.max_input_length, self.psam.size, bias.shape[-1])
        index = index.to(bias.device)[:, None]  # (lengths, 1, windows)
        return bias.expand(len(index), -1, -1).gather(-1, index)

    def score_filters(self) -> tuple[torch.Tensor, list[torch.Tensor]]:
        """Scores of single positions and of pairs by distance; as `PSAM.get_filter`."""
        return self.psam.get_filter(), self._pair_filters()

    def score_letters(self) -> tuple[torch.Tensor, NDArray[np.int64]]:
        """Scores of single positions, as `PSAM.letters`."""
        return self.psam.letters()

    def _pair_filters(self) -> list[torch.Tensor]:
        return [self.psam.get_filter(d) for d in range(1, self.psam.pairwise_distance + 1)]

    def _finish(self, scores: torch.Tensor, seqs: torch.Tensor, bias_done: bool = False) -> torch.Tensor:
        """Add the biases and set windows that touch a pad to -inf; `scores` is (reads, channels, windows)."""
        if not bias_done:
            scores = self._add_bias(scores, seqs)
        touched = self._windows_with_pad(seqs)
        return scores if touched is None else scores.masked_fill(touched[:, None], -torch.inf)

    def _windows_with_pad(self, seqs: torch.Tensor) -> torch.Tensor | None:
        return embedding.windows_with_pad(seqs, self.psam.alphabet, self.psam.size)

    def whole_windows(self, seqs: torch.Tensor) -> torch.Tensor:
        """Count each read's windows that touch no pad, `(reads,)` int64."""
        touched = self._windows_with_pad(seqs)
        windows = self.out_len(self.input_shape)
        return seqs.new_full((len(seqs),), windows, dtype=torch.int64) if touched is None else (~touched).sum(1)

    def _add_bias(self, scores: torch.Tensor, seqs: torch.Tensor) -> torch.Tensor:
        if self.psam.bias.requires_grad or bool(self.psam.bias):
            scores = scores + self.psam.bias.to(scores.dtype)
        if self.has_posbias:
            rows = self._bias_rows().to(scores.dtype)
            number = self._row_numbers(seqs, rows)
            scores = scores + (rows if number is None else rows[number])  # (reads, channels, windows)
        return scores

    def _row_numbers(self, seqs: torch.Tensor, rows: torch.Tensor) -> torch.Tensor | None:
        """Row of the bias of each read, `(reads,)`; None if there is one row for all."""
        if rows.shape[0] == 1:
            return None
        length = self.lengths(seqs)
        embedding.check_lengths(length, self.min_input_length, self.max_input_length)
        return length - self.min_input_length

    def score_banded(self, seqs: torch.Tensor) -> torch.Tensor:
        """Log score of each window by one product of one-hot rows with a banded matrix.

        Parameters and result are as for `forward`.
        """
        monomers, pairs = self.score_filters()
        dtype = self.compute_dtype or monomers.dtype
        x = embedding.letter_rows(seqs, self.psam.alphabet, dtype)  # (reads, length, letters)
        length, windows = x.shape[1], self.out_len(x.shape[1])
        offset = self._shared_offset(dtype)
        scores = embedding.Product.apply(x.flatten(1), embedding.banded(monomers.to(dtype), length), offset)
        for distance, values in enumerate(pairs, start=1):
            band = embedding.banded(values.flatten(1, 2).to(dtype), length - distance)
            scores = scores + embedding.Product.apply(embedding.pair_rows(x, distance).flatten(1), band, None)
        scores = scores.view(len(x), -1, windows)  # (reads, channels, windows)
        return self._finish(scores, seqs, bias_done=offset is not None)

    def _shared_offset(self, dtype: torch.dtype) -> torch.Tensor | None:
        """Both biases `(channels * windows,)` where reads of all lengths have the same, else None."""
        if not self.has_posbias:
            return None
        rows = self._bias_rows()
        if rows.shape[0] > 1:
            return None
        return (rows.to(dtype) + self.psam.bias.to(dtype)).flatten()

    def forward(self, seqs: torch.Tensor) -> torch.Tensor:
        """Log score of each window.

        Parameters
        ----------
        seqs
            Codes `(reads, length)`, or letter weights `(reads, letters, length)` where -inf is a pad.

        Returns
        -------
        torch.Tensor
            `(reads, channels, windows)`; -inf where a window touches a pad.
        """
        self._check_width(seqs)
        return self.score_banded(seqs)

    def shares(self, seqs: torch.Tensor, factor: torch.Tensor | None = None) -> Shares | None:
        """Windows as shares of each read's sum, by tables of k-mers: several times faster than `forward`.

        Parameters
        ----------
        seqs
            As for `forward`.
        factor
            What scores are multiplied by, a scalar; None for nothing.

        Returns
        -------
        Shares
            None where the tables do not serve: on a GPU, for letter weights or ambiguous letters, for few reads.
        """
        self._check_width(seqs)
        if self.psam.dilation > 1 or not scored_here(seqs, self.psam.alphabet.pad):
            return None
        values, index = self.score_letters()
        pairs = self._pair_filters()
        of_pairs = torch.cat([x.flatten(1, 2) for x in pairs], dim=-1) if pairs else None
        # One row costs less than to look whether it is zero.
        bias = self._bias_rows() if len(self.log_posbias) == 1 or self.has_posbias else None
        number = None if bias is None else self._row_numbers(seqs, bias)
        scores = Scores(values, index, self.psam.bias, of_pairs, bias, number, factor)
        return window_shares(seqs, scores, self.psam.pairwise_distance, self.compute_dtype or values.dtype)

    def _check_width(self, seqs: torch.Tensor) -> None:
        if seqs.shape[-1] != self.input_shape:
            raise ValueError(f"reads are {seqs.shape[-1]} wide, this layer was made for {self.input_shape}")

    @torch.no_grad()
    def update_input_length(self, left_shift: int = 0, right_shift: int = 0) -> None:
        """Follow reads that have gained (or, negative, lost) bases on the left and on the right."""
        windows = self.out_len(self.input_shape)
        self._replace_bias(resize_bins(self.log_posbias, windows, left_shift, right_shift, self.bias_bin))
        for name in ("input_shape", "min_input_length", "max_input_length"):
            setattr(self, name, getattr(self, name) + left_shift + right_shift)
        self.check_length_consistency()

    @torch.no_grad()
    def update_windows(self, left: int, right: int) -> None:
        """Follow a matrix that has gained `left` and `right` positions: windows go from the ends of the bias."""
        before = self.out_len(self.input_shape) + left + right
        self._replace_bias(resize_bins(self.log_posbias, before, -left, -right, self.bias_bin))
        self.check_length_consistency()

    def _replace_bias(self, values: torch.Tensor) -> None:
        self.log_posbias = nn.Parameter(values, requires_grad=self.log_posbias.requires_grad)
