"""The reference's spacing: of two modes' specifications, with room for tables as they come."""

from __future__ import annotations

from typing import Literal

import torch

from cisgrammar.binding.compat.component import Spec
from cisgrammar.binding.layers import spacing
from cisgrammar.binding.layers.psam import PSAM
from cisgrammar.binding.layers.spacing import ScoreMode


class Spacing(spacing.Spacing):
    """A `layers.spacing.Spacing` with the reference's arguments and other options.

    Parameters
    ----------
    mode_key_a, mode_key_b
        Specifications of the two modes, as their `key()` returns; or the matrix itself.
    score_same, score_reverse, score_mode, max_overlap, max_spacing
        As there.
    normalize
        Take the mean over what is allowed off.
    signs
        Whose direction `score_mode` means: of the `read` whatever the strands, as the reference has it, which is not
        reverse-complement symmetric; or that of the strand on which a is (`motif`).
    """

    def __init__(
        self,
        mode_key_a: PSAM | tuple[Spec, ...],
        mode_key_b: PSAM | tuple[Spec, ...],
        score_same: bool = True,
        score_reverse: bool = True,
        score_mode: ScoreMode = "both",
        max_overlap: int | None = None,
        max_spacing: int | None = None,
        normalize: bool = False,
        signs: Literal["motif", "read"] = "read",
    ) -> None:
        self.normalize = normalize
        self.signs = signs
        matrices = _matrix(mode_key_a), _matrix(mode_key_b)
        super().__init__(*matrices, 1, score_same, score_reverse, score_mode, max_overlap, max_spacing)

    def _turns(self) -> bool:
        return self.signs != "read"

    @property
    def by_pairs(self) -> bool:
        """Not where a mean is taken off."""
        return not self.normalize

    def get_log_spacing(self, windows_a: int, windows_b: int) -> torch.Tensor:
        """Log cooperativity by strands and offset, as there."""
        full = super().get_log_spacing(windows_a, windows_b)
        if not self.normalize:
            return full
        ban = self.banned(windows_a, windows_b)
        return full - full.masked_fill(ban, 0.0).sum() / (~ban).sum().clamp(min=1)


def _matrix(key: PSAM | tuple[Spec, ...]) -> PSAM:
    """The matrix that scores the windows of a mode: that of its last layer."""
    last = key[-1] if isinstance(key, tuple) else key
    if not isinstance(last, PSAM):
        raise ValueError(f"a spacing is of two modes; wanted the key() of a Mode, got a {type(last).__name__}")
    return last
