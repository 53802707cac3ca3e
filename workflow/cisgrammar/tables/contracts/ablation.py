"""Tables of the ablation stage: sites, what they do, and one row per motif."""

from cisgrammar.tables.contract import Table, flag, integer, number, text

_HEAD = text("head", "head of the model: a name in the sample sheet")
_MODEL = text("model", "combined, residual or bias")
_SITE = integer("site", "number of the site")
_CHROM = text("chrom", "chromosome")
_START = integer("start", "first base, bp")
_END = integer("end", "end, bp")
_PAIR = text("pair", "motifs a:b")
_GAP = integer("gap", "bp between the two sites")
_STRANDS = text("strands", "same, opposite, or unknown where a site has no strand")
_OFFSET = integer("offset", "start of b minus start of a, along the strand of a, bp")

_JOINT_MINUS_SUM = "joint effect minus the sum of both alone, ln counts; above 0: more than additive"
_NULL = (
    number("null_mean", "mean of the null, ln counts", missing=True),
    number("null_low", "lower end of what 95 % of the null lie within", missing=True),
    number("null_high", "upper end", missing=True),
    number("p_value", "against the null, two-sided", missing=True),
)

SITES = Table(
    "ablation/<sample>/<fold>/sites.tsv",
    "a site of a motif or decoy, or a control",
    (
        _SITE,
        integer("region", "row of the table of regions"),
        _CHROM,
        _START,
        _END,
        text("name", "motif, decoy or control"),
        text("strand", "+, -, or . for none"),
        text("kind", "site, decoy or control"),
        number("score", "nats below the motif's best sequence, or the score of a BED", missing=True),
        text("matched_to", "a decoy's motif, a control's site", missing=True),
        integer("offset", "bp from the centre of the window"),
        number("gc", "share of G and C"),
    ),
)

EFFECTS = Table(
    "ablation/<sample>/<fold>/shard_<shard>/effects.tsv",
    "a site, model and head",
    (
        _SITE,
        _HEAD,
        number("delta_log_counts", "ln counts before minus after, mean over shuffles (and strands)", missing=True),
        number("delta_log_counts_se", "standard error over shuffles", missing=True),
        number("profile_jsd", "Jensen-Shannon distance of the profiles, base 2", missing=True),
        number("profile_jsd_se", "standard error over shuffles", missing=True),
        number("local_log_ratio", "mean ln ratio of the profiles around the site", missing=True),
        number("local_log_ratio_se", "standard error over shuffles", missing=True),
        number("predicted_log_counts", "ln counts that the model predicts for the window as it is", missing=True),
        integer("arrangements", "arrangements of the site's letters, at most 2^63 - 1; -1: not counted"),
        integer("allowed", "of these, but the site itself, without a motif; an estimate if above 32 and n"),
        integer("distinct", "different shuffles"),
        integer("identical", "shuffles that change nothing"),
        text("how", "listed, drawn or given"),
        text("kept", "what the shuffles keep: dinucleotide or mononucleotide"),
        integer("shuffled_start", "first base that is shuffled, bp"),
        integer("shuffled_end", "end of what is shuffled, bp"),
        number("delta_log_counts_forward", "as delta_log_counts, on the forward strand", missing=True),
        number("delta_log_counts_reverse", "as delta_log_counts, on the reverse strand", missing=True),
        number("attribution", "sum of the effects of the site's single substitutions, nats", missing=True),
        _MODEL,
    ),
)

SITE_EFFECTS = Table(
    "ablation/<sample>/<fold>/site_effects.tsv",
    "a site, model and head, tested against the controls",
    (
        *SITES.columns,
        *EFFECTS.columns[1:],
        number("p_value", "by |delta_log_counts|", missing=True),
        integer("controls", "controls that it was tested against"),
        number("p_greater", "by delta_log_counts", missing=True),
        number("p_less", "by -delta_log_counts", missing=True),
        number("p_profile", "by profile_jsd", missing=True),
        number("p_footprint", "by |local_log_ratio|", missing=True),
        number("q_value", "Benjamini-Hochberg of p_value over the motif's sites, or its decoys", missing=True),
        number("q_profile", "likewise of p_profile", missing=True),
        number("q_footprint", "likewise of p_footprint", missing=True),
    ),
)

_PAIR_NUMBER = integer("pair", "number of the pair")
_PAIR_KIND = (
    text("kind", "site, or a null of it: decoy (one site's letters in another order), control windows, moved apart"),
    integer("draw", "number of the null pair within its kind; 0 for sites"),
)
_PAIR_SITES = (
    integer("region", "row of the table of regions"),
    integer("site_a", "number of the first site"),
    integer("site_b", "number of the second site"),
    text("name_a", "motif of the first site"),
    text("name_b", "motif of the second site"),
    _GAP,
    _STRANDS,
)

SITE_PAIRS = Table(
    "ablation/<sample>/<fold>/site_pairs.tsv",
    "two sites of a window, or a null pair; a null pair has the number, sites, motifs and strands of its pair",
    (
        _PAIR_NUMBER,
        *_PAIR_KIND,
        *_PAIR_SITES,
        integer("start_a", "first base of the first stretch, bp"),
        integer("end_a", "its end, bp"),
        integer("start_b", "first base of the second stretch, bp; of a null pair the one that was changed"),
        integer("end_b", "its end, bp"),
        integer("moved_from", "where the letters of the second stretch come from, bp; -1: they are its own"),
    ),
)

_JOINT = (
    _HEAD,
    number("effect_a", "ln counts before minus after, a shuffled", missing=True),
    number("effect_b", "ln counts before minus after, b shuffled", missing=True),
    number("effect_both", "ln counts before minus after, both shuffled", missing=True),
    number("interaction", f"{_JOINT_MINUS_SUM}: effect_a + effect_b - effect_both", missing=True),
    number("shuffle_se", "standard error over shuffles; no error of a claim about other sites", missing=True),
    _MODEL,
)

JOINT_EFFECTS = Table(
    "ablation/<sample>/<fold>/shard_<shard>/pairs.tsv",
    "a pair of sites or a null pair, model and head",
    (_PAIR_NUMBER, *_PAIR_KIND, *_JOINT),
)

PAIR_EFFECTS = Table(
    "ablation/<sample>/<fold>/pair_effects.tsv",
    "a pair of sites, model and head, tested against its null pairs",
    (
        _PAIR_NUMBER,
        *_PAIR_SITES,
        *_JOINT,
        text("null", "kind of the null pairs: decoy, control or moved; none if too few were drawn", missing=True),
        integer("null_draws", "null pairs"),
        *_NULL,
        number("q_value", "Benjamini-Hochberg of p_value over the pairs of two motifs, model and head", missing=True),
    ),
)

PAIR_CLASSES = Table(
    "ablation/<sample>/<fold>/pair_classes.tsv",
    "pairs of sites of two motifs at like distances, model and head",
    (
        text("motifs", "the two motifs, sorted"),
        _MODEL,
        _HEAD,
        integer("gap_low", "least bp between the sites"),
        integer("gap_high", "most bp between them"),
        integer("pairs", "pairs of sites"),
        integer("regions", "windows that they lie in"),
        number("interaction", f"mean; {_JOINT_MINUS_SUM}", missing=True),
        number("interaction_low", "lower end of its 95 % interval: t over pairs, clustered by window", missing=True),
        number("interaction_high", "upper end", missing=True),
        number("null_mean", "mean of the pairs' nulls, ln counts", missing=True),
        number("share_significant", "share of pairs with a q_value below ablation.significance", missing=True),
    ),
)

SUFFICIENCY = Table(
    "ablation/<sample>/<fold>/sufficiency.tsv",
    "a motif or decoy put into background windows, model and head",
    (
        text("motif", "motif or decoy"),
        text("kind", "motif or decoy"),
        text("decoy_of", "a decoy's motif", missing=True),
        _MODEL,
        _HEAD,
        integer("backgrounds", "background windows"),
        number("delta_log_counts", "ln counts with minus without", missing=True),
        number("delta_log_counts_se", "standard error over backgrounds", missing=True),
        number("profile_jsd", "Jensen-Shannon distance of the profiles, base 2", missing=True),
        number("profile_jsd_se", "standard error over backgrounds", missing=True),
    ),
)

SCANNED_SPACING = Table(
    "ablation/<sample>/<fold>/spacing.tsv",
    "a placement of two motifs in background windows",
    (
        _PAIR,
        _MODEL,
        _HEAD,
        _STRANDS,
        _OFFSET,
        _GAP,
        number("interaction", f"{_JOINT_MINUS_SUM}: both put in - a - b + neither", missing=True),
        number("interaction_se", "standard error over backgrounds", missing=True),
        number("interaction_low", "lower end of the 95 % interval, t over backgrounds", missing=True),
        number("interaction_high", "upper end", missing=True),
        number("contrast", "interaction minus the mean of those 1 bp nearer and farther, ln counts", missing=True),
        number("contrast_low", "lower end of its 95 % interval, t over backgrounds", missing=True),
        number("contrast_high", "upper end", missing=True),
        text(
            "null",
            "what sets the spread: distances (the pair nearby) or decoys (in place of either)",
            missing=True,
        ),
        integer("null_draws", "scans with decoys"),
        *_NULL,
        number(
            "q_value",
            "Benjamini-Hochberg of p_value over the placements of a pair, model and head that are no images",
            missing=True,
        ),
        flag("peak", "whether q_value is below ablation.significance and the contrast points the same way"),
        text(
            "image_of",
            "strands and offset of the placement with more interaction that this one resembles in its letters",
            missing=True,
        ),
    ),
)

SPACINGS = Table(
    "ablation/<sample>/<fold>/spacings.tsv",
    "a placement of two motifs, in the model beside in vitro",
    (
        *SCANNED_SPACING.columns,
        number("log_omega", "of the binding stage; nothing if it was not measured", missing=True),
        number("lower", "lower end of its 95 % interval", missing=True),
        number("upper", "upper end of its 95 % interval", missing=True),
    ),
)


def _necessity(prefix: str, of: str) -> tuple:
    return (
        integer(f"{prefix}sites", f"sites of {of}"),
        integer(f"{prefix}regions", f"windows with a site of {of}"),
        number(f"{prefix}necessity", f"mean delta_log_counts of {of}", missing=True),
        number(f"{prefix}necessity_se", "standard error, clustered by window", missing=True),
        number(f"{prefix}necessity_low", "lower end of the 95 % interval", missing=True),
        number(f"{prefix}necessity_high", "upper end of the 95 % interval", missing=True),
        number(f"{prefix}share_significant", "share of sites with a q_value below ablation.significance", missing=True),
        number(f"{prefix}share_profile", "share of sites with a q_profile below ablation.significance", missing=True),
        number(f"{prefix}share_footprint", "likewise with a q_footprint below it", missing=True),
        number(f"{prefix}profile_jsd", "mean profile_jsd", missing=True),
        number(f"{prefix}local_log_ratio", "mean local_log_ratio", missing=True),
    )


MOTIFS = Table(
    "ablation/<sample>/<fold>/motif_table.tsv",
    "a motif, model and head",
    (
        text("motif", "name"),
        text("source", "binding, consensus, motifs, annotations, or discovered: found on windows that fold 0 has seen"),
        text("consensus", "best sequence; none if the motif was given as places alone", missing=True),
        integer("width", "bp; 0 if the motif was given as places alone"),
        number("information", "bits", missing=True),
        number("log_affinity", "ln of the best sequence's affinity over random sequence; binding models", missing=True),
        _MODEL,
        _HEAD,
        *_necessity("", "the motif"),
        number("p_mean", "chance that like controls have another mean delta_log_counts by as much", missing=True),
        number("p_mean_profile", "likewise of the root of profile_jsd", missing=True),
        *_necessity("decoy_", "its decoys"),
        number("sufficiency", "delta_log_counts of the motif put into background windows", missing=True),
        number("sufficiency_se", "standard error over backgrounds", missing=True),
        number("decoy_sufficiency", "mean of its decoys", missing=True),
        number("decoy_sufficiency_se", "standard error of this mean", missing=True),
        number("attribution", "mean attribution of the sites", missing=True),
        number("rc_pearson", "correlation of the effects on the two strands", missing=True),
        text("in_vitro_spacing", "partner:strands:offset of the greatest log_omega, by semicolons", missing=True),
        text("in_silico_spacing", "as in_vitro_spacing, by interaction; of the scanned model", missing=True),
    ),
)

FOLD_AGREEMENT = Table(
    "ablation/<sample>/all/fold_agreement.tsv",
    "a motif, model and head over folds",
    (
        text("motif", "name"),
        _MODEL,
        _HEAD,
        integer("folds", "folds that have the motif"),
        number("necessity", "mean over folds", missing=True),
        number("between_folds", "standard deviation between folds", missing=True),
        number("same_sign", "share of folds with the sign of the mean", missing=True),
        number("heterogeneity", "Cochran's Q over its degrees of freedom; 1: no more than the errors", missing=True),
        integer("shared_sites", "pairs of folds and sites that both have"),
        number("shared_pearson", "correlation of the effects of these sites", missing=True),
    ),
)

SEQLETS = Table(
    "ablation/<sample>/<fold>/seqlets.tsv",
    "a stretch of bases with large contributions",
    (
        _CHROM,
        _START,
        _END,
        _HEAD,
        text("output", "counts or profile"),
        text("sign", "+ or -"),
        number("contribution", "sum over its bases, nats (counts) or logits (profile)"),
        number("p_value", "ranks seqlets; no error rate"),
        text("sequence", "its bases"),
        text("motifs", "motifs whose sites it shares half with, by commas", missing=True),
    ),
)

TABLES = (
    SITES,
    EFFECTS,
    SITE_EFFECTS,
    SITE_PAIRS,
    JOINT_EFFECTS,
    PAIR_EFFECTS,
    PAIR_CLASSES,
    SUFFICIENCY,
    SCANNED_SPACING,
    SPACINGS,
    MOTIFS,
    FOLD_AGREEMENT,
    SEQLETS,
)
