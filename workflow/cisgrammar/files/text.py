"""Stream text files, plain or compressed, in blocks of whole lines."""

from __future__ import annotations

import codecs
import io
import logging
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from cisgrammar.files.compression import compression_of, named_faults, open_both
from cisgrammar.files.progress import Progress

_GZIP_MAGIC = b"\x1f\x8b"
_BGZF_END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
BLOCK = 1 << 24
_OF_LINES = 1 << 20
"""Bytes of a block that is split into lines: of short lines the list is several times as large as the block."""
LONGEST_LINE = 1 << 24
"""Bytes of the longest line that is read; of a FASTA lines may have any length."""
LARGEST_TEXT = 1 << 26
"""Bytes of the largest config, sheet or file of motifs."""
_MB = 1_000_000
# Genomes, reads and tables pack to a third or a tenth; one letter again and again to a thousandth.
_MOST_UNPACKED = 200
_ALWAYS_UNPACKED = 1 << 28
_MARK_LINE = re.compile(rb"\A\"?sep=[,;\t|]\"?(?=[\r\n])")
# How binary files of this field begin, unpacked.
_NO_TEXT = {
    b"BAM\x01": "a BAM",
    b"BCF\x02": "a BCF",
    b"CRAM\x02": "a CRAM",
    b"CRAM\x03": "a CRAM",
    b"\x26\xfc\x8f\x88": "a bigWig",
    b"\x88\x8f\xfc\x26": "a bigWig",
    b"\xeb\xf2\x89\x87": "a bigBed",
    b"\x87\x89\xf2\xeb": "a bigBed",
    b"\x43\x27\x41\x1a": "a genome in 2bit",
    b"\x89HDF": "HDF5",
    b"\x93NUMPY": "an array of NumPy",
    b"PAR1\x15": "Parquet",
    b"%PDF": "a PDF",
    b"X\n\x00\x00": "an object of R",
    b"\xd0\xcf\x11\xe0": "a workbook of Excel or another document of Office",
}
_LONGEST_MARK = max(map(len, _NO_TEXT))
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f\x7f]")

log = logging.getLogger(__name__)


def is_gzip(path: str | Path) -> bool:
    """Tell by its first two bytes whether a file is gzip (or bgzip)."""
    with open(path, "rb") as handle:
        return handle.read(2) == _GZIP_MAGIC


def check_bgzip_end(path: str | Path) -> None:
    """Raise ValueError if a bgzip file (BAM, .fa.gz) lacks its end marker: it was cut off between blocks."""
    with open(path, "rb") as handle:
        head = handle.read(16)
        if len(head) < 16 or head[:4] != b"\x1f\x8b\x08\x04" or head[12:14] != b"BC":
            return
        size = handle.seek(0, io.SEEK_END)
        handle.seek(max(0, size - len(_BGZF_END)))
        if handle.read() != _BGZF_END:
            raise ValueError(f"{path}: truncated: the bgzip end marker is missing; copy or make the file again")


def check_is_file(path: str | Path) -> None:
    """Raise ValueError if `path` is not an existing file."""
    if not Path(path).is_file():
        found = "a folder" if Path(path).is_dir() else "no such file"
        raise ValueError(f"{path}: {found}; wanted a file, check the path")


def read_chunks(path: str | Path, size: int = BLOCK) -> Iterator[bytes]:
    """Yield a text file's content in pieces of about `size` bytes, which end anywhere.

    gzip, bgzip, bzip2 and xz are recognised by content, not by name. A byte order mark is taken off, and UTF-16 with
    such a mark (Excel's "Unicode text") becomes UTF-8. Lines end as those of Unix do, also those of Windows and of old
    Macs. A first line `sep=;`, which spreadsheets put before a table, becomes empty.

    Raises
    ------
    ValueError
        If the file is missing or cannot be read, or its compressed stream is truncated or damaged, or unpacks to more
        than 256 MiB and 200 times its size; the message names it.
    """
    yield from _with_newlines(_decoded(path, size))


def _with_newlines(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Every line end as a newline: a return, and a return with a newline, which two pieces may share."""
    held, first = b"", True
    for chunk in chunks:
        text = held + chunk if held else chunk
        text, first = _MARK_LINE.sub(b"", text) if first else text, False
        held = b"\r" if text.endswith(b"\r") else b""
        if b"\r" in text:
            text = text[: len(text) - len(held)].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        if text:
            yield text
    if held:
        yield b"\n"


def _decoded(path: str | Path, size: int) -> Iterator[bytes]:
    check_is_file(path)
    try:
        compressed = is_gzip(path)
    except OSError as error:
        raise ValueError(f"{path}: cannot be read ({error.strerror}); check its permissions") from None
    if compressed:
        check_bgzip_end(path)
    progress = Progress(str(path), Path(path).stat().st_size // _MB, "MB")
    with open_both(path) as (opened, stored):
        handle = _Unpacked(opened, path)
        first = _read(handle, max(size, _LONGEST_MARK), path)
        for mark, what in _NO_TEXT.items():
            if first.startswith(mark):
                raise ValueError(f"{path}: {what}, no text; check the file, and what the config says of it")
        if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            yield from _from_utf16(first, handle, size, path)
            return
        block = first.removeprefix(codecs.BOM_UTF8)
        while block:
            yield block
            progress.to(stored.tell() // _MB)
            block = _read(handle, size, path)


class _Unpacked:
    """What a file holds, unpacked, up to a size that no text of records reaches: few bytes may unpack to terabytes."""

    def __init__(self, handle: IO[bytes], path: str | Path) -> None:
        self._handle, self._path = handle, path
        packed = compression_of(path) != ""
        self._most = _ALWAYS_UNPACKED + _MOST_UNPACKED * Path(path).stat().st_size if packed else None
        self._given = 0

    def read(self, size: int) -> bytes:
        """The next bytes, at most `size`; ValueError beyond that size."""
        block = self._handle.read(size)
        self._given += len(block)
        if self._most is not None and self._given > self._most:
            raise ValueError(
                f"{self._path}: unpacks to more than {_MOST_UNPACKED} times its size, which no genome, reads or table "
                "do; check what the file is, and unpack it yourself if it is right"
            )
        return block


def _from_utf16(first: bytes, handle: _Unpacked, size: int, path: str | Path) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder("utf-16")()
    block = first
    try:
        while block:
            yield decoder.decode(block).encode()
            block = _read(handle, size, path)
        yield decoder.decode(b"", final=True).encode()
    except UnicodeDecodeError:
        raise ValueError(f"{path}: begins as UTF-16 text and is none; save it as UTF-8 text") from None


def read_blocks(path: str | Path, size: int = BLOCK) -> Iterator[bytes]:
    """Yield a text file's content in blocks of about `size` bytes that end with a line; the last may lack its newline.

    Time is linear in the file and memory a few blocks, whatever the length of a line.

    Raises
    ------
    ValueError
        As `read_chunks`; and for a line of more than `LONGEST_LINE` bytes, with path and line.
    """
    carry: list[bytes] = []
    lines = 0
    for block in read_chunks(path, size):
        cut = block.rfind(b"\n") + 1
        if cut:
            yield b"".join([*carry, block[:cut]])
            lines += block.count(b"\n")
            carry = []
        carry.append(block[cut:])
        if sum(map(len, carry)) > LONGEST_LINE:
            raise line_too_long(path, lines + 1)
    if last := b"".join(carry):
        yield last


def line_too_long(path: str | Path, line: int) -> ValueError:
    """The error for a line that is too long to be kept."""
    return ValueError(
        f"{path}:{line}: a line of more than {LONGEST_LINE >> 20} MiB; wanted text with a record on each line; "
        "check what the file is"
    )


def _read(handle: _Unpacked, size: int, path: str | Path) -> bytes:
    with named_faults(path):
        return handle.read(size)


def read_lines(path: str | Path) -> Iterator[tuple[int, str]]:
    """Yield `(line number from 1, line without its end)` of a text of data; errors as `read_blocks`.

    A line that is not UTF-8 is read as Windows-1252, which holds Latin-1: of data such bytes stand in names and notes,
    and the first such line is told, but of comments (#). Where there are control characters beside
    them the file is no text: an error with path and line.
    """
    number, odd = 0, _Odd(path)
    for block in read_blocks(path, _OF_LINES):
        for line in block.split(b"\n")[: None if not block.endswith(b"\n") else -1]:
            number += 1
            line = line.rstrip(b"\r")
            try:
                text = line.decode("utf-8")
            except UnicodeDecodeError as error:
                text = odd(line, number, error.start, of_data=True)
            yield number, text


class _Odd:
    """The lines of a file that are not UTF-8, as text."""

    def __init__(self, path: str | Path) -> None:
        self._path, self._told = path, False

    def __call__(self, line: bytes, number: int, at: int, of_data: bool) -> str:
        """A line with an odd byte `at`: it may stand in comments, and in data without control characters."""
        if line.lstrip().startswith(b"#"):
            return _western(line)
        if of_data and not _CONTROL.search(line):
            if not self._told:
                said = "%s:%d: not UTF-8 text (byte 0x%02x); this line and others like it are read as Windows-1252"
                log.warning(said, self._path, number, line[at])
            self._told = True
            return _western(line)
        near = line[max(0, at - 10) : at + 10].decode("latin-1")
        raise ValueError(
            f"{self._path}:{number}: not UTF-8 text (byte 0x{line[at]:02x} in {near!r}); save the file as UTF-8 "
            "(iconv -f latin1 -t utf-8, or 'CSV UTF-8' in Excel)"
        )


def _western(data: bytes) -> str:
    return data.decode("cp1252", errors="replace")


def decoded(read: Callable[[], str]) -> str:
    """The text that a library decodes as UTF-8; where it is none, as `read_lines` takes a line of data."""
    try:
        return read()
    except UnicodeDecodeError as error:
        return _western(error.object)


def read_text(path: str | Path, of_data: bool = False) -> str:
    """The whole of a small text file, its lines ended by newlines; errors as `read_chunks`.

    Lines may end as those of Windows or of old Macs do. What is not UTF-8 is an error outside of comments, but
    `of_data`, where it is taken as `read_lines` does.

    Raises
    ------
    ValueError
        With path and line for bytes that are not UTF-8; for more than `LARGEST_TEXT` bytes, and for a NUL, which is in
        no text.
    """
    whole = bytearray()
    for chunk in read_chunks(path):
        whole += chunk
        if len(whole) > LARGEST_TEXT:
            raise ValueError(
                f"{path}: more than {LARGEST_TEXT >> 20} MiB; wanted a config, a sheet or a file of motifs; check what "
                "the file is"
            )
    data = bytes(whole).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = "\n".join(_lines_of(data, path, of_data))
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise ValueError(f"{path}:{line}: a NUL byte: no text, or UTF-16 without its mark; save the file as UTF-8 text")
    return text if text.endswith("\n") or not text else f"{text}\n"


def _lines_of(data: bytes, path: str | Path, of_data: bool) -> Iterator[str]:
    odd = _Odd(path)
    for number, line in enumerate(data.split(b"\n"), start=1):
        try:
            yield line.decode("utf-8")
        except UnicodeDecodeError as error:
            yield odd(line, number, error.start, of_data)
