"""The bar of every gate and where it comes from: simulation, literature, judgement, or the same run."""

from __future__ import annotations

from typing import Literal, NamedTuple


class GateBar(NamedTuple):
    """A gate of a run.

    Attributes
    ----------
    name
        Of the gate; `*` stands for a library, a motif, a head, a kind of site, a check.
    bar
        What its number must be better than.
    origin
        Where the bar comes from.
    fails
        What deserves a failure, and gets it in `tests/calibration/test_bars.py`.
    worst
        The gravest verdict: a warning where the number is no fault of a model.
    """

    name: str
    bar: str
    origin: str
    fails: str
    worst: Literal["fail", "warn"] = "fail"


_BEST = "the same run: the best of what is simpler, on the same windows"
_WEIGHTS = "the same run: position weights, fitted to training background"
BARS: tuple[GateBar, ...] = (
    GateBar(
        "bias.background.median_jsd",
        "position weights, uniform",
        f"{_WEIGHTS}; no number of another run, since the distance falls with depth",
        "a model further from background than position weights",
    ),
    GateBar("bias.background.nll_per_cut", "position weights, uniform", _WEIGHTS, "the same"),
    GateBar(
        "bias.summit_gain",
        "0.1",
        "simulation: below, peak-free preferences of neighbouring bases exceed it in at most 5 % of draws",
        "a model that holds 1.5 times the rate within 100 bp of the summits",
    ),
    GateBar(
        "bias.threshold",
        "within the sweep",
        "judgement: a best threshold at an edge may have a better one beyond it",
        "the best threshold at an edge: a warning",
        "warn",
    ),
    GateBar("combined.peaks.median_jsd*", "best of bias, weights, mean profile", _BEST, "a worse profile"),
    GateBar("combined.peaks.profile_pearson*", "the same", _BEST, "the same"),
    GateBar("combined.peaks.nll_per_cut*", "the same", _BEST, "the same"),
    GateBar("combined.peaks.log_counts_pearson*", "best of 6-mers, GC, bias", _BEST, "a worse order of peaks"),
    GateBar(
        "combined.peaks.log_counts_mse*",
        "the same, and the mean of training peaks",
        _BEST,
        "the right order on a wrong scale",
    ),
    GateBar(
        "residual.footprint_max",
        "0.003",
        "literature: ChromBPNet's rule for windows of 1 kb",
        "an enzyme motif with a footprint of 0.02; a residual that adds nothing",
    ),
    GateBar("residual.peaks.nll_gain", "0", "judgement: a gain, at the lower end of its 95 % interval", "no gain"),
    GateBar(
        "ablation.decoys",
        "0.05",
        "the level of the test; above it by a standard error warns; fails at the lower end of the 95 % interval, in "
        "simulation in at most 5 % of runs",
        "40 % of decoys with an effect of 3 control standard deviations",
    ),
    GateBar("ablation.bias.sites", "0.05", "the same", "60 % of sites with an effect in the bias model"),
    GateBar(
        "ablation.*.necessary",
        "0.05, or the share of decoys",
        "judgement, the level of q; the mean over sites (p < 0.05) makes it a warning",
        "a motif without effect",
    ),
    GateBar(
        "binding.heldout_gain.*",
        "2 standard errors",
        "judgement: 5 % of a normal law",
        "a gain within its error",
    ),
    GateBar("binding.cooperativity_gain.*", "2 standard errors", "the same", "a pair that predicts worse"),
    GateBar("binding.enrichment_r2.*", "0.8; fails below 0.5", "judgement", "less than half explained"),
    GateBar(
        "binding.calibration.*",
        "0.2; fails above 0.5",
        "judgement: affinities wrong by a power of 1.5",
        "a slope of 0.2",
    ),
    GateBar("binding.agreement", "1; fails at 0.5", "judgement: a majority", "no two seeds that agree"),
    GateBar("splice.*.top_k_1", "position weights", "the same run", "fewer sites than position weights find"),
    GateBar("splice.*.pr_auc", "position weights", "the same run", "the same"),
    GateBar("splice.*.nll_after_scaling", "before scaling", "literature: Guo et al. 2017", "a loss that rises"),
    GateBar(
        "splice.*.ece_candidates_after_scaling",
        "before scaling",
        "judgement: no harm; the squared error grows by more than 1.96 standard errors of the paired difference",
        "probabilities made too sure",
    ),
    GateBar("splice.oracles", "0", "arithmetic: edits do not reach what the oracle sees", "an oracle with an effect"),
    GateBar(
        "splice.oracle.open_frames.*",
        "0",
        "judgement: below 0 with p < 0.05; 0 or above fails",
        "a check that does not see frames",
    ),
    GateBar(
        "ablation.truth.*.planted",
        "0.75; fails at the upper end of the 95 % interval",
        "simulation: the power that the stage is held to",
        "a factor of which 40 % of the sites are called",
    ),
    GateBar(
        "ablation.truth.false_calls",
        "0.05",
        "the level of q; fails at the lower end of the 95 % interval",
        "30 of 205 calls where nothing was planted",
    ),
    GateBar(
        "discover.patterns_in_shuffled",
        "0",
        "arithmetic: shuffled windows hold no pattern",
        "a finder that gives a pattern in them",
    ),
    GateBar(
        "discover.alike_in_halves",
        "0.95",
        "judgement: halves of the demo agree to 0.999; two factors of one family to 0.6 or more",
        "a motif of many seqlets that half of the windows do not give",
    ),
    GateBar(
        "discover.alike_in_folds",
        "0.9",
        "judgement: folds differ by their models too",
        "a motif of one fold's model alone",
    ),
    GateBar("discover.truth.*.r", "0.99", "judgement: all but the planted matrix", "a factor that was not found"),
    GateBar(
        "discover.truth.*.recall",
        "0.95",
        "judgement; fails at the upper end of the 95 % interval",
        "half of the intact sites without a hit",
    ),
    GateBar("discover.truth.*.sign", "1", "the same run's truth", "an activator with negative contributions"),
    GateBar(
        "discover.truth.precision_above_scan",
        "0",
        "the same windows, scanned with the planted matrices; below by chance (95 %) is a warning",
        "900 of 1,000 hits without a site where the scan has 400",
    ),
    GateBar(
        "discover.truth.not_planted", "0", "the same run's truth", "a motif like no factor, or of one without an effect"
    ),
    GateBar(
        "discover.truth.false_hits",
        "0.08",
        "the level of q and 0.03 for chance matches (judgement); fails at the lower end of the 95 % interval",
        "40 of 41 hits without a planted site",
    ),
    GateBar(
        "variants.truth.sign",
        "0.95",
        "judgement; fails at the upper end of the 95 % interval",
        "scores with the sign of the opposite change",
    ),
    GateBar("variants.truth.r", "0.8", "judgement: most of the variation", "the same"),
    GateBar(
        "variants.truth.null",
        "0.05",
        "the level of the test; one of six right runs warns; fails where the 95 % interval is outside of 0.04 to 0.06",
        "a fifth of the changes without an effect with p of 0.05",
    ),
    GateBar(
        "variants.truth.lost",
        "0.95",
        "judgement; fails at the upper end of the 95 % interval",
        "half of the broken GT and AG called lost",
    ),
    GateBar("*.truth.*.footprint", "0.25", "judgement: a quarter of the true depth", "a flat profile"),
    GateBar(
        "binding.truth.betas.outside",
        "0.05",
        "the level of two standard errors; fails at the lower end of the 95 % interval",
        "standard errors that are three times too small",
    ),
    GateBar("binding.truth.betas.r2", "0.9", "judgement: most of the variation", "errors as large as the betas"),
    GateBar("truth.spacing.best", "1", "the same run's truth", "a maximum where nothing was planted"),
    GateBar(
        "truth.spacing.called", "1", "the same run's truth, at the level of q", "planted distances without p < 0.05"
    ),
    GateBar("truth.spacing.unplanted", "0.05", "the level of the test", "a fifth of the other distances called"),
    GateBar("truth.pairs.far", "0.05", "the level of the test", "a fifth of the pairs beyond 100 bp called"),
)
