"""The table of variants at splice sites."""

from cisgrammar.tables.contract import Column, Table, integer, number, text

_KINDS = {"ag": "acceptor gain", "al": "acceptor loss", "dg": "donor gain", "dl": "donor loss"}
_FROM = "bp from the variant's first base"


def _scores(prefix: str, what: str) -> tuple[Column, ...]:
    return tuple(number(f"{prefix}{key}", f"{what}: {name}", missing=True) for key, name in _KINDS.items())


def _places(prefix: str, what: str) -> tuple[Column, ...]:
    return tuple(
        integer(f"{prefix}{key}", f"{_FROM} to the {what}: {name}", missing=True) for key, name in _KINDS.items()
    )


def _site(kind: str) -> tuple[Column, ...]:
    return (
        text(
            f"{kind}_verdict",
            f"{kind}s at the calibrated threshold: lost, made, strengthened, weakened (by 0.2 or more), several by "
            "commas, or unchanged; none without thresholds",
            missing=True,
        ),
        integer(f"{kind}_lost", f"{_FROM} to the {kind} that is no longer called", missing=True),
        integer(f"{kind}_made", f"{_FROM} to the {kind} that is newly called", missing=True),
    )


VARIANT_SPLICE = Table(
    "variants/<name>/splice.tsv",
    "a variant in a gene; one without a gene, or that is not scored, has a row all the same",
    (
        integer("line", "line or record of the input, from 1"),
        text("chrom", "chromosome"),
        integer("start", "first base of the reference allele, 0-based"),
        text("id", "identifier of the input"),
        text("ref", "reference allele"),
        text("alt", "the other allele"),
        text("gene", "symbol or id", missing=True),
        text("strand", "+ or -", missing=True),
        text("reason", "why it is not scored", missing=True),
        *_scores("ds_", "largest change of probability within the distance of both alleles, all bases of them"),
        *_places("dp_", "base of that change"),
        *_scores("masked_ds_", "the same, gains off annotated sites and losses on them"),
        *_places("masked_dp_", "base of the masked change"),
        *_site("acceptor"),
        *_site("donor"),
        text("event", "what becomes of an exon, if the calls are right", missing=True),
        integer("coding_change", "change of coding bases of that exon, bp", missing=True),
        text("frame", "kept, shifted or not coding", missing=True),
        text("spliceai", "SpliceAI's string", missing=True),
        text("spliceai_reason", "why SpliceAI would give no string", missing=True),
    ),
)

TABLES = (VARIANT_SPLICE,)
