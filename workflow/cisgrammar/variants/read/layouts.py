"""Which column of a table of variants holds what: by its line of names, or by variant-scorer's layouts without one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from cisgrammar.files.columns import split_columns, whole_number
from cisgrammar.variants.read.identifiers import OF_TRANSCRIPT, is_rs, why_unreadable
from cisgrammar.variants.read.raw import NO_BASE

Line = tuple[int, list[str]]
MISSING = (".", "", NO_BASE)


class Layout(NamedTuple):
    """Columns of a table, from 0; `end` and `id` are -1 where there is none; `base` is that of the first position.

    `order` says whether either allele may be the reference one.
    """

    chrom: int
    position: int
    ref: int
    alt: int
    id: int
    end: int = -1
    base: int = 1
    order: bool = False

    @property
    def columns(self) -> int:
        """Fewest columns of a line: without the identifier where that comes last."""
        return max(self[:4]) + 1


VCF = Layout(0, 1, 3, 4, 2)
LAYOUTS = {
    "chrombpnet": Layout(0, 1, 2, 3, 4),
    "bed": Layout(0, 1, 3, 4, 5, end=2, base=0),
    # a .bim has the rarer allele first, whichever the genome has
    "plink": Layout(0, 3, 4, 5, 1, order=True),
    "original": Layout(0, 1, 3, 4, 2),
}
"""variant-scorer's layouts of tables without a header."""
_NAMES = {
    "chrom": ("chrom", "chr", "chromosome", "contig", "seqnames", "hm_chrom", "chr_id", "chromosome_name"),
    "position": (
        *("pos", "position", "bp", "start", "start_position", "base_pair_location", "hm_pos", "genpos", "chr_pos"),
        *("base_pair_position", "bp_position"),
    ),
    "id": ("id", "rsid", "rs_id", "snp", "variant_id", "name", "hm_rsid", "markername", "snpid", "marker"),
    "end": ("end", "end_position", "stop"),
}
_REF = ("ref", "reference", "ref_allele", "reference_allele")
_ALT = ("alt", "alternate", "alt_allele", "alternate_allele", "tumor_seq_allele2")
_EFFECT = ("effect_allele", "hm_effect_allele", "ea", "tested_allele", "risk_allele", "coded_allele", "effectallele")
_OTHER = (
    *("other_allele", "hm_other_allele", "oa", "nea", "non_effect_allele", "noneffect_allele", "noncoded_allele"),
    *("otherallele", "reference_allele", "ref", "alt"),
)
_NUMBERED = (("allele1", "allele2"), ("allele0", "allele1"), ("a1", "a2"), ("a0", "a1"))
"""Names of the two alleles of summary statistics and of plink, of which either may be the genome's."""


def header_of(lines: Sequence[tuple[int, str]]) -> tuple[int | None, Layout | None]:
    """Line of the header, and the layout that it names; None where neither a comment nor the first row is one."""
    for number, text in lines:
        if not text.strip():
            continue
        names = [field.strip().lower() for field in split_columns(text.lstrip("#").strip(" "))]
        places = {key: next((names.index(n) for n in known if n in names), -1) for key, known in _NAMES.items()}
        alleles = _alleles(names)
        if alleles is not None and min(places["chrom"], places["position"]) >= 0:
            zero_based = names[places["position"]] == "start"
            ref, alt, order = alleles
            return number, Layout(**places, ref=ref, alt=alt, base=0 if zero_based else 1, order=order)
        if not text.startswith("#"):
            break
    return None, None


def _alleles(names: Sequence[str]) -> tuple[int, int, bool] | None:
    """Columns of both alleles, and whether their order is open: reference and alternate, else effect and other."""
    for first, second, order in (
        (_REF, _ALT, False),
        (_OTHER, _EFFECT, True),
        *(((one,), (two,), True) for one, two in _NUMBERED),
        ((*_REF, "allele1"), (*_ALT, "allele2"), True),
    ):
        places = [next((names.index(name) for name in known if name in names), -1) for known in (first, second)]
        if min(places) >= 0:
            return places[0], places[1], order
    return None


def behind_names_of_rows(rows: Sequence[Line], named: Layout) -> Layout:
    """The layout that a header names, moved by a column where the rows begin with R's names of rows, without a name."""
    places = {key: getattr(named, key) for key in ("chrom", "position", "ref", "alt", "id", "end")}
    moved = named._replace(**{key: place + (place >= 0) for key, place in places.items()})
    fits = [[fits_layout(fields, one._replace(end=-1)) for one in (named, moved)] for _, fields in rows]
    return moved if fits and all(behind and not here for here, behind in fits) else named


def base_of(rows: Sequence[Line], named: Layout, path: str | Path) -> int:
    """What the first position of a table with a header is called: 0, or 1 as ANNOVAR does beside a column `end`.

    Columns `start` and `end` count from 0 where they span the reference allele as in BED, and from 1 where they do so
    with both ends. ValueError where they do neither.
    """
    if named.base == 1 or named.end < 0:
        return named.base
    spans = []
    for _, fields in rows:
        if len(fields) > max(named):
            ends = [whole_number(fields[place]) for place in (named.position, named.end)]
            ref = fields[named.ref].strip()
            if None not in ends and ref not in MISSING:
                spans.append(ends[1] - ends[0] - len(ref))  # type: ignore[operator]
    if not spans or all(span == 0 for span in spans):
        return 0
    if all(span == -1 for span in spans):
        return 1
    raise ValueError(
        f"{path}: start and end do not span the reference alleles, neither from 0 (as BED) nor from 1 (as ANNOVAR); "
        "correct them, or give a column pos, counted from 1"
    )


def guess(rows: Sequence[Line], fitting: list[str], path: str | Path) -> str:
    """The one layout that all rows fit; ValueError where it is none, or two."""
    # An identifier that is everywhere the end of the reference allele is no identifier.
    fitting = ["bed"] if "bed" in fitting else fitting
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise ValueError(f"{path}: its first lines fit the layouts {' and '.join(fitting)}; give `layout`")
    number, fields = rows[0]
    shown = "\t".join(fields)
    shown = shown if len(shown) <= 60 else f"{shown[:57]}..."
    words, numbers = rows[-1][1], [text for _, fields in rows for text in fields if whole_number(text) is not None]
    if why_unreadable(words[0]) == OF_TRANSCRIPT:
        raise ValueError(f"{path}:{number}: {OF_TRANSCRIPT}, got {shown!r}")
    if is_rs(words[0]) and not numbers:
        raise ValueError(
            f"{path}:{number}: identifiers of dbSNP without a place ({shown!r}); look them up, as with bcftools in "
            "dbSNP's VCF, and give a VCF"
        )
    layouts = "a header with chrom, pos, ref, alt, words as chr1-100-A-C, VEP's input, or the layouts "
    raise ValueError(
        f"{path}:{number}: the columns are those of no layout; wanted {layouts + ', '.join(LAYOUTS)}, tabs between, "
        f"got {shown!r}"
    )


def of_annovar(rows: Sequence[Line], layout: Layout) -> Layout:
    """The layout `original` with an end in place of the identifier, where all rows say so as ANNOVAR's input does."""
    if layout != LAYOUTS["original"]:
        return layout
    for _, fields in rows:
        if len(fields) < layout.columns:
            return layout
        start, end = whole_number(fields[layout.position]), whole_number(fields[layout.id])
        bases = max(1, len(fields[layout.ref].strip().strip(NO_BASE)))
        if start is None or end is None or end - start != bases - 1:
            return layout
    return layout._replace(end=layout.id, id=-1)


def fits_layout(fields: Sequence[str], layout: Layout) -> bool:
    """Whether a row has a position and letters of alleles where a layout has them."""
    if len(fields) < layout.columns:
        return False
    position, ref, alt = (fields[i].strip() for i in (layout.position, layout.ref, layout.alt))
    if not position.isdigit() or not all(allele and set(allele.upper()) <= set("ACGTN-.*,") for allele in (ref, alt)):
        return False
    if layout.end < 0:
        return True
    end = fields[layout.end].strip()
    return end.isdigit() and int(end) - int(position) == len(ref.strip(NO_BASE))


def gap_position(first: str, last: str) -> str:
    """The base, from 1, before which an insertion is put by its start and end; empty where they do not tell.

    Between two bases (start + 1 = end, MAF), after one (start = end, ANNOVAR; BED says the same from 0), or before one
    (end = start - 1, VEP).
    """
    start, end = whole_number(first), whole_number(last)
    if start is None or end is None or end - start not in (-1, 0, 1):
        return ""
    return str(start + (end >= start))
