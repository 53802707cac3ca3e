"""Rows of a count table as tab-separated text, whatever separates the columns of the file."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from pathlib import Path

from cisgrammar.files.text import BLOCK, read_blocks
from cisgrammar.iupac import BASES

log = logging.getLogger(__name__)
READ_LETTERS = frozenset(f"{BASES}N{BASES.lower()}n")
# What the first column is called, where rounds are called by numbers.
_READS = frozenset(("read", "reads", "seq", "seqs", "sequence", "sequences", "kmer", "k-mer", "oligo", "probe"))
_WITHOUT_FIRST = re.compile(rb"^[^\t\n]*\t", re.MULTILINE)
# What may separate columns, most telling first.
_SEPARATORS = {b"\t": "tabs", b",": "commas", b";": "semicolons", b" ": "blanks"}


def table_blocks(path: str | Path, size: int = BLOCK) -> Iterator[tuple[int, bytes]]:
    """Yield blocks of rows with the number of lines before each; columns are separated by tabs.

    Columns of the file may be separated by tabs, commas, semicolons or blanks: the first row decides. Lines before it
    that are empty or begin with # are left out, and so is a header: a row without a number whose first field is no
    read. Where the first row ends with a separator, each may. Numbers of rows before the reads, as pandas and R write
    them, are taken off. The log says what was found.
    """
    separator, before, trailing, numbered = b"", 0, False, False
    for block in read_blocks(path, size):
        whole = block.count(b"\n")
        if not separator:
            skipped, block = _without_comments(block)
            before, whole = before + skipped, whole - skipped
            if not block:
                continue
            separator = _separator(block.split(b"\n", 1)[0])
            block = _tabbed(block, separator)
            trailing = block.split(b"\n", 1)[0].endswith(b"\t")
            block = _without_last(block) if trailing else block
            first = block.split(b"\n", 1)[0].decode("latin-1")
            header = is_header(first)
            if separator != b"\t" or header or skipped:
                said = f"{_SEPARATORS[separator]} between columns, {skipped} comment lines"
                log.info("%s: %s, %s", path, said, f"header {first!r}" if header else "no header")
            if header:
                block = block.partition(b"\n")[2]
                before, whole = before + 1, whole - 1
            numbered = _are_numbered(block or first.encode("latin-1"))
        else:
            block = _tabbed(block, separator)
            block = _without_last(block) if trailing else block
        if block:
            yield before, _WITHOUT_FIRST.sub(b"", block) if numbered else block
        before += whole


def _are_numbered(block: bytes) -> bool:
    """Whether a number stands before the read in the first row."""
    fields = block.split(b"\n", 1)[0].decode("latin-1").split("\t")
    return len(fields) > 2 and _number(fields[0]) and fields[1] != "" and set(fields[1]) <= READ_LETTERS


def _without_last(block: bytes) -> bytes:
    """Rows without tabs at their end."""
    return re.sub(rb"\t+(?=\n|$)", b"", block)


def is_header(line: str) -> bool:
    """Whether a row names columns: several fields, no number among them or the first a word for reads."""
    fields = [part.strip() for part in line.split("\t")]
    named = fields[0].lower() in _READS or not any(_number(part) for part in fields)
    # numbers of rows have no name
    return len(fields) > 1 and named and all(fields[1:]) and (fields[0] != "" or fields[1].lower() in _READS)


def _number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def is_comment(line: str) -> bool:
    """Whether a line holds no row."""
    return not line.strip() or line.startswith("#")


def _without_comments(block: bytes) -> tuple[int, bytes]:
    """How many lines at the start are no rows, and what follows them."""
    skipped = 0
    while block:
        line, _, rest = block.partition(b"\n")
        if not is_comment(line.decode("latin-1")):
            break
        skipped, block = skipped + 1, rest
    return skipped, block


def _separator(row: bytes) -> bytes:
    return next((mark for mark in _SEPARATORS if mark in row.strip()), b"\t")


def _tabbed(block: bytes, separator: bytes) -> bytes:
    """Quotes taken off, and tabs for what separates the columns."""
    block = block.replace(b'"', b"")
    if separator == b" ":
        return re.sub(rb" +(?=\n|$)|^ +", b"", re.sub(rb"(?<=[^\n ]) +(?=[^\n ])", b"\t", block), flags=re.MULTILINE)
    return block if separator == b"\t" else block.replace(separator, b"\t")
