"""Reads of a FASTA file, or of a list with a read on each line, as records of FASTQ."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

log = logging.getLogger(__name__)

_LETTERS = b"ACGTUNRYSWKMBDHVacgtunryswkmbdhv."
_ODD = re.compile(rb"[^" + re.escape(_LETTERS) + rb"]")
# How programs that collapse equal reads write the number of copies: fastx_collapser, usearch and vsearch.
_COPIES = (re.compile(rb">[0-9]+-([0-9]+)\s*"), re.compile(rb">.*;size=([0-9]+);?\s*"))
_LOOKED_AT = 100
_MOST = 1 << 22
"""Bytes that are given at once."""


def as_fastq(path: str | Path, blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Blocks of whole lines of FASTQ as they are; those of FASTA, and of reads alone, as FASTQ.

    Of a FASTA whose first 100 records all say how many copies they stand for (`>1-350`, `>r;size=350`) each counts as
    often, which is told.

    Raises
    ------
    ValueError
        With path and line for a letter that is not IUPAC's.
    """
    given = iter(blocks)
    first = next(given, b"")
    whole = chain([first], given)
    if first.lstrip()[:1] == b">":
        yield from _together(_of_fasta(path, whole, _copies(path, first)))
    elif _is_list(first):
        log.info("%s: a read on each line, no FASTQ", path)
        lines = ((number, line.strip()) for number, line in _lines(whole))
        yield from _together(_record(path, number, line) for number, line in lines if line)
    else:
        yield from whole


def _lines(blocks: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    number = 0
    for block in blocks:
        for line in block.removesuffix(b"\n").split(b"\n"):
            number += 1
            yield number, line


def _is_list(block: bytes) -> bool:
    """Whether the first lines are reads alone; of one line it cannot be told."""
    lines = [line.strip() for line in block.split(b"\n", _LOOKED_AT)[:_LOOKED_AT] if line.strip()]
    return len(lines) > 1 and not any(_ODD.search(line) for line in lines)


def _copies(path: str | Path, block: bytes) -> re.Pattern[bytes] | None:
    """How the names say the number of copies; None if they do not."""
    names = [line for line in block.split(b"\n") if line.startswith(b">")][:_LOOKED_AT]
    found = next((form for form in _COPIES if all(form.fullmatch(name) for name in names)), None)
    if found is not None:
        log.warning("%s: names such as %s say how many copies of a read there are, and are used", path, names[0])
    return found


def _of_fasta(path: str | Path, blocks: Iterable[bytes], copies: re.Pattern[bytes] | None) -> Iterator[bytes]:
    read, start, number = b"", 0, 1
    for line_number, line in _lines(blocks):
        if not line.startswith(b">"):
            read += line.strip()
            continue
        if start:
            yield _record(path, start, read) * number
        found = copies.fullmatch(line) if copies else None
        read, start, number = b"", line_number, int(found[1]) if found else 1
    yield _record(path, start, read) * number


def _record(path: str | Path, line: int, read: bytes) -> bytes:
    odd = _ODD.search(read)
    if odd:
        got = read.decode("latin-1")[:60]
        raise ValueError(f"{path}:{line}: {odd[0].decode('latin-1')!r} in the read {got!r}; wanted A, C, G, T and N")
    # nothing uses qualities: any letters of the read's length stand for them
    return b"@\n%b\n+\n%b\n" % (read, read)


def _together(records: Iterable[bytes]) -> Iterator[bytes]:
    """Records in blocks of about `_MOST` bytes."""
    held, size = list[bytes](), 0
    for record in records:
        held.append(record)
        size += len(record)
        if size >= _MOST:
            yield b"".join(held)
            held, size = [], 0
    if held:
        yield b"".join(held)
