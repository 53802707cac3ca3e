"""Tables of the discover stage: seqlets, hits, and one row per motif, of a sample and over samples."""

from cisgrammar.tables.contract import Table, flag, integer, number, text

_MOTIF = text("motif", "motif_1, motif_2, ...: by output, sign, and number of seqlets")
_OUTPUT = text("output", "counts or profile: what is explained")
_PLACE = (text("chrom", "chromosome"), integer("start", "first base, bp"), integer("end", "end, bp"))
_STRAND = text("strand", "+ or -")
_CONSENSUS = text("consensus", "likeliest base of each position of the trimmed pattern")
_SIGN = text("sign", "of its contributions: + or -")
_SEQLETS = integer("seqlets", "seqlets that make the pattern; no measure of how common it is")
_NAME = (
    text("name", "of the best match, if its q is at most discover.match_q", missing=True),
    text("match", "best match, whatever its q", missing=True),
    number("match_p", "of the pair, all places and both strands taken into account", missing=True),
    number("match_q", "over all pairs of pattern and known motif", missing=True),
    integer("targets", "known motifs that the patterns are compared with"),
)

SEQLETS = Table(
    "discover/<sample>/seqlets.tsv",
    "a seqlet of a pattern, as wide as the trimmed pattern",
    (*_PLACE, _MOTIF, _STRAND, _OUTPUT),
)

HITS = Table(
    "discover/<sample>/hits.tsv",
    "a hit of a motif, q at most discover.hit_fdr",
    (
        *_PLACE,
        _MOTIF,
        _STRAND,
        _OUTPUT,
        number("score", "how much of the pattern there is: nats of ln counts, or logits of the profile"),
        number("q", "against hits in shuffled windows, per motif"),
        number("cosine", "of contributions and pattern"),
        number("contribution", "sum over its bases: nats of ln counts, or logits of the profile"),
        number("spread", "standard deviation of that over folds, were the errors of bases alike"),
        integer("window", "number of the window, by place"),
        flag("held_out", "whether the first fold's model has not seen the window"),
    ),
)

MOTIFS = Table(
    "discover/<sample>/motifs.tsv",
    "a motif of a sample",
    (
        _MOTIF,
        _CONSENSUS,
        *_NAME,
        _SIGN,
        _OUTPUT,
        text("also_in", "other outputs that gave the same pattern", missing=True),
        _SEQLETS,
        integer("hits", "at discover.hit_fdr, in all windows"),
        integer("held_out_hits", "of these in windows that the first fold's model has not seen"),
        text("tested_on", "held-out windows, or all windows where there are none"),
        number("windows", "share of the tested windows with a hit, or such a place"),
        number("shuffled", "share of their shuffles with a hit of such a score"),
        number("p_value", "that windows hold no more hits than shuffles, Fisher's exact test, one-sided"),
        number("q", "over the sample's patterns"),
        integer("places", "hits, or places like it where hits are too few: what the next columns are of"),
        number("contribution", "mean over places: nats of ln counts, or logits of the profile"),
        number("contribution_sd", "standard deviation over places"),
        number("fold_sd", "standard deviation over folds, mean over places; none with one fold", missing=True),
        number("share", "of the size of all contributions in windows, that of the places"),
        number("from_centre", "median distance of places from the centre of their window, bp"),
        number("halves", "cosine of the patterns of halves of the windows; none if too small for halves", missing=True),
        number("folds", "least cosine of the mean contributions by two folds' models; none with one", missing=True),
        text("in_vitro", "the run's binding motif that it matches, if its q is at most match_q", missing=True),
        text("in_vitro_match", "best match among the run's binding motifs, whatever its q", missing=True),
        number("in_vitro_q", "over all pairs of pattern and binding motif", missing=True),
    ),
)

LOGOS = Table(
    "discover/<sample>/logos.tsv",
    "a base at a position of a motif's trimmed span",
    (
        _MOTIF,
        integer("position", "from 0"),
        text("base", "A, C, G or T"),
        number("share", "of the seqlets"),
        number("contribution", "mean over seqlets: nats of ln counts, or logits of the profile"),
    ),
)

MERGED = Table(
    "discover/motifs.tsv",
    "a motif over samples",
    (
        text("motif", "motif_1, ...: those of most samples first"),
        _CONSENSUS,
        *_NAME,
        _SIGN,
        text("samples", "that have it"),
        text("members", "sample:motif of each"),
        number("alike", "least cosine of a member and the mean"),
        number("q", "least of its members"),
        _SEQLETS,
        integer("hits", "over samples"),
        number("contribution", "mean over samples"),
        integer("hits_*", "hits in a sample"),
        number("contribution_*", "mean over the hits of a sample; none where it is absent", missing=True),
    ),
)

RECOVERED = Table(
    "discover/<sample>/truth.tsv",
    "a planted factor, or a motif that is like none of them",
    (
        text("factor", "planted; none for a motif that is like none", missing=True),
        text("kind", "activator, repressor, or passenger, which has no effect", missing=True),
        text("motif", "most like it; none if it was not found", missing=True),
        integer("motifs", "motifs that are like it, r at least 0.8"),
        number("r", "correlation of base shares over the planted columns", missing=True),
        number("effect", "planted, on the ln strength of a peak", missing=True),
        text("sign", "+ or -, of the motif's contributions", missing=True),
        number("contribution", "of the motif, mean over its hits", missing=True),
        number("contribution_low", "lower end of the 95 % interval of that mean", missing=True),
        number("contribution_high", "upper end", missing=True),
        integer("sites", "planted in held-out windows"),
        integer("found", "of them with a hit whose middle is within 6 bp"),
        integer("intact", "sites that have the best letter wherever that is all but certain"),
        integer("found_intact", "of them with a hit"),
        integer("hits", "in held-out windows"),
        integer("false_hits", "of them without such a site"),
        number("scan_hits", "of a scan with all planted matrices that finds as many sites in all", missing=True),
        number("scan_false", "of them without a site that acts", missing=True),
    ),
)

TABLES = (SEQLETS, HITS, MOTIFS, LOGOS, MERGED, RECOVERED)
