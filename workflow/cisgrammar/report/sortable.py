"""A table of a page that sorts by its headings and filters: what `html_page.SCRIPT` works on."""

from __future__ import annotations

import html
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Column:
    """Heading (HTML), how to fill a cell, and whether it sorts as a number; `unit` is told on hovering.

    `choice` offers the column's values as a filter; `bound` a limit: `below` or `least`.
    """

    title: str
    name: str
    number: bool = True
    unit: str = ""
    choice: bool = False
    bound: str = ""
    mark: bool = False


def sortable(
    name: str,
    columns: Sequence[Column],
    rows: Sequence[Mapping[str, Any]],
    pictures: Callable[[Mapping[str, Any]], Sequence[str]] | None = None,
    picture_titles: Sequence[str] = (),
) -> str:
    """A section with a heading, filters and the table.

    Parameters
    ----------
    name
        What the table is of; its heading.
    columns, rows
        A cell is empty where a row has no value of a column's name. A column with `mark` has its name as CSS class, and
        its value too if that is one word.
    pictures, picture_titles
        HTML of further cells of a row, which follow the first column, and their headings.
    """
    titles = [
        f'<th scope="col" aria-sort="none" data-type="{"number" if c.number else "text"}">'
        f'<button type="button" title="{html.escape(c.unit)}">{c.title}</button></th>'
        for c in columns
    ]
    titles[1:1] = [f'<th scope="col">{picture}</th>' for picture in picture_titles]
    body = "\n".join(_row(columns, row, pictures(row) if pictures else ()) for row in rows)
    return (
        f'<section data-table="{name}"><h2>{name}</h2>{_filters(name, columns, rows, len(picture_titles))}'
        f'<div class="scroll" tabindex="0" role="region" aria-label="table of {name}"><table>'
        f"<thead><tr>{''.join(titles)}</tr></thead><tbody>\n{body}\n</tbody></table></div></section>"
    )


def _row(columns: Sequence[Column], row: Mapping[str, Any], pictures: Sequence[str]) -> str:
    cells = [_cell(column, row.get(column.name)) for column in columns]
    cells[1:1] = [f"<td>{picture}</td>" for picture in pictures]
    return f"<tr>{''.join(cells)}</tr>"


def _cell(column: Column, value: Any) -> str:
    if column.number:
        return _number(value)
    text = _text(value)
    if not column.mark:
        return f"<td>{text}</td>"
    # A word, such as a verdict, is a class of its own; a sentence's words are not.
    word = f" {text}" if text.isalpha() else ""
    return f'<td class="{column.name}{word}">{text}</td>'


def _text(value: Any) -> str:
    return "" if value is None or (isinstance(value, float) and math.isnan(value)) else html.escape(str(value))


def _number(value: Any) -> str:
    if value is None or not math.isfinite(value):
        return '<td class="number" data-value="">&ndash;</td>'
    return f'<td class="number" data-value="{value:.6g}">{value:.3g}</td>'


def _filters(name: str, columns: Sequence[Column], rows: Sequence[Mapping[str, Any]], pictures: int) -> str:
    parts = [f'<label>contains <input type="search" data-filter="text:" id="{name.replace(" ", "-")}-text"></label>']
    for number, column in enumerate(columns):
        i = number + pictures if number else 0
        values = sorted({_text(row.get(column.name)) for row in rows})
        if column.choice and len(values) > 1:
            options = "".join(f"<option>{value}</option>" for value in values)
            select = f'<select data-filter="is:{i}"><option value="">all</option>{options}</select>'
            parts.append(f"<label>{column.title} {select}</label>")
        if column.bound:
            word = "below" if column.bound == "below" else "at least"
            field = f'<input type="number" step="any" data-filter="{column.bound}:{i}">'
            parts.append(f"<label>{column.title} {word} {field}</label>")
    clear = '<button type="button" data-clear>clear</button> <output aria-live="polite"></output>'
    return f"<fieldset><legend>filter {name}</legend>{''.join(parts)}{clear}</fieldset>"
