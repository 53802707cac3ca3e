"""Tables of predictions for regions of one's own, and of files that are split by barcodes."""

from cisgrammar.tables.contract import Table, integer, number, text

PREDICTED = Table(
    "predict/sets/<set>/<source>/counts.tsv",
    "a region, part of the model and head, in the order of the regions' file",
    (
        text("chrom", "sequence, as in the FASTA"),
        integer("start", "first base of the region, as given, bp"),
        integer("end", "end of the region, as given, bp"),
        text("name", "name of the region; chrom:start-end where it has none"),
        text("part", "model, or a part of a combined one: residual, transformation, bias"),
        text("head", "head of the model"),
        integer("windows", "windows that cover the region; 0 for one that is left out"),
        integer("first", "first base that is counted, bp"),
        integer("last", "end of what is counted, bp"),
        number("counts", "expected 5' ends from first to last, all tasks together", missing=True),
        number("log_counts", "predicted ln counts of the window, if there is one alone", missing=True),
        integer("beyond", "bp of the input that lie beyond the sequence and are N, at most over the windows"),
        text("left_out", "why there is no prediction", missing=True),
    ),
    digits=8,
)

GROUPS = Table(
    "pseudobulk/<file>/groups.tsv",
    "a group of barcodes; the last row is of barcodes without a group",
    (
        text("group", "as in the table of barcodes; empty for barcodes without one", missing=True),
        integer("listed", "barcodes of the group in the table"),
        integer("found", "different barcodes of the group in the file of fragments"),
        integer("fragments", "fragments of the group"),
    ),
)

TABLES = (PREDICTED, GROUPS)
