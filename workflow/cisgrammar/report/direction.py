"""On which side of its bar a gate's value must lie, in words for a reader."""

from __future__ import annotations

from fnmatch import fnmatchcase

_LOWER = (
    *("*.median_jsd*", "*.nll_per_cut*", "*.log_counts_mse*", "*.nll_after_scaling", "*.ece_candidates_after_scaling"),
    *("bias.summit_gain", "residual.footprint_max*", "binding.calibration*", "binding.truth.betas.outside"),
    *("splice.oracles", "splice.oracle.open_frames*", "ablation.decoys*", "ablation.bias.sites*"),
    *("combined.truth.*.footprint", "residual.truth.*.footprint", "ablation.truth.false_calls"),
    *("discover.patterns_in_shuffled", "discover.truth.not_planted", "discover.truth.false_hits"),
    *("truth.spacing.unplanted", "truth.pairs.far"),
)
_NEITHER = ("bias.threshold", "variants.truth.null")
"""A choice, and a rate that may be too low as well."""


def lower_is_better(name: str) -> bool:
    """Whether a gate passes below its bar."""
    return any(fnmatchcase(name, pattern) for pattern in _LOWER)


def direction(name: str) -> str:
    """The direction of a gate as a sentence; empty where neither side is better."""
    if name in _NEITHER:
        return ""
    return "Lower is better." if lower_is_better(name) else "Higher is better."
