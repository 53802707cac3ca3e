"""The page of a run's variants: a table that sorts, and a card for each of the strongest."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from markupsafe import Markup, escape
from numpy.typing import NDArray

from cisgrammar.iupac import BASES
from cisgrammar.motifs.logo import LETTER_COLOURS, letter_symbols
from cisgrammar.report.render import render
from cisgrammar.report.sparkline import sparkline
from cisgrammar.report.table import Column, Table
from cisgrammar.variants.cards import Card
from cisgrammar.variants.table import Counts, Row

_AROUND, _LOGO = 200, 30
_WIDTH, _HEIGHT = 11, 36
_PLAIN = (
    Column("variant", "variant", "text"),
    Column("id", "id", "text"),
    Column("kind", "kind", "text", choice=True),
    Column("peak", "peak", "text"),
    Column("genes", "genes", "text", "gene:distance in bp"),
)
_OF_PROFILE = (
    ("logfc", "log2 of predicted counts, alternate over reference", ""),
    ("logfc_low", "95 % interval of the mean over folds", ""),
    ("logfc_high", "95 % interval of the mean over folds", ""),
    ("jsd", "Jensen-Shannon distance of the profiles, base 2", ""),
    ("max_percentile", "larger share of peaks predicted below", "least"),
    ("logfc_q_substitutions", "beside random substitutions in the same peak", "below"),
    ("logfc_q_shuffled", "beside variants in shuffled sequence", "below"),
)
_OF_BINDING = (
    ("delta_log_affinity", "ln affinity, alternate minus reference", ""),
    ("delta_log_affinity_se", "standard error", ""),
)

_OF_SIGNS = (
    Column("accessibility by", "source", "text"),
    Column("affinity by", "model", "text"),
    Column("motif", "motif", "text"),
    Column("variants", "variants", "count", "that touch a site and change both"),
    Column("share that agrees", "share"),
    Column("from", "low", unit="95 % interval"),
    Column("to", "high", unit="95 % interval"),
    Column("by chance", "expected", unit="share if the two signs were independent"),
    Column("p", "p", unit="chance of as many or more"),
)


_TOLD = ("site", "motif", "site_place", "partner", "SpliceAI", "acceptor_verdict", "donor_verdict", "event", "frame")
"""Scores of words that a card tells."""


class _Picture(NamedTuple):
    caption: str
    svg: Markup


class _Shown(NamedTuple):
    number: int
    title: str
    facts: list[str]
    pictures: list[_Picture]


def variants_page(
    title: str, source: str, rows: Sequence[Row], counts: Counts, cards: Sequence[Card], signs: pd.DataFrame
) -> str:
    """Build the page.

    Parameters
    ----------
    title, source
        Heading, and name of the file of variants.
    rows
        Of `SCORES`, the strongest first.
    counts
        Of the whole file.
    cards
        Of the strongest.
    signs
        The table `SIGNS`.

    Returns
    -------
    str
        HTML that needs no other file and no network; equal input gives equal bytes.
    """
    columns = _columns(rows[0]) if rows else _PLAIN
    by_number = {int(row["number"]): row for row in rows}
    refused = [{"reason": reason, "alleles": number} for reason, number in sorted(counts.reasons.items())]
    return str(
        render(
            "variants.html.j2",
            title=title,
            source=source,
            colours=LETTER_COLOURS,
            letters=Markup(letter_symbols()),
            total=counts.total,
            scored=counts.scored,
            nulls=any(column.name.endswith("logfc") for column in columns),
            cards=[_shown(card, by_number[card.number]) for card in cards if card.number in by_number],
            variants=Table("variants", columns, [_values(row, columns) for row in rows]),
            signs=Table("signs", _OF_SIGNS, signs.to_dict("records")),
            refused=Table("not scored", (Column("reason", "reason", "text"), Column("alleles", "alleles")), refused),
        )
    )


def _columns(row: Row) -> tuple[Column, ...]:
    found = list(_PLAIN)
    for name in row:
        label, _, score = name.rpartition(".")
        for wanted, meaning, bound in (*_OF_PROFILE, *_OF_BINDING):
            if label and score == wanted:
                found.append(Column(name, name, unit=meaning, bound="least" if bound == "least" else _below(bound)))
        if name == "splice.ds_max":
            found.append(Column(name, name, unit="largest change of a splice site's probability", bound="least"))
        if label and score in ("site", "motif", "partner", "acceptor_verdict", "donor_verdict", "frame"):
            found.append(Column(name, name, "text", choice=score != "partner"))
    return tuple(found)


def _below(bound: str) -> Any:
    return "below" if bound == "below" else ""


def _values(row: Row, columns: Sequence[Column]) -> dict[str, Any]:
    peak = next((value for name, value in row.items() if name.endswith(".peak") and value), "")
    plain = {"variant": _name(row), "id": row["id"], "kind": row["kind"], "peak": peak, "genes": row["genes"]}
    numbers = {c.name: _number(row[c.name]) for c in columns if c.kind == "number" and c.name in row}
    texts = {c.name: row[c.name] for c in columns if c.kind == "text" and c.name in row and c.name not in plain}
    return {**plain, **texts, **numbers}


def _name(row: Row) -> str:
    return f"{row['chrom']}:{row['pos']} {_short(row['ref'])}>{_short(row['alt'])}"


def _short(allele: str) -> str:
    return allele if len(allele) <= 12 else f"{allele[:9]}...({len(allele)})"


def _number(text: str) -> float | None:
    value = float(text) if text else math.nan
    return value if math.isfinite(value) else None


def _shown(card: Card, row: Row) -> _Shown:
    at = int(row["pos"]) - 1 - card.window
    pictures = []
    for head, profile in card.log_probabilities.items():
        counts = np.exp(profile + card.log_counts[head][:, None, None]).sum(axis=1)  # (2, length)
        flank = (card.codes.shape[1] - counts.shape[1]) // 2
        middle = min(max(at - flank, _AROUND), counts.shape[1] - _AROUND)
        around = slice(max(0, middle - _AROUND), middle + _AROUND)
        pair = (counts[0, around], counts[1, around])
        even = len(pair[0]) // 2 * 2
        label = f"predicted reads of {head} with the reference (area) and the alternate allele (line)"
        if even:
            pictures.append(_Picture(f"{label}, {even} bp", sparkline(pair[0][:even], pair[1][:even], label)))
        for allele, name in enumerate(("reference", "alternate")):
            values = card.contributions[head][allele]
            if np.isfinite(values).all():
                caption = f"{name}: contributions to ln counts of {head}, {2 * _LOGO} bp"
                drawn = _logo(card.codes[allele], values, at, caption, card.contributions[head])
                pictures.append(_Picture(caption, drawn))
    return _Shown(card.number, _name(row), _facts(row), pictures)


def _facts(row: Row) -> list[str]:
    facts = [row["id"]] if row["id"] != "." else []
    for name, value in row.items():
        label, _, score = name.rpartition(".")
        if not label or value in ("", "nan"):
            continue
        if score in ("logfc", "jsd", "logfc_q_substitutions", "logfc_q_shuffled", "delta_log_affinity"):
            facts.append(f"{name} {float(value):.3g}")
        elif score in (
            "motif",
            "site",
            "site_place",
            "partner",
            "SpliceAI",
            "acceptor_verdict",
            "donor_verdict",
            "event",
            "frame",
        ):
            facts.append(f"{name} {value}")
    return facts


def _logo(
    codes: NDArray[np.uint8], values: NDArray[np.float32], at: int, label: str, both: NDArray[np.float32]
) -> Markup:
    """Letters as tall as their contributions, those below 0 upside down; both alleles on one scale."""
    first, last = max(0, at - _LOGO), min(len(codes), at + _LOGO)
    most = float(np.abs(both[:, first:last]).max()) or 1.0
    parts = []
    for i in range(first, last):
        tall = float(values[i]) / most * _HEIGHT
        if abs(tall) < 0.5 or codes[i] >= len(BASES):
            continue
        x = (i - first) * _WIDTH
        use = f'<use href="#base-{BASES[codes[i]]}" width="{_WIDTH - 1}" height="{abs(tall):.1f}"'
        if tall > 0:
            parts.append(f'{use} x="{x}" y="{_HEIGHT - tall:.1f}"/>')
        else:
            parts.append(f'{use} transform="translate({x} {_HEIGHT - tall:.1f}) scale(1 -1)"/>')
    mark = f'<rect x="{(at - first) * _WIDTH}" y="0" width="{_WIDTH - 1}" height="{2 * _HEIGHT}" fill="#ddd"/>'
    wide, high = (last - first) * _WIDTH, 2 * _HEIGHT
    size = f'viewBox="0 0 {wide} {high}" width="{wide}" height="{high}"'
    return Markup(f'<svg role="img" aria-label="{escape(label)}" {size}>{mark}{"".join(parts)}</svg>')
