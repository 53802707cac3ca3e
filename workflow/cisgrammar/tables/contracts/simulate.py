"""Tables of a simulation: what was planted, and how much of it was found."""

from cisgrammar.tables.contract import Table, flag, integer, number, text

_CHROM = text("chrom", "chromosome")
_STRAND = text("strand", "+ or -")
_FACTOR = text("factor", "factor")
_PEAK = text("peak", "name of the peak")

PLANTED_SITES = Table(
    "simulate/truth_sites.tsv",
    "a planted site of a factor",
    (
        _CHROM,
        integer("start", "first base, bp"),
        integer("end", "end, bp"),
        _STRAND,
        _FACTOR,
        text("peak", "name of the peak; nothing outside of peaks", missing=True),
        integer("intact", "1 if it has the best letter wherever that is all but certain, else 0"),
        integer("acts", "1 if it changes the reads; 0 for a passenger's, and outside of peaks"),
    ),
)

PLANTED_PAIRS = Table(
    "simulate/truth_pairs.tsv",
    "two planted sites of one factor",
    (
        _CHROM,
        integer("start_a", "first base of the first site, bp"),
        integer("start_b", "first base of the second site, bp"),
        _STRAND,
        _FACTOR,
        text("strands", "second site on the strand of the first: same or opposite"),
        integer("offset", "start of b minus start of a, in the reading direction of a, bp"),
        number("effect", "what the pair adds to the ln rate beyond its sites"),
        _PEAK,
    ),
)

PLANTED_SPLICE_SITES = Table(
    "simulate/genes/truth.tsv",
    "a planted splice site or decoy",
    (
        text("gene", "gene"),
        _CHROM,
        _STRAND,
        integer("position", "base on the chromosome"),
        integer("gene_position", "base within the gene, 5' to 3'"),
        text("kind", "acceptor or donor"),
        text("role", "site, decoy or poison"),
        number("strength", "log-likelihood ratio of the motif, nats"),
        integer("phase", "place in the reading frame; -1 for none"),
        integer("stops_in_frame", "stop codons in the frame between its sites"),
        integer("frame_dependent", "1 if it is used only in one frame, else 0"),
    ),
)

RECOVERED_SITES = Table(
    "ablation/<sample>/<fold>/truth.tsv",
    "a group of a factor's sites",
    (
        text("factor", "factor, or all"),
        text("group", "planted, strong, weak, unplanted, other or decoy"),
        integer("sites", "sites"),
        integer("found", "sites that were found"),
        integer("necessary", "sites with a q-value below ablation.significance"),
        number("share", "necessary / sites", missing=True),
        number("mean_effect", "mean delta_log_counts of those found", missing=True),
    ),
)

RECOVERED_SPACINGS = Table(
    "ablation/<sample>/<fold>/truth_spacings.tsv",
    "a placement of a factor's pair, on one strand",
    (
        text("pair", "factors a:b"),
        integer("offset", "start of b minus start of a, bp"),
        integer("gap", "bp between them"),
        integer("planted", "pairs planted"),
        number("true", "what the simulation adds to the ln rate"),
        number("interaction", "in the model, ln counts", missing=True),
        number("interaction_se", "standard error over backgrounds", missing=True),
        number("contrast", "interaction minus the mean of those 1 bp nearer and farther", missing=True),
        number("null_mean", "centre of its null, ln counts", missing=True),
        number("null_low", "lower end of what 95 % of its null reach", missing=True),
        number("null_high", "upper end of what 95 % of its null reach", missing=True),
        number("p_value", "against the null", missing=True),
        number("q_value", "against the null", missing=True),
        flag("peak", "whether the interaction stands out from its null, and from its neighbours"),
        number("log_omega", "in the reads", missing=True),
        number("log_omega_low", "lower end of its 95 % interval", missing=True),
        number("log_omega_high", "upper end of its 95 % interval", missing=True),
        number("rank_true", "rank by true, the greatest first", missing=True),
        number("rank_in_silico", "rank by interaction", missing=True),
        number("rank_in_vitro", "rank by log_omega", missing=True),
    ),
)

RECOVERED_BINDING = Table(
    "binding/<model>/truth.tsv",
    "a parameter of a simulated SELEX experiment",
    (
        text("quantity", "beta, position_bias, log_omega, log_activity or log_hill"),
        text("name", "which one"),
        number("true", "as simulated, nats"),
        number("estimate", "as fitted, nats"),
        number("standard_error", "of the estimate", missing=True),
        flag("within", "whether they differ by at most two standard errors", missing=True),
    ),
)

RECOVERED_SPLICE_SITES = Table(
    "splice/truth.tsv",
    "a planted splice site or decoy of a test gene",
    (
        *(PLANTED_SPLICE_SITES.columns[i] for i in (0, 4, 5, 6, 7, 10)),
        number("log_odds", "log-odds of the site's kind against none, nats", missing=True),
        integer("called", "1 if the model calls it, else 0"),
    ),
)

_KIND = text(
    "kind",
    "broken or restored site of a factor, neutral (in a peak) or outside (of peaks); of genes: lost site, "
    "poison exon's site, strengthened decoy, or neutral",
)
_TARGET = text("target", "factor, or donor or acceptor; nothing if there is none", missing=True)

PLANTED_VARIANTS = Table(
    "simulate/truth_variants.tsv, simulate/genes/truth_variants.tsv",
    "a simulated variant",
    (
        text("id", "identifier in the VCF"),
        _CHROM,
        integer("pos", "position as in the VCF, from 1"),
        text("ref", "reference allele"),
        text("alt", "alternate allele"),
        _KIND,
        _TARGET,
        number(
            "effect",
            "change of the ln of expected cuts in the 1,000 bp around the summit, without the enzyme's preference; of "
            "genes that of the motif's strength, nats",
            missing=True,
        ),
    ),
)

RECOVERED_VARIANTS = Table(
    "variants/<name>/truth.tsv",
    "a simulated variant and what scores it: a sample's models with a head, or splice",
    (
        text("id", "identifier in the VCF"),
        text("source", "what scores it"),
        _KIND,
        _TARGET,
        number("true", "effect by the truth: ln of cuts, or nats of the motif", missing=True),
        number("estimate", "change of ln counts; of splice the largest change of probability", missing=True),
        number("p_value", "beside variants in shuffled sequence", missing=True),
        text("verdict", "of the target's kind of splice site", missing=True),
    ),
)

TABLES = (
    PLANTED_VARIANTS,
    RECOVERED_VARIANTS,
    PLANTED_SITES,
    PLANTED_PAIRS,
    PLANTED_SPLICE_SITES,
    RECOVERED_SITES,
    RECOVERED_SPACINGS,
    RECOVERED_BINDING,
    RECOVERED_SPLICE_SITES,
)
