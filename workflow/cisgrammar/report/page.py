"""The report: one HTML page that holds its figures, so that it can be sent as one file."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
from markupsafe import Markup

from cisgrammar.motifs.logo import LETTER_COLOURS, letter_symbols
from cisgrammar.report.ablation_page import MOTIF_COLUMNS
from cisgrammar.report.advice import advise
from cisgrammar.report.data import DataSection
from cisgrammar.report.discovered import discovered_table
from cisgrammar.report.remarks import Remark
from cisgrammar.report.render import render
from cisgrammar.report.table import Column, Table

STAGES = (
    *("simulate", "prepare", "bias", "transformation", "combined", "predict", "evaluate"),
    *("binding", "splice", "discover", "ablation", "variants"),
)
_NO_DATA = DataSection()
_LETTERS = {"colours": LETTER_COLOURS, "letters": Markup(letter_symbols())}
VERDICTS = ("pass", "warn", "fail")


class Figure(NamedTuple):
    """One picture of the page."""

    stage: str
    title: str
    path: Path
    caption: str = ""


class _Picture(NamedTuple):
    """A figure as the page holds it: a PNG in base64.

    It is as much narrower than the page as it is than the widest figure, so that letters are alike in all; `percent` is
    None of a file that is no PNG.
    """

    title: str
    caption: str
    base64: str
    percent: int | None


class _Section(NamedTuple):
    """A stage's part of the page."""

    stage: str
    remarks: list[str]
    pictures: list[_Picture]


_GATE = (
    Column("gate", "name", "dotted"),
    Column("where", "where", "text", choice=True),
    Column("value", "value"),
    Column("bar", "bar", unit="what the value is held against"),
    Column("verdict", "verdict", "text", choice=True, mark=True),
    Column("what it says", "says", "text", mark=True),
)
_NUMBER = (Column("number", "name", "dotted"), Column("where", "where", "text"), Column("value", "value"))
_OF_MOTIFS = (
    *("sites", "necessity", "necessity_low", "necessity_high", "share_significant", "decoy_necessity"),
    *("sufficiency", "log_affinity", "attribution", "in_vitro_spacing", "in_silico_spacing"),
)
_MOTIF = (
    Column("motif", "motif", "text", choice=True),
    Column("where", "where", "text", choice=True),
    *(column for column in MOTIF_COLUMNS if column.name in _OF_MOTIFS),
)


def _where(entry: dict[str, Any]) -> str:
    return " ".join(str(entry[key]) for key in ("sample", "fold") if entry.get(key))


def _gates(gates: Sequence[dict[str, Any]]) -> tuple[Table | None, Table | None]:
    """The gates that have a verdict, and the numbers for comparison; None where there is nothing to show."""
    rows = [{**gate, "where": _where(gate), "says": advise(gate)} for gate in gates]
    graded = [row for verdict in reversed(VERDICTS) for row in rows if row["verdict"] == verdict]
    others = [row for row in rows if row["verdict"] not in VERDICTS]
    return Table("gates", _GATE, graded) if rows else None, Table("numbers", _NUMBER, others) if others else None


def _motifs(motifs: Sequence[dict[str, Any]]) -> Table | None:
    return Table("motifs", _MOTIF, [{**row, "where": _where(row)} for row in motifs]) if motifs else None


def _picture(figure: Figure, widest: int) -> _Picture:
    width = _pixels(figure.path)
    encoded = base64.b64encode(figure.path.read_bytes()).decode()
    return _Picture(figure.title, figure.caption, encoded, round(100 * width / widest) if width and widest else None)


def motif_rows(places: Iterable[tuple[str, str]], tables: Iterable[pd.DataFrame]) -> list[dict[str, Any]]:
    """The rows of motif tables that the page shows: those of each table's first model and head.

    Parameters
    ----------
    places
        Sample and fold of each table.
    tables
        As `motif_table` gives.
    """
    rows = []
    for (sample, fold), table in zip(places, tables, strict=True):
        models = list(zip(table["model"], table["head"], strict=True))
        shown = table[[model == models[0] for model in models]]
        rows += [{"sample": sample, "fold": fold, **row} for row in shown.to_dict("records")]
    return rows


def _pixels(path: Path) -> int:
    """Width of a PNG by its header; 0 of another file."""
    with path.open("rb") as handle:
        head = handle.read(24)
    return int.from_bytes(head[16:20], "big") if head[:8] == b"\x89PNG\r\n\x1a\n" else 0


def _sections(remarks: Sequence[Remark], figures: Sequence[Figure]) -> list[_Section]:
    """The stages that have remarks or figures, in their order."""
    widest = max((_pixels(figure.path) for figure in figures), default=0)
    sections = [
        _Section(
            stage,
            [remark.text for remark in remarks if remark.stage == stage],
            [_picture(figure, widest) for figure in figures if figure.stage == stage],
        )
        for stage in STAGES
    ]
    return [section for section in sections if section.remarks or section.pictures]


def _what_ran(gates: Sequence[dict[str, Any]], stages: Sequence[str]) -> str:
    """Which stages, of how many samples and folds."""
    of_folds = [gate for gate in gates if gate.get("sample") and gate.get("fold") not in (None, "", "all")]
    samples, folds = (len({gate[name] for gate in of_folds}) for name in ("sample", "fold"))
    of = f" of {samples} sample{'s' * (samples > 1)} in {folds} fold{'s' * (folds > 1)}" if samples and folds else ""
    return f"{', '.join(stages) or 'no stage with figures'}{of}"


def _check_stages(found: set[str]) -> None:
    unknown = sorted(found - set(STAGES))
    if unknown:
        raise ValueError(
            f"figures or remarks of unknown stage {', '.join(unknown)}; the stages are {', '.join(STAGES)}"
        )


def build_page(
    title: str,
    gates: Sequence[dict[str, Any]],
    figures: Sequence[Figure],
    config: str,
    remarks: Sequence[Remark] = (),
    motifs: Sequence[dict[str, Any]] = (),
    data: DataSection = _NO_DATA,
    discovered: Sequence[dict[str, Any]] = (),
) -> str:
    """Build the page: what was run, its data, gates, motifs, a section for each stage with remarks or figures, config.

    Parameters
    ----------
    title
        Heading of the page.
    gates
        The entries of summary.json: stage, sample, fold, name, value, bar and verdict.
    figures
        PNG pictures; each goes into its stage's section, in the order given.
    config
        The run's config as text, for the page's end.
    remarks
        What was decided; each stands at the head of its stage's section.
    motifs
        Rows of the motif tables, of one model and head, with `sample` and `fold`.
    data
        Tables of reads and windows, and the first cause of failed gates.
    discovered
        Rows of `discovered_rows`.

    Returns
    -------
    str
        HTML that needs no other file (links lead to some), and without the time: equal input gives equal bytes.

    Raises
    ------
    ValueError
        If a figure's stage is none of `STAGES`.
    """
    _check_stages({figure.stage for figure in figures} | {remark.stage for remark in remarks})
    sections = _sections(remarks, figures)
    graded, numbers = _gates(gates)
    page = render(
        "report.html.j2",
        title=title,
        ran=_what_ran(gates, [section.stage for section in sections]),
        counts={verdict: sum(gate["verdict"] == verdict for gate in gates) for verdict in VERDICTS},
        gates=graded,
        numbers=numbers,
        motifs=_motifs(motifs),
        discovered=discovered_table(discovered),
        **_LETTERS,
        sections=sections,
        data=data,
        config=config,
    )
    # Plain text: markup would escape what a caller puts into it.
    return str(page)
