"""A table of a page, which sorts by its headings and filters in a browser."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from cisgrammar.report.render import shown


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes
    ----------
    title
        Its heading.
    name
        Name of the value in a row.
    kind
        How it is shown and sorted: `number` (three digits), `count` (all digits), `text`, `dotted` (a name
        that may be broken after its dots), or `picture` (markup, not sorted).
    unit
        Shown on hovering over the heading.
    choice
        Its values are offered as a filter.
    bound
        A limit is offered as a filter: `below`, or `least` for at least.
    mark
        Its name is the CSS class of its cells, and so is a value of one word.
    """

    title: str
    name: str
    kind: Literal["number", "count", "text", "dotted", "picture"] = "number"
    unit: str = ""
    choice: bool = False
    bound: Literal["", "below", "least"] = ""
    mark: bool = False


@dataclass(frozen=True)
class Table:
    """What `sortable` in `table.html.j2` shows.

    Attributes
    ----------
    name
        What the rows are; the heading.
    columns
        From left to right.
    rows
        Column name -> value. A number that is missing or not finite is a dash, a missing text an empty cell.
    values
        Column name -> the values of a column, for columns with a filter of rows that can be read but once.
    """

    name: str
    columns: Sequence[Column]
    rows: Iterable[Mapping[str, Any]]
    values: Mapping[str, Iterable[Any]] = field(default_factory=dict)

    def choices(self, column: Column) -> list[str]:
        """The values that a column's filter offers, in the order of letters; none if it has no such filter."""
        if not column.choice:
            return []
        given = self.values.get(column.name)
        return sorted(
            {shown(value) for value in ((row.get(column.name) for row in self.rows) if given is None else given)}
        )
