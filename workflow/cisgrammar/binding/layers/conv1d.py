"""Scores of all windows of a read with a PSAM, plus an experiment's position bias."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, Self

import torch
import torch.nn.functional as F
from torch import nn

from cisgrammar.binding.layers import embedding, state
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
        Train a bias omega by window position.
    bias_mode
        One bias a channel, the `same` for all, or the reverse strand's is the forward's turned round (`reverse`:
        the score of a read is then that of its reverse complement).
    bias_bin
        Neighbouring windows that share a value.
    length_specific_bias
        A bias of its own for each read length.
    out_channel_indexing
        Channels to score, all by default.
    one_hot, unfold
        Score by a convolution over one-hot rows, or by unfolding them, instead of by a banded product.
    normalize
        Take the mean over bins off the bias.
    reverse_about
        With `reverse`, turn round about each `read`'s own end, or about the end of the `table`, as the reference
        (PyProBound) does, which for reads shorter than the table is not their own 3' end.

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
        length_specific_bias: bool = True,
        out_channel_indexing: Sequence[int] | None = None,
        one_hot: bool = False,
        unfold: bool = False,
        normalize: bool = False,
        reverse_about: Literal["read", "table"] = "read",
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
        self._bias_mode: BiasMode = bias_mode
        self._bias_bin = bias_bin
        self._length_specific_bias = length_specific_bias
        self._channels = None if out_channel_indexing is None else list(out_channel_indexing)
        self.one_hot = one_hot
        self.unfold = unfold
        self.normalize = normalize
        self.reverse_about = reverse_about
        self.compute_dtype: torch.dtype | None = None
        self.check_length_consistency()
        n_lengths = max_input_length - min_input_length + 1 if length_specific_bias else 1
        channels = {"channel": psam.out_channels, "same": 1, "reverse": psam.out_channels // 2}[bias_mode]
        bins = bin_count(psam.out_len(input_shape), bias_bin)
        self.log_posbias = nn.Parameter(torch.zeros(n_lengths, channels, bins), requires_grad=train_posbias)

    @classmethod
    def from_psam(cls, psam: PSAM, prev: CountTable, **settings: Any) -> Self:
        """Make the layer that scores `prev`, a count table; `settings` as for the class."""
        return cls(psam, prev.input_shape, prev.min_read_length, prev.max_read_length, **settings)

    @property
    def bias_mode(self) -> BiasMode:
        """How channels share the bias."""
        return self._bias_mode

    @property
    def bias_bin(self) -> int:
        """Neighbouring windows that share a value."""
        return self._bias_bin

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
        """Letters of the alphabet."""
        return self.psam.alphabet.size

    @property
    def out_channels(self) -> int:
        """Channels of the output."""
        return self.psam.out_channels if self._channels is None else len(self._channels)

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

    def max_embedding_size(self) -> int:
        """Most bytes that one encoded read takes when it is scored."""
        letters, width = self.psam.alphabet.size, self.input_shape
        element = (self.compute_dtype or self.log_posbias.dtype).itemsize
        pairs = sum(letters**2 * (width - d) for d in range(1, self.psam.pairwise_distance + 1))
        return element * (letters * width + pairs)

    def save(self, checkpoint: str | Path, flank_lengths: Sequence[tuple[int, int]] = ()) -> None:
        """Write state and metadata (time is left out, so that equal models are equal files)."""
        state.save(self, checkpoint, flank_lengths)

    def reload(self, checkpoint: str | Path) -> dict[str, Any]:
        """Load a file that `save` wrote and return its metadata; shapes follow the file."""
        return state.reload(self, checkpoint)

    def reload_from_state_dict(self, state_dict: dict[str, torch.Tensor]) -> None:
        """Load parameters; their shapes, the matrix's symmetry and the lengths follow `state_dict`."""
        state.load(self, state_dict)

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
            `(max_input_length + 1, channels, windows)` where the row is the read's length (rows below the
            shortest are zero), or `(1, channels, windows)` if one row serves all lengths.
        """
        bias = self._bias_rows()
        if bias.shape[0] > 1 or self.length_specific_bias:
            bias = F.pad(bias, (0, 0, 0, 0, self.min_input_length, 0))  # (max length + 1, channels, windows)
        return bias

    def _bias_rows(self) -> torch.Tensor:
        windows = self.out_len(self.input_shape)
        bias = self.log_posbias
        if self.normalize:
            bias = bias - bias.mean(-1, keepdim=True)
        if self.bias_bin > 1:
            bias = bias.repeat_interleave(self.bias_bin, dim=-1)[..., :windows]  # (lengths, channels, windows)
        if self.bias_mode == "reverse":
            turned = self._turned(bias)
            bias = torch.cat([bias.expand_as(turned), turned], dim=1)  # (lengths, 2, windows)
        elif self.bias_mode == "same":
            bias = bias.expand(-1, self.psam.out_channels, -1)
        return bias if self._channels is None else bias[:, self._channels]

    def _turned(self, bias: torch.Tensor) -> torch.Tensor:
        if self.reverse_about == "table" or self.min_input_length == self.max_input_length == self.input_shape:
            return bias.flip(-1)
        index = reversed_windows(self.min_input_length, self.max_input_length, self.psam.size, bias.shape[-1])
        index = index.to(bias.device)[:, None]  # (lengths, 1, windows)
        return bias.expand(len(index), -1, -1).gather(-1, index)

    def score_filters(self) -> tuple[torch.Tensor, list[torch.Tensor]]:
        """Scores of single positions and of pairs by distance, of the channels scored; as `PSAM.get_filter`."""
        filters = [self.psam.get_filter(d) for d in range(self.psam.pairwise_distance + 1)]
        if self._channels is not None:
            filters = [f[self._channels] for f in filters]
        return filters[0], filters[1:]

    def _finish(self, scores: torch.Tensor, seqs: torch.Tensor, bias_done: bool = False) -> torch.Tensor:
        """Add the biases and set windows that touch a pad to -inf; `scores` is (reads, channels, windows)."""
        if not bias_done:
            scores = self._add_bias(scores, seqs)
        touched = embedding.windows_with_pad(seqs, self.psam)
        return scores if touched is None else scores.masked_fill(touched[:, None], -torch.inf)

    def _add_bias(self, scores: torch.Tensor, seqs: torch.Tensor) -> torch.Tensor:
        if self.psam.bias.requires_grad or bool(self.psam.bias):
            scores = scores + self.psam.bias.to(scores.dtype)
        if self.has_posbias:
            rows = self._bias_rows().to(scores.dtype)
            if rows.shape[0] > 1:
                length = self.lengths(seqs)
                embedding.check_lengths(length, self.min_input_length, self.max_input_length)
                rows = rows[length - self.min_input_length]  # (reads, channels, windows)
            scores = scores + rows
        return scores

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
        windows, step = self.out_len(seqs.shape[1]), self.psam.dilation
        codes = seqs.long()
        table = torch.einsum("cbk,sb->kcs", monomers, rows)  # (positions, channels, codes)
        scores = sum(table[i][:, codes[:, i * step : i * step + windows]] for i in range(self.psam.kernel_size))
        for distance, values in enumerate(pairs, start=1):
            table = torch.einsum("cabk,sa,tb->kcst", values, rows, rows)  # (pairs, channels, codes, codes)
            for i in range(values.shape[-1]):
                first, second = codes[:, i : i + windows], codes[:, i + distance : i + distance + windows]
                scores = scores + table[i][:, first, second]
        return self._finish(scores.transpose(0, 1), seqs)  # (reads, channels, windows)

    def score_onehot(self, seqs: torch.Tensor) -> torch.Tensor:
        """Log score of each window by convolution (or, with `unfold`, by unfolding) of one-hot rows.

        Parameters
        ----------
        seqs
            Codes `(reads, length)`, or letter weights `(reads, letters, length)` where -inf is a pad.

        Returns
        -------
        torch.Tensor
            `(reads, channels, windows)`.
        """
        monomers, pairs = self.score_filters()
        x = embedding.letter_rows(seqs, self.psam.alphabet, monomers.dtype)  # (reads, length, letters)
        scores = embedding.slide(x, monomers, self.psam.dilation, self.unfold)
        for distance, values in enumerate(pairs, start=1):
            both = embedding.pair_rows(x, distance)  # (reads, length - distance, letters**2)
            scores = scores + embedding.slide(both, values.flatten(1, 2), 1, self.unfold)
        return self._finish(scores, seqs)

    def score_banded(self, seqs: torch.Tensor) -> torch.Tensor:
        """Log score of each window by one product of one-hot rows with a banded matrix; the fastest way.

        Parameters and result are as for `score_onehot`.
        """
        monomers, pairs = self.score_filters()
        dtype = self.compute_dtype or monomers.dtype
        x = embedding.letter_rows(seqs, self.psam.alphabet, dtype)  # (reads, length, letters)
        length, windows = x.shape[1], self.out_len(x.shape[1])
        band = embedding.banded(monomers.to(dtype), length, self.psam.dilation)
        shared = self.log_posbias.shape[0] == 1 and len(self._lengths_with_bias()) == 1
        offset = None
        if shared and self.has_posbias:
            offset = (self._bias_rows().to(dtype) + self.psam.bias.to(dtype)).flatten()  # (channels * windows,)
        scores = embedding.Product.apply(x.flatten(1), band, offset)  # (reads, channels * windows)
        for distance, values in enumerate(pairs, start=1):
            band = embedding.banded(values.flatten(1, 2).to(dtype), length - distance, 1)
            scores = scores + embedding.Product.apply(embedding.pair_rows(x, distance).flatten(1), band, None)
        scores = scores.view(len(x), -1, windows)  # (reads, channels, windows)
        return self._finish(scores, seqs, bias_done=shared and self.has_posbias)

    def _lengths_with_bias(self) -> range:
        several = self.bias_mode == "reverse" and self.reverse_about == "read"
        return range(self.min_input_length, self.max_input_length + 1) if several else range(1)

    def forward(self, seqs: torch.Tensor) -> torch.Tensor:
        """Log score of each window.

        Parameters
        ----------
        seqs
            Codes `(reads, length)`, or letter weights `(reads, letters, length)`.

        Returns
        -------
        torch.Tensor
            `(reads, channels, windows)`; -inf where a window touches a pad.
        """
        if seqs.shape[-1] != self.input_shape:
            raise ValueError(f"reads are {seqs.shape[-1]} wide, this layer was made for {self.input_shape}")
        return self.score_onehot(seqs) if self.one_hot or self.unfold else self.score_banded(seqs)

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
        """Change the input's width, or follow a change of the matrix.

        Parameters
        ----------
        left_shift, right_shift
            Bases added on each side of every read (negative: removed).
        min_len_shift, max_len_shift
            Further changes of the shortest and of the longest length.
        new_min_len, new_max_len
            The shortest and the longest length, instead of their changes.

        Notes
        -----
        After a change of the matrix, call `update_windows`.
        """
        moved = left_shift + right_shift
        low = self.min_input_length + moved + min_len_shift if new_min_len is None else new_min_len
        high = self.max_input_length + moved + max_len_shift if new_max_len is None else new_max_len
        if self.length_specific_bias:
            front, back = self.min_input_length + moved - low, high - self.max_input_length - moved
            self._replace_bias(F.pad(self.log_posbias, (0, 0, 0, 0, front, back)))
        windows = self.out_len(self.input_shape)
        self._replace_bias(resize_bins(self.log_posbias, windows, left_shift, right_shift, self.bias_bin))
        self.input_shape += left_shift + right_shift
        self.min_input_length, self.max_input_length = low, high
        self.check_length_consistency()

    @torch.no_grad()
    def update_windows(self, left: int, right: int) -> None:
        """Follow a matrix that has gained `left` and `right` positions: windows go from the ends of the bias."""
        step = self.psam.dilation
        before = self.out_len(self.input_shape) + step * (left + right)
        self._replace_bias(resize_bins(self.log_posbias, before, -step * left, -step * right, self.bias_bin))
        self.check_length_consistency()

    def _replace_bias(self, values: torch.Tensor) -> None:
        self.log_posbias = nn.Parameter(values, requires_grad=self.log_posbias.requires_grad)
