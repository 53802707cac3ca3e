"""Stream text files, plain or compressed, in blocks of whole lines."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from cisgrammar.files.compression import named_faults, open_bytes

_GZIP_MAGIC = b"\x1f\x8b"
_BGZF_END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
BLOCK = 1 << 24


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


def read_blocks(path: str | Path, size: int = BLOCK) -> Iterator[bytes]:
    """Yield a text file's content in blocks of about `size` bytes that end with a line.

    gzip, bgzip, bzip2 and xz are recognised by content, not by name. The last block may lack its newline.

    Raises
    ------
    ValueError
        If the file is missing, or its compressed stream is truncated or damaged; the message names the file.
    """
    check_is_file(path)
    compressed = is_gzip(path)
    if compressed:
        check_bgzip_end(path)
    carry = b""
    with open_bytes(path) as handle:
        while block := _read(handle, size, path):
            block = carry + block
            cut = block.rfind(b"\n") + 1
            carry = block[cut:]
            if cut:
                yield block[:cut]
    if carry:
        yield carry


def _read(handle: IO[bytes], size: int, path: str | Path) -> bytes:
    with named_faults(path):
        return handle.read(size)


def read_lines(path: str | Path) -> Iterator[tuple[int, str]]:
    """Yield `(line number from 1, line without its end)` of a small text file; errors as `read_blocks`."""
    number = 0
    for block in read_blocks(path):
        for line in block.split(b"\n")[: None if not block.endswith(b"\n") else -1]:
            number += 1
            try:
                yield number, line.rstrip(b"\r").decode("utf-8")
            except UnicodeDecodeError:
                raise ValueError(f"{path}:{number}: not text (bytes {line[:20]!r})") from None
