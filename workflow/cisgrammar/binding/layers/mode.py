"""Binding of one factor: the sum over windows; and binding that does not look at the sequence."""

from __future__ import annotations

from typing import Any, Literal, Self

import torch
import torch.nn.functional as F
from torch import nn

from cisgrammar.binding.kernels.shares import Shares
from cisgrammar.binding.layers.conv1d import Conv1d
from cisgrammar.binding.layers.fit_steps import (
    ACTIVATE,
    EXTEND,
    FIT_ALL,
    FIT_PAIRWISE,
    FIT_POSBIAS,
    FLANK,
    SHIFT,
    START,
    Step,
)
from cisgrammar.binding.layers.logsum import log_sum_exp, scale_scores
from cisgrammar.binding.layers.psam import PSAM
from cisgrammar.binding.layers.window_cache import WindowCache
from cisgrammar.binding.reads.count_table import CountTable


class Mode(nn.Module):
    """A factor that binds anywhere on either strand: log sum over windows of exp(hill * score).

    Parameters
    ----------
    layer
        Scores of the windows.
    train_hill
        Train the logarithm of a Hill exponent, `log_hill`.
    """

    def __init__(self, layer: Conv1d, train_hill: bool = False) -> None:
        super().__init__()
        self.layer = layer
        self.train_hill = train_hill
        self.log_hill = nn.Parameter(torch.zeros(()), requires_grad=train_hill)

    @classmethod
    def from_psam(cls, psam: PSAM, prev: CountTable, train_hill: bool = False, **settings: Any) -> Self:
        """Make the mode of `psam` for a count table; `settings` as for `Conv1d`."""
        return cls(Conv1d.from_psam(psam, prev, **settings), train_hill)

    @property
    def psam(self) -> PSAM:
        """The matrix."""
        return self.layer.psam

    @property
    def out_channels(self) -> int:
        """Strands scored."""
        return self.layer.out_channels

    def key(self) -> tuple[PSAM, ...]:
        """The matrix: modes that share it are fitted together."""
        return (self.psam,)

    def fit_steps(self) -> list[Step]:
        """Steps of a sequential fit of this mode."""
        searches = [ACTIVATE, START, SHIFT, EXTEND, FLANK]
        fits = [FIT_POSBIAS] * self.layer.train_posbias + [FIT_PAIRWISE] * bool(self.psam.pairwise_distance)
        return [*searches, *fits, FIT_ALL]

    def unfreeze(self, parameter: Literal["all", "hill", "posbias", "psam"] = "all") -> None:
        """Turn gradients on for one part, or for all that is trained."""
        if parameter not in ("all", "hill", "posbias", "psam"):
            raise ValueError(f"unfreeze takes all, hill, posbias or psam, got {parameter!r}")
        if parameter in ("all", "hill") and self.train_hill:
            self.log_hill.requires_grad_(True)
        if parameter in ("all", "psam"):
            self.psam.unfreeze("all")
        if parameter in ("all", "posbias"):
            self.layer.unfreeze("posbias")

    def freeze(self) -> None:
        """Turn gradients off for all parameters."""
        self.requires_grad_(False)

    def score_windows(self, seqs: torch.Tensor, cache: WindowCache | None = None) -> torch.Tensor:
        """Log score of each window, `(reads, channels, windows)`, without the Hill exponent."""
        return self.layer(seqs) if cache is None else cache.windows(self.layer, seqs)

    def shares(
        self, seqs: torch.Tensor, factor: torch.Tensor | None = None, cache: WindowCache | None = None
    ) -> Shares | None:
        """Windows as shares of each read's sum of exp(factor * score); None where only `score_windows` serves."""
        return self.layer.shares(seqs, factor) if cache is None else cache.shares(self.layer, seqs, factor)

    def forward(self, seqs: torch.Tensor, cache: WindowCache | None = None) -> torch.Tensor:
        """Log score of each read, `(reads,)`; -inf for a read without a whole window."""
        hill = self.log_hill.exp() if self.log_hill.requires_grad or bool(self.log_hill) else None
        if (found := self.shares(seqs, hill, cache)) is not None:
            return found.log_sums
        windows = self.score_windows(seqs, cache).flatten(1)  # (reads, channels * windows)
        return log_sum_exp(windows if hill is None else scale_scores(windows, hill.to(windows.dtype)))

    def expected_sequence(self) -> torch.Tensor:
        """A read of even letter weights, `(1, letters, length)`."""
        letters = self.psam.alphabet.size
        weights = self.layer.log_posbias.new_full((1, letters, self.layer.input_shape), 1 / letters)
        weights[..., self.layer.max_input_length :] = -torch.inf
        return weights

    @torch.no_grad()
    def expected_log_score(self) -> float:
        """Log score of a read of even letter weights."""
        return float(self(self.expected_sequence()))


class NonSpecific(nn.Module):
    """Binding that depends on the length of a read only: log(length) plus a trained bias.

    Parameters
    ----------
    min_input_length, max_input_length
        Shortest and longest read.
    train_posbias
        Train a bias by length.
    """

    def __init__(
        self,
        min_input_length: int,
        max_input_length: int,
        train_posbias: bool = False,
        pad: int = 4,
    ) -> None:
        super().__init__()
        self.min_input_length = min_input_length
        self.max_input_length = max_input_length
        self.train_posbias = train_posbias
        self.pad = pad
        n_lengths = max_input_length - min_input_length + 1
        self.log_posbias = nn.Parameter(torch.zeros(n_lengths, 1, 1), requires_grad=train_posbias)

    @classmethod
    def from_table(cls, table: CountTable, **settings: Any) -> Self:
        """Make the layer for a count table."""
        return cls(table.min_read_length, table.max_read_length, pad=table.alphabet.pad, **settings)

    def key(self) -> tuple[NonSpecific, ...]:
        """Itself: it is shared with nothing."""
        return (self,)

    def fit_steps(self) -> list[Step]:
        """Steps of a sequential fit: it has an activity only."""
        return [ACTIVATE]

    def unfreeze(self, parameter: Literal["all", "posbias"] = "all") -> None:
        """Turn gradients on for the bias, if it is trained."""
        if parameter not in ("all", "posbias"):
            raise ValueError(f"unfreeze takes all or posbias, got {parameter!r}")
        if self.train_posbias:
            self.log_posbias.requires_grad_(True)

    def freeze(self) -> None:
        """Turn gradients off."""
        self.requires_grad_(False)

    @torch.no_grad()
    def update_input_length(self, left_shift: int = 0, right_shift: int = 0) -> None:
        """Follow reads that have gained bases on both sides."""
        self.min_input_length += left_shift + right_shift
        self.max_input_length += left_shift + right_shift

    def get_extra_state(self) -> dict[str, int]:
        """Lengths that the shape of the bias follows."""
        return {"min_input_length": self.min_input_length, "max_input_length": self.max_input_length}

    def set_extra_state(self, state: dict[str, int]) -> None:
        """Take lengths over from a file."""
        self.min_input_length, self.max_input_length = state["min_input_length"], state["max_input_length"]

    def forward(self, seqs: torch.Tensor, cache: WindowCache | None = None) -> torch.Tensor:
        """Log score of each read, `(reads,)`."""
        if self.min_input_length == self.max_input_length:
            length = seqs.new_full((len(seqs),), self.min_input_length, dtype=torch.int64)
        elif seqs.is_floating_point():
            length = torch.isfinite(seqs).all(1).sum(1)
        else:
            length = (seqs != self.pad).sum(1)
        return F.embedding(length - self.min_input_length, self._log_scores()[:, None])[:, 0]

    def _log_scores(self) -> torch.Tensor:
        """Log score of each length from the shortest on, `(lengths,)`."""
        every = torch.arange(self.min_input_length, self.max_input_length + 1, device=self.log_posbias.device)
        return self.log_posbias.flatten() + every.to(self.log_posbias.dtype).clamp(min=1e-30).log()

    def expected_sequence(self) -> torch.Tensor:
        """A read of even letter weights of the greatest length, `(1, letters, length)`."""
        return self.log_posbias.new_full((1, self.pad, self.max_input_length), 1 / self.pad)

    @torch.no_grad()
    def expected_log_score(self) -> float:
        """Log score of a read of the greatest length."""
        return float(self(self.expected_sequence()))
