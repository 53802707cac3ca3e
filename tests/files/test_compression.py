"""Compressed text: what is read, and what is named and refused."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
from collections.abc import Callable

import numpy as np
import pytest

from cisgrammar.files.compression import compression_of, open_both, open_bytes
from cisgrammar.files.text import read_blocks

TEXT = "".join(f"{n}\n" for n in np.random.default_rng(0).integers(0, 10**9, 20_000)).encode()


def zipped(*names):
    """A zip archive that holds a text under each name."""

    def pack(text: bytes) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in names:
                archive.writestr(name, text if not name.startswith("__") else b"x")
        return out.getvalue()

    return pack


WAYS = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "": lambda text: text,
    "zip": zipped("folder/", "folder/a.bed", "__MACOSX/._a.bed"),
}


@pytest.mark.parametrize("name", WAYS)
def test_each_way_is_told_by_content_and_read(tmp_path, name: str) -> None:
    path = tmp_path / "text"
    path.write_bytes(WAYS[name](TEXT))
    assert compression_of(path) == name
    with open_bytes(path) as handle:
        assert handle.read() == TEXT
    with open_both(path) as (handle, stored):
        handle.read(len(TEXT) + 1)
        # a zip ends with its table of contents
        assert stored.tell() == path.stat().st_size or name == "zip"
    assert b"".join(read_blocks(path, 1000)) == TEXT


@pytest.mark.parametrize("name", ["gzip", "bzip2", "xz"])
@pytest.mark.parametrize(
    ("spoil", "said"),
    [(lambda data: data[:-40], "truncated"), (lambda data: data[:5000] + bytes(500) + data[5500:], "damaged")],
)
def test_a_broken_stream_names_file_and_kind(tmp_path, name: str, spoil: Callable[[bytes], bytes], said: str) -> None:
    path = tmp_path / "text"
    path.write_bytes(spoil(WAYS[name](TEXT)))
    with pytest.raises(ValueError, match=rf"text: .*{name} stream") as error:
        list(read_blocks(path))
    assert said in str(error.value) or name == "xz"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (zipped("a", "b")(b"x"), "a zip archive of 2 files; wanted one: unzip it first"),
        (zipped()(b"x"), "damaged zip archive|a zip archive of 0 files"),
        (zipped("[Content_Types].xml", "xl/workbook.xml")(b"x"), "a workbook of Excel or the like; save the sheet"),
    ],
)
def test_a_zip_of_other_than_one_file_is_named(tmp_path, content: bytes, said: str) -> None:
    (tmp_path / "text").write_bytes(content if content.startswith(b"PK\x03") else b"PK\x03\x04" + content)
    with pytest.raises(ValueError, match=said):
        list(read_blocks(tmp_path / "text"))


@pytest.mark.parametrize(("mark", "said"), [(b"PK\x03\x04", "zip archive"), (b"\x28\xb5\x2f\xfd", "Zstandard")])
def test_an_archive_is_named(tmp_path, mark: bytes, said: str) -> None:
    path = tmp_path / "text"
    path.write_bytes(mark + b"\x00" * 30)
    with pytest.raises(ValueError, match=said):
        list(read_blocks(path))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n", "a pointer of Git LFS, not the file"),
        (b"<!DOCTYPE html>\n<html></html>\n", "a web page, not the file: download"),
        (b"<HTML><body>404</body></HTML>\n", "a web page, not the file"),
    ],
)
def test_what_stands_in_for_a_file_is_named(tmp_path, text: bytes, said: str) -> None:
    path = tmp_path / "text"
    path.write_bytes(text)
    with pytest.raises(ValueError, match=f"^{path}: {said}"):
        list(read_blocks(path))
