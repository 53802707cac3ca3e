"""The report: one HTML page that holds its figures, so that it can be sent as one file."""

from __future__ import annotations

import base64
import html
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from cisgrammar.figures.advice import advise

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
.pass { color: #11663a } .warn { color: #8a5a00 } .fail { color: #a3182b }
.verdict { font-weight: 600 }
figure { margin: 1.5rem 0 } img { max-width: 100% } figcaption { font-size: .9rem; color: #4a525b }
pre { background: #f4f6f8; padding: .8rem; overflow: auto; font-size: .8rem }
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


def _number(value: Any) -> str:
    return "&ndash;" if value is None else f"{value:.4g}"


def _place(gate: dict[str, Any]) -> str:
    return html.escape(" ".join(str(gate[key]) for key in ("sample", "fold") if gate.get(key)))


def _gate_row(gate: dict[str, Any]) -> str:
    verdict = html.escape(gate["verdict"])
    return (
        f'<tr><td class="name">{html.escape(gate["name"])}</td><td>{_place(gate)}</td>'
        f'<td class="number">{_number(gate["value"])}</td><td class="number">{_number(gate["bar"])}</td>'
        f'<td class="verdict {verdict}">{verdict}</td><td class="says">{html.escape(advise(gate))}</td></tr>'
    )


def _shown_row(gate: dict[str, Any]) -> str:
    cells = f'<td class="name">{html.escape(gate["name"])}</td><td>{_place(gate)}</td>'
    return f'<tr>{cells}<td class="number">{_number(gate["value"])}</td></tr>'


def _scroll(what: str) -> str:
    """Opens a box in which a table that is wider than the window scrolls, by the keyboard too."""
    return f'<div class="scroll" tabindex="0" role="region" aria-label="table of {what}">'


def _gates(gates: Sequence[dict[str, Any]]) -> str:
    graded = [gate for gate in gates if gate["verdict"] in VERDICTS]
    shown = [gate for gate in gates if gate["verdict"] not in VERDICTS]
    if not gates:
        return "<p>No gate belongs to the stages of this run.</p>"
    head = "<tr><th>gate</th><th>where</th><th>value</th><th>bar</th><th>verdict</th><th>what it says</th></tr>"
    table = [f"{_scroll('gates')}<table>", head, *map(_gate_row, graded), "</table></div>"]
    rows = "\n".join(map(_shown_row, shown))
    beside = (
        f"<details><summary>Numbers for comparison</summary>{_scroll('numbers')}<table>{rows}</table></div></details>"
    )
    return "\n".join([*table, beside] if shown else table)


def _figure(figure: Figure) -> str:
    picture = base64.b64encode(figure.path.read_bytes()).decode()
    title, caption = html.escape(figure.title), html.escape(figure.caption)
    return (
        f'<figure><img alt="{title}" src="data:image/png;base64,{picture}">'
        f"<figcaption><b>{title}</b> {caption}</figcaption></figure>"
    )


def _section(stage: str, remarks: Iterable[Remark], figures: Iterable[Figure]) -> str:
    heading = f'<h2 id="{html.escape(stage)}">{html.escape(stage)}</h2>'
    said = [f"<p>{html.escape(remark.text)}</p>" for remark in remarks]
    return "\n".join([heading, *said, *map(_figure, figures)])


def _summary_line(gates: Sequence[dict[str, Any]]) -> str:
    counts = {verdict: sum(gate["verdict"] == verdict for gate in gates) for verdict in VERDICTS}
    return ", ".join(f'<span class="{verdict}">{count} {verdict}</span>' for verdict, count in counts.items())


def build_page(
    title: str,
    gates: Sequence[dict[str, Any]],
    figures: Sequence[Figure],
    config: str,
    remarks: Sequence[Remark] = (),
) -> str:
    """Build the page: gates first, then a section for each stage that has remarks or figures, then the config.

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
    sections = [
        _section(stage, [r for r in remarks if r.stage == stage], [f for f in figures if f.stage == stage])
        for stage in used
    ]
    name = html.escape(title)
    return "\n".join(
        [
            "<!doctype html>",
            f'<html lang="en"><head><meta charset="utf-8"><title>{name}</title>',
            f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body>',
            f"<h1>{name}</h1>",
            f"<p>Gates: {_summary_line(gates)}.</p>",
            _gates(gates),
            *sections,
            "<h2>config</h2>",
            f"<pre>{html.escape(config)}</pre>",
            "</body></html>",
            "",
        ]
    )
