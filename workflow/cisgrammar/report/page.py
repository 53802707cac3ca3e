"""The report: one HTML page that holds its figures, so that it can be sent as one file."""

from __future__ import annotations

import base64
import html
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from cisgrammar.report.ablation_page import MOTIF_COLUMNS
from cisgrammar.report.advice import advise
from cisgrammar.report.sortable import Column, sortable
from cisgrammar.report.table_assets import SCRIPT

STAGES = (
    *("simulate", "prepare", "bias", "transformation", "combined", "predict", "evaluate"),
    *("binding", "splice", "ablation"),
)
VERDICTS = ("pass", "warn", "fail")

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
body { color: #1b1f24 }
table { border-collapse: collapse; width: 100%; font-size: .9rem }
td, th { text-align: left; vertical-align: top; padding: .3rem .6rem; border-bottom: 1px solid #d7dce1 }
td.name { overflow-wrap: anywhere; min-width: 10rem } td.says { min-width: 15rem; width: 50% }
.scroll { overflow-x: auto }
td.number { text-align: right; font-variant-numeric: tabular-nums }
th button { font: inherit; font-weight: 600; color: inherit; border: 0; background: none; padding: 0; cursor: pointer }
th[aria-sort=ascending] button::after { content: " \\25B2" }
th[aria-sort=descending] button::after { content: " \\25BC" }
fieldset { border: 1px solid #d7dce1; margin: .5rem 0; padding: .3rem .7rem; display: flex; flex-wrap: wrap;
  gap: .3rem 1rem; align-items: center; font-size: .85rem }
input, select, fieldset button { font: inherit; color: inherit; background: transparent; border: 1px solid #9aa4ae }
input[type=number] { width: 5rem }
:focus-visible { outline: 2px solid #b03a00; outline-offset: 1px }
.pass { color: #11663a } .warn { color: #8a5a00 } .fail { color: #a3182b }
td.verdict { font-weight: 600 }
figure { margin: 1.5rem 0 } img { max-width: 100% } figcaption { font-size: .9rem; color: #4a525b }
pre { background: #f4f6f8; padding: .8rem; overflow: auto; font-size: .8rem }
@media (max-width: 40rem) { img { width: 100% !important } }
@media (prefers-color-scheme: dark) {
  body { background: #15191d; color: #e3e7eb } td, th { border-color: #3a424a } pre { background: #1f252b }
  .pass { color: #6fcf97 } .warn { color: #f2c14e } .fail { color: #ff8a8a } img { background: #fff }
}
"""


class Remark(NamedTuple):
    """What was decided in a stage, in a sentence."""

    stage: str
    text: str


class Figure(NamedTuple):
    """One picture of the page."""

    stage: str
    title: str
    path: Path
    caption: str = ""


_GATE = (
    Column("gate", "name", False, mark=True),
    Column("where", "where", False, choice=True),
    Column("value", "value"),
    Column("bar", "bar", unit="what the value is held against"),
    Column("verdict", "verdict", False, choice=True, mark=True),
    Column("what it says", "says", False, mark=True),
)
_SHOWN = (Column("number", "name", False, mark=True), Column("where", "where", False), Column("value", "value"))
_OF_MOTIFS = (
    *("sites", "necessity", "necessity_low", "necessity_high", "share_significant", "decoy_necessity"),
    *("sufficiency", "log_affinity", "attribution", "in_vitro_spacing", "in_silico_spacing"),
)
_MOTIF = (
    Column("motif", "motif", False, choice=True),
    Column("where", "where", False, choice=True),
    *(column for column in MOTIF_COLUMNS if column.name in _OF_MOTIFS),
)


def _where(entry: dict[str, Any]) -> str:
    return " ".join(str(entry[key]) for key in ("sample", "fold") if entry.get(key))


def _gates(gates: Sequence[dict[str, Any]]) -> str:
    if not gates:
        return "<p>No gate belongs to the stages of this run.</p>"
    rows = [{**gate, "where": _where(gate), "says": advise(gate)} for gate in gates]
    graded = [row for row in rows if row["verdict"] in VERDICTS]
    shown = [row for row in rows if row["verdict"] not in VERDICTS]
    beside = f"<details><summary>Numbers for comparison</summary>{sortable('numbers', _SHOWN, shown)}</details>"
    return "\n".join([sortable("gates", _GATE, graded), *([beside] if shown else [])])


def _motifs(motifs: Sequence[dict[str, Any]]) -> list[str]:
    if not motifs:
        return []
    said = (
        "<p>What each motif is worth to the model, one row for each sample and fold: its sites shuffled (necessity), "
        "itself put into background (sufficiency), and what binding alone says. All models, heads and sites: "
        "<code>ablation/*/*/table.html</code>.</p>"
    )
    return [sortable("motifs", _MOTIF, [{**row, "where": _where(row)} for row in motifs]), said]


def _figure(figure: Figure, widest: int) -> str:
    """A picture, as much narrower than the page as it is than the widest one, so that letters are alike in all."""
    picture = base64.b64encode(figure.path.read_bytes()).decode()
    share = f' style="width: {100 * _pixels(figure.path) / widest:.0f}%"' if widest and _pixels(figure.path) else ""
    title, caption = html.escape(figure.title), html.escape(figure.caption)
    return (
        f'<figure><img alt="{title}"{share} src="data:image/png;base64,{picture}">'
        f"<figcaption><b>{title}</b> {caption}</figcaption></figure>"
    )


def _pixels(path: Path) -> int:
    """Width of a PNG by its header; 0 of another file."""
    with path.open("rb") as handle:
        head = handle.read(24)
    return int.from_bytes(head[16:20], "big") if head[:8] == b"\x89PNG\r\n\x1a\n" else 0


def _section(stage: str, remarks: Iterable[Remark], figures: Iterable[Figure], widest: int) -> str:
    heading = f'<h2 id="{html.escape(stage)}">{html.escape(stage)}</h2>'
    said = [f"<p>{html.escape(remark.text)}</p>" for remark in remarks]
    return "\n".join([heading, *said, *(_figure(figure, widest) for figure in figures)])


def _summary_line(gates: Sequence[dict[str, Any]]) -> str:
    counts = {verdict: sum(gate["verdict"] == verdict for gate in gates) for verdict in VERDICTS}
    return ", ".join(f'<span class="{verdict}">{count} {verdict}</span>' for verdict, count in counts.items())


def _what_ran(gates: Sequence[dict[str, Any]], stages: Sequence[str]) -> str:
    """Which stages, of how many samples and folds."""
    of_folds = [gate for gate in gates if gate.get("sample") and gate.get("fold") not in (None, "", "all")]
    samples, folds = (len({gate[name] for gate in of_folds}) for name in ("sample", "fold"))
    of = f" of {samples} sample{'s' * (samples > 1)} in {folds} fold{'s' * (folds > 1)}" if samples and folds else ""
    return f"This run: {html.escape(', '.join(stages)) or 'no stage with figures'}{of}."


def build_page(
    title: str,
    gates: Sequence[dict[str, Any]],
    figures: Sequence[Figure],
    config: str,
    remarks: Sequence[Remark] = (),
    motifs: Sequence[dict[str, Any]] = (),
) -> str:
    """Build the page: what was run, gates, motifs, a section for each stage that has remarks or figures, the config.

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

    Returns
    -------
    str
        HTML without any reference to another file, and without the time: equal input gives equal bytes.

    Raises
    ------
    ValueError
        If a figure's stage is none of `STAGES`.
    """
    unknown = sorted({entry.stage for entry in [*figures, *remarks]} - set(STAGES))
    if unknown:
        raise ValueError(
            f"figures or remarks of unknown stage {', '.join(unknown)}; the stages are {', '.join(STAGES)}"
        )
    used = [stage for stage in STAGES if any(entry.stage == stage for entry in [*figures, *remarks])]
    widest = max((_pixels(figure.path) for figure in figures), default=0)
    sections = [
        _section(stage, [r for r in remarks if r.stage == stage], [f for f in figures if f.stage == stage], widest)
        for stage in used
    ]
    first = f"<p>{_what_ran(gates, used)} Gates: {_summary_line(gates)}. Click a heading to sort.</p>"
    return _frame(title, [first, _gates(gates), *_motifs(motifs), *sections, "<h2>config</h2>", _preformatted(config)])


def _preformatted(text: str) -> str:
    return f"<pre>{html.escape(text)}</pre>"


def _frame(title: str, parts: Sequence[str]) -> str:
    name = html.escape(title)
    return "\n".join(
        [
            "<!doctype html>",
            f'<html lang="en"><head><meta charset="utf-8"><title>{name}</title>',
            f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body>',
            f"<h1>{name}</h1>",
            *parts,
            f"<script>{SCRIPT}</script></body></html>",
            "",
        ]
    )
