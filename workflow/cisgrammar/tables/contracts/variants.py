"""Tables of the variants stage: what was read, what each kind of model gives, and all in one."""

from cisgrammar.tables.contract import Column, Table, integer, number, text

_NUMBER = integer("number", "number of the alternate allele in the file, from 0")
_READ = (
    _NUMBER,
    integer("line", "line of the file, from 1 (of a BCF the number of the record)"),
    integer("allele", "which alternate allele of the line, from 1"),
    text("chrom", "chromosome: the FASTA's name if it is scored, else the file's", missing=True),
    text("pos", "position as in the file, from 1", missing=True),
    text("id", "identifier, . for none"),
    text("ref", "reference allele", missing=True),
    text("alt", "alternate allele", missing=True),
    text("kind", "SNV, MNV, insertion, deletion or delins; nothing if it is not scored", missing=True),
    text("reason", "why it is not scored; nothing if it is", missing=True),
    text("detail", "what was found instead", missing=True),
    text("left_aligned", "name of the left-aligned form, if another", missing=True),
    integer("duplicate_of", "line of the first record of the same change", missing=True),
)

READ = Table(
    "variants/<name>/variants.tsv",
    "an alternate allele of the file, in its order",
    _READ,
)

_TWO_NULLS = tuple(
    number(f"{score}_{what}_{null}", meaning, missing=True)
    for score, of in (("logfc", "the size of logfc"), ("jsd", "jsd"))
    for null, where in (
        ("shuffled", "draws of variants in the shuffled sequence around them"),
        ("substitutions", "random substitutions in the same peak or cell of the grid"),
    )
    for what, meaning in (
        ("p", f"(1 + as large) / (1 + all) of {of} among {where}"),
        ("q", "of that p, Benjamini and Hochberg over all variants"),
    )
)
PROFILE = Table(
    "variants/<name>/profile/<source>.tsv",
    "an alternate allele and head",
    (
        _NUMBER,
        text("head", "head of the model"),
        text("note", "why this model gives no scores", missing=True),
        number("allele1_log_counts", "ln counts that are predicted with the reference allele, mean over folds", True),
        number("allele2_log_counts", "the same with the alternate allele", missing=True),
        number("logfc", "log2 of counts with the alternate over the reference allele, mean over folds", missing=True),
        number("logfc_sd", "standard deviation over folds", missing=True),
        number("logfc_low", "lower end of the 95 % t interval of the mean over folds", missing=True),
        number("logfc_high", "upper end", missing=True),
        number("jsd", "Jensen-Shannon distance of the two profiles, base 2, mean over folds", missing=True),
        number("jsd_sd", "standard deviation over folds", missing=True),
        number("allele1_percentile", "share of peaks predicted below the reference allele", missing=True),
        number("allele2_percentile", "share of peaks predicted below the alternate allele", missing=True),
        number("percentile_change", "alternate minus reference", missing=True),
        number("max_percentile", "the larger of the two: variant-scorer's active allele quantile", missing=True),
        number("abs_logfc_x_jsd", "size of logfc times jsd", missing=True),
        number("abs_logfc_x_max_percentile", "size of logfc times max_percentile", missing=True),
        number("jsd_x_max_percentile", "jsd times max_percentile", missing=True),
        number("abs_logfc_x_jsd_x_max_percentile", "the three together", missing=True),
        *_TWO_NULLS,
        text("peak", "name of the peak that it lies in", missing=True),
        text("peak_place", "chrom:start-end of that peak", missing=True),
    ),
)
BINDING = Table(
    "variants/<name>/binding/<model>.tsv",
    "an alternate allele",
    (
        _NUMBER,
        text("note", "why this model gives no scores", missing=True),
        number("delta_log_affinity", "ln affinity of the alternate minus the reference haplotype", missing=True),
        number("delta_log_affinity_se", "standard error, from the covariance of the fit", missing=True),
        text("site", "broken, made, kept, or nothing: the best site that the variant touches", missing=True),
        text("motif", "motif of that site", missing=True),
        text("site_place", "chrom:start-end:strand of the site; of one that is made the start in the alternate", True),
        number("site_score_ref", "best window in the reference: ln affinity relative to the best sequence", True),
        number("site_score_alt", "the same in the alternate", missing=True),
        text("partner", "motif:strands:offset of the neighbour with the most cooperativity", missing=True),
        number("partner_log_omega", "ln cooperativity of the two at that distance", missing=True),
    ),
)
SCORES = Table(
    "variants/<name>/scores.tsv",
    "an alternate allele of the file, in its order",
    (
        *_READ,
        text("genes", "nearest genes, gene:distance; 0 inside of the gene", missing=True),
        Column("*", "text", "scores, `<source>.<score>`, with the names and meanings of the source's own table", True),
    ),
)
QQ = Table(
    "variants/<name>/qq.tsv",
    "a p-value of a null at a quantile",
    (
        text("source", "model or sample, and head"),
        text("score", "logfc or jsd"),
        text("null", "shuffled or substitutions"),
        number("expected", "-log10 p of a uniform distribution"),
        number("observed", "-log10 p"),
    ),
)

SIGNS = Table(
    "variants/<name>/signs.tsv",
    "a source of profile scores, a binding model and a motif",
    (
        text("source", "model or sample, and head"),
        text("model", "binding model"),
        text("motif", "motif of the site that the variants touch; all for all of the model"),
        integer("variants", "variants that touch a site and change affinity and counts"),
        integer("agree", "of these, those that change both in one direction"),
        number("share", "agree / variants"),
        number("low", "lower end of its 95 % interval (Wilson), of independent variants"),
        number("high", "upper end"),
        number("expected", "share by chance: of independent signs, given how many there are of each"),
        number("p", "chance of as many or more (Fisher's exact test, one-sided), of independent variants"),
    ),
)

TABLES = (READ, PROFILE, BINDING, SCORES, QQ, SIGNS)
