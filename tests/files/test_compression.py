"""Compressed text: what is read, and what is named and refused."""

from __future__ import annotations

import bz2
import gzip
import lzma
from collections.abc import Callable

import numpy as np
import pytest

from cisgrammar.files.compression import compression_of, open_both, open_bytes
from cisgrammar.files.text import read_blocks

TEXT = "".join(f"{n}\n" for n in np.random.default_rng(0).integers(0, 10**9, 20_000)).encode()
WAYS = {"gzip": gzip.compress, "bzip2": bz2.compress, "xz": lzma.compress, "": lambda text: text}


@pytest.mark.parametrize("name", WAYS)
def test_each_way_is_told_by_content_and_read(tmp_path, name: str) -> None:
    path = tmp_path / "text"
    path.write_bytes(WAYS[name](TEXT))
    assert compression_of(path) == name
    with open_bytes(path) as handle:
        assert handle.read() == TEXT
    with open_both(path) as (handle, stored):
        handle.read(len(TEXT) + 1)
        assert stored.tell() == path.stat().st_size
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
