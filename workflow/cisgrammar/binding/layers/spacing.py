"""Preference of two factors for their relative offset and strands, whatever the experiment."""

from __future__ import annotations

import functools
from typing import Literal, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import nn

from cisgrammar.binding.layers.logsum import scale_scores
from cisgrammar.binding.layers.psam import PSAM

ScoreMode = Literal["both", "positive", "negative"]


class Spacing(nn.Module):
    """Log cooperativity by offset and strands, reverse-complement symmetric by construction.

    Parameters
    ----------
    psam_a, psam_b
        The matrices of the two factors.
    n_windows
        Most windows of either factor in any table; `grow` raises it.
    score_same, score_reverse
        Let the factors bind on the same strand, on opposite strands.
    score_mode
        Let b lie on both sides of a, or only downstream (`positive`: offset > 0) or upstream (`negative`) of it, in
        the direction of the strand on which a is.
    max_overlap
        Most bases that the two may share; None for no limit.
    max_spacing
        Most bases between the two; None for no limit.

    Attributes
    ----------
    log_spacing
        `(strands, 2 * n_windows - 1)`: offset `index - (n_windows - 1)`; row 0 for the same strand, row 1 for a on
        the reverse and b on the forward strand.
    """

    def __init__(
        self,
        psam_a: PSAM,
        psam_b: PSAM,
        n_windows: int,
        score_same: bool = True,
        score_reverse: bool = True,
        score_mode: ScoreMode = "both",
        max_overlap: int | None = None,
        max_spacing: int | None = None,
    ) -> None:
        super().__init__()
        if psam_a.out_channels != psam_b.out_channels:
            raise ValueError("the two matrices score different numbers of strands; set score_reverse alike in both")
        if score_mode not in ("both", "positive", "negative"):
            raise ValueError(f"score_mode must be both, positive or negative, got {score_mode!r}")
        for name, value in (("max_overlap", max_overlap), ("max_spacing", max_spacing)):
            if value is not None and value < 0:
                raise ValueError(f"{name} must be >= 0 or None, got {value}")
        opposite = score_reverse and psam_a.out_channels == 2
        if not score_same and not opposite:
            raise ValueError("nothing is left to score: allow the same strand, or both strands and the opposite one")
        # A tuple, so that the matrices are not parameters of the spacing a second time.
        self._psams = (psam_a, psam_b)
        self.n_windows = n_windows
        self.score_same = score_same
        self.score_reverse = score_reverse
        self.score_mode: ScoreMode = score_mode
        self.max_overlap = max_overlap
        self.max_spacing = max_spacing
        self.log_spacing = nn.Parameter(torch.zeros(psam_a.out_channels, 2 * n_windows - 1))

    @property
    def psams(self) -> tuple[PSAM, PSAM]:
        """The matrices of the two factors."""
        return self._psams

    @property
    def n_strands(self) -> Literal[1, 2]:
        """Strands of each factor."""
        return self._psams[0].out_channels

    def key(self) -> tuple[PSAM, PSAM]:
        """The two matrices."""
        return self._psams

    def get_extra_state(self) -> int:
        """Windows, which the shape of the parameter follows."""
        return self.n_windows

    def set_extra_state(self, state: int) -> None:
        """Take the number of windows over from a file."""
        self.n_windows = int(state)

    @torch.no_grad()
    def grow(self, n_windows: int) -> None:
        """Make room for tables with more windows; new offsets are zero."""
        more = n_windows - self.n_windows
        if more > 0:
            values = F.pad(self.log_spacing, (more, more))
            self.log_spacing = nn.Parameter(values, requires_grad=self.log_spacing.requires_grad)
            self.n_windows = n_windows

    @torch.no_grad()
    def roll(self, row: int, by: int) -> None:
        """Move a row of `log_spacing` to offsets greater by `by`; what comes in takes the row's least value."""
        if by:
            values = self.log_spacing[row].roll(by)
            values[slice(None, by) if by > 0 else slice(by, None)] = values.min()
            self.log_spacing[row] = values

    def unfreeze(self, parameter: Literal["all", "spacing"] = "all") -> None:
        """Turn gradients on."""
        if parameter not in ("all", "spacing"):
            raise ValueError(f"unfreeze takes all or spacing, got {parameter!r}")
        self.log_spacing.requires_grad_(True)

    def freeze(self) -> None:
        """Turn gradients off."""
        self.requires_grad_(False)

    def offsets(self, windows_a: int, windows_b: int) -> torch.Tensor:
        """Start of b minus start of a, in bases, for each entry of `get_log_spacing`."""
        return torch.arange(windows_a + windows_b - 1, device=self.log_spacing.device) - (windows_a - 1)

    def banned(self, windows_a: int, windows_b: int) -> torch.Tensor:
        """Mark what is not allowed, `(strands a, strands b, offsets)` bool.

        Shared by all who ask: not to be written to.
        """
        sizes = self._psams[0].size, self._psams[1].size
        kept = self.max_overlap, self.max_spacing, self.n_strands, self.score_same, self.score_reverse, self.score_mode
        return _banned((windows_a, windows_b), sizes, _Allowed(*kept, self._turns()), self.log_spacing.device)

    def _turns(self) -> bool:
        """Whether sides of a are those of its own direction on the reverse strand, too."""
        return True

    def get_log_spacing(self, windows_a: int, windows_b: int) -> torch.Tensor:
        """Log cooperativity by strands and offset.

        Parameters
        ----------
        windows_a, windows_b
            Windows of each factor in a read.

        Returns
        -------
        torch.Tensor
            `(strands a, strands b, windows_a + windows_b - 1)`; entry i is offset i - (windows_a - 1) between window
            starts, -inf where not allowed.
        """
        self._check_room(windows_a, windows_b)
        full = _by_strands(self.log_spacing, windows_a, windows_b)
        return full.masked_fill(self.banned(windows_a, windows_b), -torch.inf)

    def _check_room(self, windows_a: int, windows_b: int) -> None:
        if max(windows_a, windows_b) > self.n_windows:
            raise ValueError(f"spacing holds {self.n_windows} windows, got {windows_a} and {windows_b}; call grow")

    @property
    def by_pairs(self) -> bool:
        """Whether `matrix` and `sources` serve: an entry of `get_log_spacing` is one of `log_spacing`."""
        return True

    def sources(self, windows_a: int, windows_b: int) -> NDArray[np.int64]:
        """Which of `log_spacing` each entry of `get_log_spacing` is, counted row by row; -1 where not allowed.

        Shared by all who ask: not to be written to.
        """
        self._check_room(windows_a, windows_b)
        return _sources(self.banned(windows_a, windows_b), windows_a, self.log_spacing.shape[1])

    def matrix(self, windows_a: int, windows_b: int, factor: torch.Tensor | None = None) -> torch.Tensor:
        """As `get_log_spacing`, for each pair of windows, in fewer steps.

        Parameters
        ----------
        windows_a, windows_b
            Windows of each factor in a read.
        factor
            What the values are multiplied by, a scalar; None for nothing.

        Returns
        -------
        torch.Tensor
            `(strands * windows_a, strands * windows_b)`, -inf where not allowed.
        """
        self._check_room(windows_a, windows_b)
        ban = self.banned(windows_a, windows_b)
        source, target = _allowed_pairs(ban, windows_a, self.log_spacing.shape[1])
        values = self.log_spacing.flatten().index_select(0, source)  # (allowed pairs,)
        if factor is not None:
            values = scale_scores(values, factor)
        size = self.n_strands * windows_a, self.n_strands * windows_b
        return values.new_full((size[0] * size[1],), -torch.inf).index_copy(0, target, values).view(size)


class _Allowed(NamedTuple):
    """The settings of a spacing that say which offsets and strands it has."""

    max_overlap: int | None
    max_spacing: int | None
    n_strands: int
    score_same: bool
    score_reverse: bool
    score_mode: str
    turns: bool


@functools.lru_cache(maxsize=64)
def _banned(windows: tuple[int, int], sizes: tuple[int, int], allowed: _Allowed, device: torch.device) -> torch.Tensor:
    """See `Spacing.banned`: it changes only with the matrices' sizes, and a fit asks for it thousands of times."""
    size_a, size_b = sizes
    # A mask that was made while gradients are off for good would be of no use to a fit.
    with torch.inference_mode(False):
        offset = torch.arange(sum(windows) - 1, device=device) - (windows[0] - 1)
        ban = torch.zeros_like(offset, dtype=torch.bool)
        if allowed.max_spacing is not None:
            gap = torch.where(offset > 0, offset - size_a, -offset - size_b)
            ban |= gap > allowed.max_spacing
        if allowed.max_overlap is not None and allowed.max_overlap < min(size_a, size_b):
            ban |= (offset > allowed.max_overlap - size_b) & (offset < size_a - allowed.max_overlap)
        n = allowed.n_strands
        out = ban.expand(n, n, -1).clone()  # (strands a, strands b, offsets)
        if allowed.score_mode != "both":
            turned = size_a - size_b - offset if allowed.turns else offset
            seen = torch.stack([offset, turned])[:n, None]  # (strands a, 1, offsets)
            # Where b is on the side of a that is not scored.
            out |= seen <= 0 if allowed.score_mode == "positive" else seen > 0
        same = torch.eye(n, dtype=torch.bool, device=device)[..., None]  # (strands a, strands b, 1)
        return out | (same & (not allowed.score_same)) | (~same & (not allowed.score_reverse))


def _by_strands(values: torch.Tensor, windows_a: int, windows_b: int) -> torch.Tensor:
    """Values `(strands, offsets)` for all four of strands, `(strands a, strands b, windows_a + windows_b - 1)`."""
    first = (values.shape[1] + 1) // 2 - windows_a
    cut = values[:, first : first + windows_a + windows_b - 1]
    if len(values) == 1:
        return cut[None]  # (1, 1, offsets)
    same, opposite = cut
    return torch.stack([torch.stack([same, opposite.flip(0)]), torch.stack([opposite, same.flip(0)])])


@functools.lru_cache(maxsize=64)
def _allowed_pairs(ban: torch.Tensor, windows_a: int, offsets: int) -> tuple[torch.Tensor, torch.Tensor]:
    """For `Spacing.matrix`: which of `log_spacing` `(strands, offsets)` allowed pairs of windows take, and the pairs.

    The mask is one that `_banned` keeps: its identity is the key. Shared by all who ask: not to be written to.
    """
    strands, windows_b = len(ban), ban.shape[-1] + 1 - windows_a
    with torch.inference_mode(False):
        number = torch.arange(strands * offsets, device=ban.device).view(strands, offsets)
        shift = torch.arange(windows_b, device=ban.device) - torch.arange(windows_a, device=ban.device)[:, None]
        diagonal = shift + windows_a - 1  # (windows a, windows b)
        full, banned = (
            x[..., diagonal].transpose(1, 2).flatten()  # (strands a * windows a * strands b * windows b,)
            for x in (_by_strands(number, windows_a, windows_b), ban)
        )
        allowed = torch.nonzero(~banned)[:, 0]
        return full[allowed], allowed


@functools.lru_cache(maxsize=64)
def _sources(ban: torch.Tensor, windows_a: int, offsets: int) -> NDArray[np.int64]:
    """See `Spacing.sources`; the mask is the key, as for `_allowed_pairs`."""
    strands, windows_b = len(ban), ban.shape[-1] + 1 - windows_a
    number = torch.arange(strands * offsets).view(strands, offsets)
    return _by_strands(number, windows_a, windows_b).masked_fill(ban, -1).numpy()
