"""The report: one HTML page that holds its figures, so that it can be sent as one file."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
from markupsafe import Markup

from cisgrammar.motifs.logo import LETTER_COLOURS, letter_symbols
from cisgrammar.report.ablation_page import MOTIF_COLUMNS
from cisgrammar.report.advice import advise
from cisgrammar.report.data import DataSection
from cisgrammar.report.discovered import discovered_table
from cisgrammar.report.methods import Methods
from cisgrammar.report.overview import Overview, matrix
from cisgrammar.report.pictures import Figure, Picture, embedded, pixels, thumbnail
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


@dataclass(frozen=True)
class Content:
    """What a page shows.

    Attributes
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
    overview
        What stands above the tables; None for the matrix of several samples or folds.
    thumbnails
        The page's folder, if its figures are small and lead to their files; None if they are whole.
    methods
        The paragraph for a paper.
    """

    title: str
    gates: Sequence[dict[str, Any]]
    figures: Sequence[Figure]
    config: str
    remarks: Sequence[Remark] = ()
    motifs: Sequence[dict[str, Any]] = ()
    data: DataSection = _NO_DATA
    discovered: Sequence[dict[str, Any]] = ()
    overview: Overview | None = None
    thumbnails: Path | None = None
    methods: Methods | None = None


class _Section(NamedTuple):
    """A stage's part of the page."""

    stage: str
    remarks: list[str]
    pictures: list[Picture]


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
    Column("% of counts", "percent", unit="what a site adds: 100 (exp(necessity) - 1)"),
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
    rows = [{**row, "where": _where(row), "percent": _percent(row.get("necessity"))} for row in motifs]
    return Table("motifs", _MOTIF, rows) if rows else None


def _percent(necessity: float | None) -> float:
    """Per cent of counts that a site adds, of an effect in nats."""
    return math.nan if necessity is None else 100 * math.expm1(necessity)


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


def _sections(remarks: Sequence[Remark], figures: Sequence[Figure], folder: Path | None) -> list[_Section]:
    """The stages that have remarks or figures, in their order; of a page in a folder, with thumbnails."""
    widest = max((pixels(figure.path) for figure in figures), default=0) if folder is None else 0
    sections = [
        _Section(
            stage,
            [remark.text for remark in remarks if remark.stage == stage],
            [
                embedded(figure, widest) if folder is None else thumbnail(figure, folder)
                for figure in figures
                if figure.stage == stage
            ],
        )
        for stage in STAGES
    ]
    return [section for section in sections if section.remarks or section.pictures]


def _what_ran(gates: Sequence[Mapping[str, Any]], stages: Sequence[str]) -> str:
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


def build_page(content: Content) -> str:
    """Build the page: what was run, its data, gates, motifs, a section for each stage with remarks or figures, config.

    Parameters
    ----------
    content
        What the page shows.

    Returns
    -------
    str
        HTML without any reference to another file but those of thumbnails (links lead to some), and without the time:
        equal input gives equal bytes.

    Raises
    ------
    ValueError
        If a figure's stage is none of `STAGES`.
    """
    _check_stages({figure.stage for figure in content.figures} | {remark.stage for remark in content.remarks})
    sections = _sections(content.remarks, content.figures, content.thumbnails)
    above = content.overview or Overview(matrix(content.gates, {}))
    counted = content.gates if above.counted is None else above.counted
    graded, numbers = _gates(content.gates)
    page = render(
        "report.html.j2",
        title=content.title,
        ran=_what_ran(counted, [section.stage for section in sections]),
        counts={verdict: sum(gate["verdict"] == verdict for gate in counted) for verdict in VERDICTS},
        overview=above,
        small=content.thumbnails is not None,
        methods=content.methods,
        gates=graded,
        numbers=numbers,
        motifs=_motifs(content.motifs),
        discovered=discovered_table(content.discovered),
        **_LETTERS,
        sections=sections,
        data=content.data,
        config=content.config,
    )
    # Plain text: markup would escape what a caller puts into it.
    return str(page)
