"""Tables of the profile chain: windows, histories of training, the bias sweep, and how good the models are."""

from cisgrammar.tables.contract import Column, Table, flag, integer, number, text

_CHROM = text("chrom", "chromosome")
_START = integer("start", "first base of the window, bp")
_END = integer("end", "end of the window, bp")
_NAME = text("name", "name of the peak; chrom:start-end where it has none")
_KIND = text("kind", "peak or background")
_HEAD = text("head", "head of the model: a name in the sample sheet")
_MODEL = text("model", "combined, transformation, residual, bias, a baseline or a reference (docs/stages/evaluate.md)")
_FOLD = Column("fold", "text", "fold whose test windows these are; where folds are pooled", optional=True)


def _later(name: str, meaning: str) -> Column:
    """A number that tables of older runs do not have."""
    return Column(name, "number", meaning, missing=True, optional=True)


REGIONS = Table(
    "prepare/<sample>/<fold>/regions.tsv",
    "an output window, sorted by chromosome and start",
    (
        _CHROM,
        _START,
        _END,
        _NAME,
        _KIND,
        text("split", "train, validation or test"),
        integer("counts", "5' ends in the window, all heads and tasks together"),
        number("gc", "share of G and C"),
        text("strand", "always ."),
    ),
)

REJECTED = Table(
    "prepare/<sample>/<fold>/rejected.tsv",
    "a peak that is no window",
    (_CHROM, _START, _END, _NAME, _KIND, text("reason", "why it was left out")),
)

_EPOCH = integer("epoch", "number of the epoch, from 1")
_KEPT = integer("kept", "1 for the epoch whose weights the model has, else 0")
_TRAIN_LOSS = number("train_loss", "mean loss of the epoch's batches", missing=True)

HISTORY = Table(
    "{bias/<sample>/<fold>/threshold_<threshold>,combined/<sample>/<fold>,splice}/history.tsv",
    "an epoch of training",
    (
        _EPOCH,
        number("learning_rate", "at the end of the epoch"),
        _TRAIN_LOSS,
        number("train_*", "mean of a part of the loss over the epoch's batches", missing=True),
        number("validation_*", "mean of a part of the loss over the validation data", missing=True),
        number("validation_loss", "loss on the validation data", missing=True),
        number("counts_weight_*", "weight of a head's counts in the loss", missing=True),
        _KEPT,
    ),
    digits=8,
)

COUNTS_HISTORY = Table(
    "combined/<sample>/<fold>/counts_history.tsv",
    "an epoch of the training of a network of log-counts",
    (
        integer("network", "number of the network, from 1"),
        integer("phase", "1: local rates; 2: totals of peaks"),
        _EPOCH,
        number("learning_rate", "at the end of the epoch"),
        _TRAIN_LOSS,
        number("train_*", "mean of a part of the loss over the epoch's batches; nan in the other phase", missing=True),
        number("validation_*", "mean of a part over the validation data; nan in the other phase", missing=True),
        number("validation_loss", "what the kept epoch is chosen by", missing=True),
        _KEPT,
    ),
    digits=8,
)

TRANSFORMATION_HISTORY = Table(
    "transformation/<sample>/<fold>/history.tsv",
    "a step of the fit of the transformation",
    (_EPOCH, _TRAIN_LOSS, _KEPT),
    digits=8,
)

SWEEP = Table(
    "bias/<sample>/<fold>/sweep.tsv",
    "a threshold of the bias model's background",
    (
        number("threshold", "share of the reference count of peaks"),
        number("cutoff", "5' ends that a training window must have fewer of"),
        integer("n_windows", "training windows"),
        integer("below", "background windows below the cutoff"),
        number("background_jsd", "median Jensen-Shannon distance on held-out background", missing=True),
        number("background_nll", "nats per 5' end on held-out background", missing=True),
        number("position_weight_jsd", "as background_jsd, of position weights", missing=True),
        number("position_weight_nll", "as background_nll, of position weights", missing=True),
        number("peak_counts_pearson", "correlation of log counts on held-out peaks", missing=True),
        number("position_weight_counts_pearson", "as peak_counts_pearson, of position weights", missing=True),
        number("summit_gain", "excess of the profile within 100 bp of the summits (0.1: a tenth more)", missing=True),
        flag("leakage", "whether the model has learned where peaks are"),
        text("verdict", "bias learned, motif leakage, too few regions or no bias found"),
        flag("chosen", "whether this threshold is used"),
        number("above_best", "background_nll less the lowest of thresholds without leakage", missing=True),
        number("above_best_se", "standard error of above_best over windows", missing=True),
        _later("above_weights", "background_nll less position_weight_nll"),
        _later("above_weights_se", "standard error of above_weights over windows"),
        _later("background_windows", "held-out background windows"),
        _later("peak_windows", "held-out peaks"),
    ),
)

BINS = Table(
    "transformation/<sample>/<fold>/bins.tsv",
    "a bin of positions (profile) or windows (counts), by what is predicted before",
    (
        _HEAD,
        text("output", "profile or counts"),
        integer("bin", "number of the bin, from 0"),
        integer("n", "positions or windows in it"),
        number("before", "predicted by the bias model: ln share of a window's reads, or mean ln counts"),
        number("after", "predicted by its transformation"),
        number("observed", "observed in the data"),
        number("standard_error", "of observed", missing=True),
    ),
)

PER_REGION = Table(
    "evaluate/<sample>/<fold>/per_region.tsv",
    "a scored test window, model and head",
    (
        _FOLD,
        _CHROM,
        _START,
        _END,
        _NAME,
        _KIND,
        _MODEL,
        _HEAD,
        number("counts", "observed 5' ends"),
        number("log_counts", "predicted ln counts", missing=True),
        number("log_likelihood", "multinomial, nats", missing=True),
        number("nll_per_cut", "negative log-likelihood per 5' end, nats", missing=True),
        number("jsd", "Jensen-Shannon distance of the profiles, base 2", missing=True),
        number("pearson", "correlation of the profiles", missing=True),
        number("spearman", "rank correlation of the profiles", missing=True),
    ),
)

_SUMMARY = (
    ("regions", "windows"),
    ("regions_without_reads", "windows without a read"),
    ("regions_without_pearson", "windows where a profile does not vary"),
    ("median_jsd", "median Jensen-Shannon distance, base 2"),
    ("profile_pearson", "mean correlation of profiles"),
    ("profile_spearman", "mean rank correlation of profiles"),
    ("nll_per_cut", "nats per 5' end, over all reads together"),
    ("log_likelihood", "mean over windows, nats"),
    ("log_counts_pearson", "correlation with ln(1 + counts)"),
    ("log_counts_spearman", "rank correlation with counts"),
    ("log_counts_mse", "mean squared error against ln(1 + counts)"),
)
_SUMMARY_KEYS = (text("role", "model, baseline or reference"), _MODEL, _HEAD, _KIND)

SUMMARY = Table(
    "evaluate/<sample>/<fold>/summary.tsv",
    "a model, head and kind of window",
    (*_SUMMARY_KEYS, *(number(name, meaning, missing=True) for name, meaning in _SUMMARY)),
)

FOLD_SUMMARY = Table(
    "evaluate/<sample>/all/summary.tsv",
    "a model, head and kind of window: means over folds",
    (
        *_SUMMARY_KEYS,
        integer("folds", "folds that have the row"),
        *(number(name, f"{meaning}: mean over folds", missing=True) for name, meaning in _SUMMARY),
        *(number(f"{name}_sd", "standard deviation between folds", missing=True) for name, _ in _SUMMARY),
    ),
)

FOOTPRINTS = Table(
    "evaluate/<sample>/<fold>/footprints.tsv",
    "a position around a motif that was put into background windows",
    (
        text("part", "combined, residual or transformation"),
        _HEAD,
        text("motif", "name of the motif, or background"),
        text("sequence", "what was put in", missing=True),
        integer("position", "bp from the motif's centre"),
        number("probability", "mean share of a window's 5' ends"),
        number("bar", "share that a footprint of the enzyme must stay under"),
        _later("probability_se", "standard error of probability over background windows"),
        _later("backgrounds", "background windows"),
    ),
)

PREFERENCE = Table(
    "evaluate/<sample>/<fold>/preference.tsv",
    "a base at a position beside the cut",
    (
        integer("position", "bp from the 5' end"),
        text("base", "A, C, G or T"),
        number("position_weight", "ln preference by position weights, each position with mean 0"),
        number("learned", "ln preference of the bias model, each position with mean 0"),
        _later("position_weight_se", "standard error of position_weight over windows"),
        _later("learned_se", "standard error of learned over background sequences"),
        _later("ends", "5' ends of training background with the base there"),
    ),
)

TABLES = (
    REGIONS,
    REJECTED,
    HISTORY,
    COUNTS_HISTORY,
    TRANSFORMATION_HISTORY,
    SWEEP,
    BINS,
    PER_REGION,
    SUMMARY,
    FOLD_SUMMARY,
    FOOTPRINTS,
    PREFERENCE,
)
