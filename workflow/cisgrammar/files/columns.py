"""Columns and whole numbers of lines of text, as people's programs write them."""

from __future__ import annotations

import csv
import re
from decimal import Decimal

_WHOLE = re.compile(r"-?[0-9]{1,40}(\.0+)?")
_THOUSANDS = re.compile(r"-?[0-9]{1,3}(,[0-9]{3}){1,12}")
_POWER = re.compile(r"-?[0-9](\.[0-9]{1,25})?e\+?[0-9]{1,2}")
_FEW_DECIMALS, _EXACT_DECIMALS = 4, 15
_MARKS = (",", ";")
_STRANDS = {
    **dict.fromkeys(("+", "1", "+1", "plus", "forward", "fwd", "f"), "+"),
    **dict.fromkeys(("-", "-1", "minus", "reverse", "rev", "r"), "-"),
}
LONGEST_STRAND = max(map(len, _STRANDS))
"""Letters of the longest word for a strand."""


def strand_of(text: str) -> str:
    """`+` or `-` of what programs write for a strand (Ensembl `1`, `-1`; `plus`, `forward`, `F`); empty of others."""
    return _STRANDS.get(text.strip().lower(), "")


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

    Of commas and semicolons the first separates (`chr1;100;200;3,5`); a single one separates nothing, nor does one
    within quotes (`chr1,"1,200","3,400"`). Blanks around columns stay, quotes around them are taken off.
    """
    mark = separator_of(text)
    if mark in _MARKS:
        columns = _quoted(text, mark) if '"' in text else text.split(mark)
    else:
        columns = text.split("\t") if mark == "\t" else text.split()
    return [column.strip().strip('"') for column in columns] if '"' in text else columns


def _quoted(text: str, mark: str) -> list[str]:
    try:
        return next(csv.reader([text], delimiter=mark), [])
    except csv.Error:  # a column of more than 128 KiB
        return text.split(mark)


def separator_of(text: str) -> str:
    """What separates the columns of a line, as `split_columns` takes it: a tab, a comma, a semicolon, or a blank."""
    if "\t" in text:
        return "\t"
    words = text.lstrip().split(None, 1)
    places = {words[0].find(mark): mark for mark in _MARKS if words and mark in words[0]}
    mark = places[min(places)] if places else " "
    return mark if text.count(mark) > 1 else " "
