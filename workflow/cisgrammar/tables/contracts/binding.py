"""Tables of the binding stage: what was fitted, with its errors, and how it does on held-out reads."""

from cisgrammar.tables.contract import Table, flag, integer, number, text

_LIBRARY = text("library", "library of the SELEX sheet")
_MOTIF = text("motif", "factor")
_STRANDS = text("strands", "same or opposite")
_ERROR = number("standard_error", "standard error, nats", missing=True)

FIT_HISTORY = Table(
    "binding/<model>/seed_<seed>/{motifs,model}.history.tsv",
    "a step of a fit",
    (
        integer("step", "number of the step, from 1"),
        text("stage", "what the step optimised"),
        number("loss", "penalised nats per read", missing=True),
    ),
)

SEED_HISTORY = Table(
    "binding/<model>/history.tsv",
    "a step of a seed's fit",
    (integer("seed", "seed of the fit"), *FIT_HISTORY.columns),
)

AGREEMENT = Table(
    "binding/<model>/agreement.tsv",
    "a seed and motif, beside the chosen seed's",
    (
        integer("seed", "seed of the fit"),
        number("loss", "final nats per read", missing=True),
        flag("chosen", "whether the model is this seed's"),
        _MOTIF,
        integer("shift", "bp that the seed's motif begins to the right of the chosen one's"),
        flag("flipped", "whether it is the reverse complement, which is the same motif"),
        number("rmse", "root mean squared difference of betas, nats", missing=True),
        number("pearson", "correlation of betas", missing=True),
        flag("in_register", "no shift, and a correlation of at least 0.9"),
    ),
)

MATRIX = Table(
    "binding/<model>/matrix.tsv",
    "a base at a position of a motif",
    (
        _MOTIF,
        integer("position", "position in the motif, from 0"),
        text("base", "A, C, G or T"),
        number("beta", "-ddG/RT relative to the position's mean, nats"),
        number("log_affinity", "-ddG/RT relative to the position's best base, nats"),
        _ERROR,
    ),
)

PAIRS = Table(
    "binding/<model>/pairs.tsv",
    "two bases at two positions of a motif",
    (
        _MOTIF,
        integer("position_a", "first position, from 0"),
        text("base_a", "A, C, G or T"),
        integer("position_b", "second position, from 0"),
        text("base_b", "A, C, G or T"),
        number("beta", "-ddG/RT beyond that of the single positions, nats"),
        _ERROR,
    ),
)

POSITION_BIAS = Table(
    "binding/<model>/position_bias.tsv",
    "a strand and position of the read",
    (
        _LIBRARY,
        text("binding", "factor"),
        text("strand", "+ or -, of the site in the read"),
        integer("position", "start of the window, bp from the left end of the longest reads with their flanks"),
        number("log_bias", "ln bias, with mean 0 over positions and strands"),
        _ERROR,
    ),
)

PARAMETERS = Table(
    "binding/<model>/parameters.tsv",
    "an activity, depth, Hill exponent or parameter of a round",
    (
        _LIBRARY,
        text("parameter", "log_activity, log_depth, log_hill, rho, gamma or delta"),
        text("binding", "factor, pair of factors or non_specific; none for rounds", missing=True),
        text("round", "number of the round; rounds that share a value joined by commas", missing=True),
        number("value", "in the fixed gauge, nats where it is a logarithm"),
        number("standard_error", "0 where the gauge sets the value", missing=True),
    ),
)

SPACING = Table(
    "binding/<model>/spacing.tsv",
    "a placement of two factors",
    (
        text("pair", "factors a:b"),
        _STRANDS,
        integer("offset", "start of b minus start of a, along the strand of a, bp"),
        integer("gap", "bp between them"),
        number("log_omega", "ln of omega relative to the mean omega of all placements"),
        _ERROR,
        number("lower", "lower end of the 95 % profile interval; -inf if it could be banned", missing=True),
        number("upper", "upper end of the 95 % profile interval", missing=True),
        number("gain", "log-likelihood lost if the placement is banned, nats", missing=True),
    ),
)

HELDOUT = Table(
    "binding/<model>/heldout.tsv",
    "a library, split of its reads and model",
    (
        _LIBRARY,
        text("split", "train or held_out"),
        text("model", "fit, or a simpler one beside it"),
        integer("reads", "reads scored"),
        number("nll_per_read", "negative log-likelihood per read, nats"),
        _ERROR,
    ),
)

ENRICHMENT = Table(
    "binding/<model>/enrichment.tsv",
    "a bin of reads or a k-mer, between two rounds",
    (
        _LIBRARY,
        integer("from_round", "earlier round"),
        integer("to_round", "later round"),
        text("unit", "bin or kmer"),
        text("name", "number of the bin, or the k-mer"),
        number("reads_from", "reads in the earlier round"),
        number("reads_to", "reads in the later round"),
        number("observed", "ln enrichment less that of the rounds' totals", missing=True),
        number("predicted", "as observed, of the counts that the model expects", missing=True),
        number("standard_error", "of observed, Poisson", missing=True),
    ),
)

AFFINITIES = Table(
    "affinities.tsv",
    "a sequence or region, and a motif (`cisgrammar predict`)",
    (
        text("name", "name of the sequence or region"),
        text("chrom", "sequence"),
        integer("start", "0-based"),
        integer("end", "half-open"),
        text("motif", "motif of the binding model"),
        number(
            "log_affinity", "ln of the sum over windows and strands, relative to the best single site", missing=True
        ),
    ),
)

BY_NAME = {
    "history": SEED_HISTORY,
    "agreement": AGREEMENT,
    "matrix": MATRIX,
    "pairs": PAIRS,
    "position_bias": POSITION_BIAS,
    "parameters": PARAMETERS,
    "spacing": SPACING,
    "heldout": HELDOUT,
    "enrichment": ENRICHMENT,
}
"""Name of a table of the evaluation -> its contract."""

TABLES = (FIT_HISTORY, *BY_NAME.values(), AFFINITIES)
