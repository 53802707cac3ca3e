"""Tables of the splice stage: exons, what calibration found, and the frame checks."""

from dataclasses import replace

from cisgrammar.tables.contract import Column, Table, integer, number, text

_CHANNEL = text("channel", "acceptor or donor")
_ROLE = text("role", "calibration or held_out: which genes")
_MODEL = text("model", "model or position_weights")
_LOWER = number("lower", "lower end of the interval over genes", missing=True)
_UPPER = number("upper", "upper end of the interval over genes", missing=True)
_GENE_ID = text("gene_id", "name of the gene in the gene set")
_METRIC = text("metric", "quantity of the change, percentage points unless it says otherwise")

EXONS = Table(
    "splice/exons.tsv",
    "an exon of a gene's transcript, sorted by gene and place",
    (
        integer("gene", "index of the gene in the gene set"),
        _GENE_ID,
        integer("rank", "0 for the transcript's first exon"),
        integer("start", "first base within the gene, 5' to 3', bp"),
        integer("end", "end within the gene, bp"),
        integer("length", "end - start, bp"),
        integer("phase_start", "coding bases before the exon, modulo 3; -1 unless it is wholly coding"),
        integer("phase_end", "(phase_start + length) % 3; -1 unless it is wholly coding"),
        integer("intron_before", "length of the intron before, bp; 0 where there is none"),
        integer("intron_after", "length of the intron after, bp; 0 where there is none"),
        integer("is_internal_coding", "1 if the reading frame runs through the exon, else 0"),
    ),
)

LEFT_OUT = Table(
    "splice/left_out.tsv",
    "a transcript that was left out, or a gene by its transcript",
    (
        text("transcript", "id; empty for a row that names none", missing=True),
        text("gene", "id of its gene", missing=True),
        text("chrom", "chromosome"),
        integer("line", "line of its first row in the annotation, from 1"),
        text("reason", "why: one wording for all of a kind; genes.json has their numbers"),
    ),
)

THRESHOLDS = Table(
    "splice/thresholds.tsv",
    "a kind of splice site",
    (
        _CHANNEL,
        number("threshold", "probability from which a base is called", missing=True),
        _LOWER,
        _UPPER,
        integer("sites", "true sites"),
        integer("positions", "bases scored"),
        number("base_rate", "sites / positions"),
        integer("called", "bases called"),
        integer("tied", "bases whose probability is the threshold's, beyond those needed"),
    ),
)

ACCURACY = Table(
    "splice/accuracy.tsv",
    "a metric of a model, kind of site and role of genes",
    (
        _ROLE,
        _MODEL,
        _CHANNEL,
        text("metric", "name; ece_* are root mean squares, debiased"),
        number("value", "value", missing=True),
        _LOWER,
        _UPPER,
    ),
)

PR = Table(
    "splice/pr.tsv",
    "a point of a precision-recall curve",
    (
        _ROLE,
        _MODEL,
        _CHANNEL,
        number("recall", "share of the true sites that are called"),
        number("precision", "share of the called bases that are sites"),
        number("score", "probability from which a base is called here"),
    ),
)

RELIABILITY = Table(
    "splice/reliability.tsv",
    "a bin of a reliability diagram",
    (
        _ROLE,
        _CHANNEL,
        text("stage", "before or after temperature scaling"),
        integer("bin", "number of the bin, from 0"),
        number("confidence", "mean predicted probability", missing=True),
        number("accuracy", "share of true sites", missing=True),
        _LOWER,
        _UPPER,
        number("n", "bases, each sampled one counted by how many it stands for"),
    ),
)

SITES = Table(
    "splice/predict/sites.tsv",
    "a splice site that is called or annotated, of a gene, a region or a sequence",
    (
        text("set", "genes, regions or fasta"),
        text("name", "gene, region or sequence"),
        text("chrom", "chromosome, or the sequence itself"),
        integer("start", "base of the site: first or last of an exon, 0-based on the + strand"),
        text("strand", "+ or -"),
        text("kind", "acceptor or donor"),
        number("probability", "of the model; called where it is greater than the threshold"),
        number("calibrated", "the same after temperature scaling; the model's own at temperature 1"),
        number("threshold", "of its kind, from the calibration genes"),
        text("status", "found, missed (annotated, not called), extra (called, not annotated in the set), or called"),
    ),
)

_MEANS = (number("value", "mean over exons", missing=True), _LOWER, _UPPER)
_TESTED = (number("p", "p-value over genes, sign flips", missing=True), number("q", "Benjamini-Hochberg", missing=True))
_NUMBERS = (integer("n_exons", "exons with a value"), integer("n_genes", "genes with a value"))
_SOME_NUMBERS = tuple(replace(column, missing=True) for column in _NUMBERS)

CODONS = Table(
    "splice/frames/codons.tsv",
    "a 3-mer written into exons",
    (
        _METRIC,
        text("end", "both, acceptor or donor: which end of the exon it is near"),
        integer("phase", "place in the reading frame, 0 to 2"),
        text("three_mer", "what is written"),
        integer("stop", "1 for a stop codon, else 0"),
        *_MEANS,
        *_TESTED,
        *_NUMBERS,
    ),
)

DELETIONS = Table(
    "splice/frames/deletions.tsv",
    "a length deleted at a place, and a site whose change is seen",
    (
        Column("repair", "text", "what was put right after the deletion", optional=True),
        _METRIC,
        text("stratum", "all, or a part of the exons by their phase"),
        text("place", "where bases are deleted"),
        text("site", "own: both of the exon's; or one of them"),
        integer("length", "bases deleted, bp"),
        *_MEANS,
        *_TESTED,
        *_NUMBERS,
    ),
)

ADJACENT_DELETIONS = Table(
    "splice/frames/adjacent_deletions.tsv",
    "deletions in two neighbouring exons, and a site whose change is seen",
    (
        _METRIC,
        text("ends", "inner or outer: near which ends of the two exons"),
        integer("first", "bases deleted in the first exon, bp"),
        integer("second", "bases deleted in the second exon, bp"),
        text("site", "whose change is seen; all for the four together"),
        *_MEANS,
        *_TESTED,
        *_NUMBERS,
    ),
)

POISON_EXONS = Table(
    "splice/frames/poison_exons.tsv",
    "an exon between introns",
    (
        _GENE_ID,
        integer("start", "first base within the gene, 5' to 3', bp"),
        integer("end", "end within the gene, bp"),
        integer("phase_start", "coding bases before the exon, modulo 3; -1 unless it is wholly coding"),
        integer("all_closed", "1 if all three frames have a stop codon, else 0"),
        Column("inclusion", "number", "measured share of transcripts with the exon", missing=True, optional=True),
        number("log10_strength", "log10 of the exon's strength", missing=True),
        number("log10_without_stops", "as log10_strength, without stop codons", missing=True),
        number("log10_with_stops", "as log10_strength, with stops in all frames", missing=True),
        number("log10_with_control", "as log10_strength, with a control as long as the stops", missing=True),
    ),
)

HANDEDNESS = Table(
    "splice/frames/handedness.tsv",
    "a phase of donor motifs and a phase of exon ends",
    (
        integer("motif_phase", "phase of the exons that the motifs are of"),
        integer("donor_phase", "phase of the exons that they are written into"),
        *_MEANS,
        *_NUMBERS,
        text("motifs", "sequences, by commas", missing=True),
    ),
)

MINIGENES = Table(
    "splice/frames/minigenes.tsv",
    "a measured variant",
    (
        integer("variant", "number of the sequence"),
        integer("all_closed", "1 if all three frames have a stop codon, else 0"),
        number("measured", "as given"),
        number("log2_predicted", "log2 of the predicted strength", missing=True),
        number("log2_without_stops", "as log2_predicted, without stop codons", missing=True),
    ),
)

FRAME_SUMMARY = Table(
    "splice/frames/frame_summary.tsv",
    "a quantity of a frame check",
    (text("check", "check"), text("quantity", "quantity"), _METRIC, *_MEANS, *_TESTED, *_SOME_NUMBERS),
)

FRAME_CONTROLS = Table(
    "splice/frames/frame_controls.tsv",
    "a quantity of a frame check on an oracle",
    (
        text("check", "check"),
        text("oracle", "frame_blind or open_frames"),
        text("quantity", "quantity; largest: the largest change that must be 0"),
        text("metric", "as in frame_summary.tsv; none for largest", missing=True),
        *_MEANS,
        _TESTED[0],
        *_SOME_NUMBERS,
    ),
)

FRAME_TABLES = {
    "codons": CODONS,
    "deletions": DELETIONS,
    "adjacent_deletions": ADJACENT_DELETIONS,
    "poison_exons": POISON_EXONS,
    "handedness": HANDEDNESS,
    "minigenes": MINIGENES,
}
"""Name of a frame check's table -> its contract."""

TABLES = (
    EXONS,
    LEFT_OUT,
    THRESHOLDS,
    ACCURACY,
    PR,
    RELIABILITY,
    SITES,
    *FRAME_TABLES.values(),
    FRAME_SUMMARY,
    FRAME_CONTROLS,
)
