"""Open files as they are stored: gzip, bzip2, xz and a zip of one file by content; archives of several are named."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

Opener = Callable[[Any, Any], Any]
_OPENERS: dict[bytes, tuple[str, Opener]] = {
    b"\x1f\x8b": ("gzip", gzip.open),
    b"BZh": ("bzip2", bz2.open),
    b"\xfd7zXZ\x00": ("xz", lzma.open),
}
_ZIP = b"PK\x03\x04"
_REFUSED = {
    b"\x28\xb5\x2f\xfd": ("compressed with Zstandard", "unpack it with `zstd -d`"),
    b"Rar!": ("a RAR archive", "unpack it"),
    b"7z\xbc\xaf\x27\x1c": ("a 7z archive", "unpack it"),
}
# How files begin that stand for others: by their first letters, capitals aside.
_STAND_INS = {
    b"version https://git-lfs": ("a pointer of Git LFS", "fetch the file itself with `git lfs pull`"),
    b"<!doctype html": ("a web page", "download the file itself"),
    b"<html": ("a web page", "download the file itself"),
}
_LONGEST_MARK = max(map(len, (*_OPENERS, *_REFUSED, *_STAND_INS)))
_ZIPPED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
_OF_WORKBOOK = "[Content_Types].xml"


def compression_of(path: str | Path) -> str:
    """`gzip` (bgzip too), `bzip2`, `xz`, `zip` (of one file), or empty for a file that is not compressed.

    Raises
    ------
    ValueError
        For an archive, or a compression that is not read, and for a web page or a pointer in place of the file; it says
        which and what to do.
    """
    with open(path, "rb") as handle:
        head = handle.read(_LONGEST_MARK)
    if head.startswith(_ZIP):
        _member(path)
        return "zip"
    for mark, (what, cure) in _REFUSED.items():
        if head.startswith(mark):
            raise ValueError(f"{path}: {what}; wanted plain text, gzip, bzip2, xz or zip: {cure} first")
    for mark, (what, cure) in _STAND_INS.items():
        if head.lower().startswith(mark):
            raise ValueError(f"{path}: {what}, not the file: {cure}")
    return next((name for mark, (name, _) in _OPENERS.items() if head.startswith(mark)), "")


def _member(path: str | Path) -> zipfile.ZipInfo:
    """The one file of a zip archive; folders and what macOS adds aside.

    ValueError for none or several, a workbook, an archive that is damaged or has a password.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            found = [one for one in archive.infolist() if not one.is_dir() and not one.filename.startswith("__MACOSX/")]
    except zipfile.BadZipFile as error:
        raise ValueError(f"{path}: damaged zip archive ({error}); copy or make the file again") from None
    if any(one.filename == _OF_WORKBOOK for one in found):
        raise ValueError(f"{path}: a workbook of Excel or the like; save the sheet as text ('CSV UTF-8' in Excel)")
    if len(found) != 1:
        raise ValueError(f"{path}: a zip archive of {len(found)} files; wanted one: unzip it first")
    if found[0].flag_bits & 1 or found[0].compress_type not in _ZIPPED:
        raise ValueError(f"{path}: a zip archive with a password or of a rare kind; unzip it first")
    return found[0]


@contextmanager
def open_bytes(path: str | Path) -> Iterator[IO[bytes]]:
    """Open a file for reading what it holds, unpacked; errors as `compression_of`."""
    with open_both(path) as (unpacked, _):
        yield unpacked


@contextmanager
def open_both(path: str | Path) -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    """Open a file for reading what it holds, unpacked, and the file as it is stored, which tells how far it was read.

    Errors as `compression_of`.
    """
    name = compression_of(path)
    opener = next((opener for known, opener in _OPENERS.values() if known == name), None)
    with open(path, "rb") as stored:
        if name == "zip":
            with zipfile.ZipFile(stored) as archive, archive.open(_member(path)) as unpacked:
                yield unpacked, stored
            return
        if opener is None:
            yield stored, stored
            return
        with opener(stored, "rb") as unpacked:
            yield cast(IO[bytes], unpacked), stored


@contextmanager
def named_faults(path: str | Path) -> Iterator[None]:
    """Turn the errors of a damaged compressed stream into a ValueError that names the file."""
    try:
        yield
    except EOFError:
        name = compression_of(path)
        raise ValueError(f"{path}: truncated: the {name} stream ends early; copy or make the file again") from None
    except (gzip.BadGzipFile, zlib.error, lzma.LZMAError, zipfile.BadZipFile) as error:
        name = compression_of(path)
        raise ValueError(f"{path}: damaged {name} stream ({error}); copy or make the file again") from None
    except OSError as error:
        # bz2 has no exception of its own.
        if error.errno is not None or compression_of(path) != "bzip2":
            raise
        raise ValueError(f"{path}: damaged bzip2 stream ({error}); copy or make the file again") from None
