"""Columns and whole numbers of lines of text, as people's programs write them."""

from __future__ import annotations

import re
from decimal import Decimal

_WHOLE = re.compile(r"-?[0-9]{1,40}(\.0+)?")
_THOUSANDS = re.compile(r"-?[0-9]{1,3}(,[0-9]{3}){1,12}")
_POWER = re.compile(r"-?[0-9](\.[0-9]{1,25})?e\+?[0-9]{1,2}")
_FEW_DECIMALS, _EXACT_DECIMALS = 4, 15
_MARKS = ",;"


def whole_number(text: str) -> int | None:
    """A whole number, None for what is none.

    Programs write `100.0` beside missing numbers (pandas), `1,000` for people (browsers) and `1e+05` for 100000 (R).
    A power of ten is taken if it has at most four decimals, or all digits of a double (numpy): what has lost digits has
    five or six of them, as `1.23457e+08` of printf's %g, or a capital E, as a spreadsheet's `1.23E+08`.
    """
    text = text.strip()
    if _WHOLE.fullmatch(text):
        return int(text.partition(".")[0])
    if _THOUSANDS.fullmatch(text):
        return int(text.replace(",", ""))
    found = _POWER.fullmatch(text)
    if found is None:
        return None
    value = Decimal(text)
    if value != value.to_integral_value():
        return None
    decimals = len(found[1] or ".") - 1
    return int(value) if decimals <= _FEW_DECIMALS or decimals >= _EXACT_DECIMALS else None


def split_columns(text: str) -> list[str]:
    """The columns of a line: by tabs; without a tab by commas or semicolons before any blank; else by blanks.

    A single comma or semicolon separates nothing. Blanks around columns stay, quotes around them are taken off.
    """
    words = text.lstrip().split(None, 1)
    mark = next((mark for mark in _MARKS if words and words[0].count(mark)), None)
    if "\t" in text:
        columns = text.split("\t")
    elif mark is not None and text.count(mark) > 1:
        columns = text.split(mark)
    else:
        columns = text.split()
    return [column.strip().strip('"') for column in columns] if '"' in text else columns
