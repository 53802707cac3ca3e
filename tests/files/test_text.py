"""Blocks of whole lines, plain or compressed, and files that are cut off."""

import gzip
from pathlib import Path

import pysam
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cisgrammar.files.text import read_blocks, read_lines

TEXT = "".join(f"line {i}\n" for i in range(5000))


@pytest.fixture
def compressed(tmp_path) -> dict[str, Path]:
    plain = tmp_path / "plain.txt"
    plain.write_text(TEXT)
    (tmp_path / "gzip.gz").write_bytes(gzip.compress(TEXT.encode()))
    pysam.tabix_compress(str(plain), str(tmp_path / "bgzip.gz"), force=True)
    two = gzip.compress(TEXT[:1000].encode()) + gzip.compress(TEXT[1000:].encode())
    (tmp_path / "members").write_bytes(two)
    return {path.stem: path for path in tmp_path.iterdir()}


@pytest.mark.parametrize("kind", ["plain", "gzip", "bgzip", "members"])
@pytest.mark.parametrize("size", [7, 1000, 1 << 20])
def test_blocks_end_with_lines_and_add_up(compressed, kind, size):
    blocks = list(read_blocks(compressed[kind], size))
    assert b"".join(blocks).decode() == TEXT
    assert all(block.endswith(b"\n") for block in blocks)


@given(st.lists(st.text("ab\r", max_size=9), max_size=20), st.booleans())
def test_lines_have_the_numbers_an_editor_shows(tmp_path_factory, lines, ends):
    path = tmp_path_factory.mktemp("lines") / "x.txt"
    path.write_bytes(("\n".join(lines) + ("\n" if ends and lines else "")).encode())
    text = "\n".join(lines)
    wanted = text.split("\n") if ends and lines else (text.split("\n") if text else [])
    if not ends and wanted and wanted[-1] == "":
        wanted.pop()
    assert list(read_lines(path)) == [(i, line.rstrip("\r")) for i, line in enumerate(wanted, start=1)]


@pytest.mark.parametrize("kind", ["gzip", "bgzip"])
@pytest.mark.parametrize("share", [0.3, 0.9])
def test_truncated_gzip_is_named(compressed, kind, share):
    path = compressed[kind]
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(ValueError, match=f"{path}: truncated"):
        list(read_blocks(path))


def test_bgzip_cut_between_blocks_is_truncated(compressed):
    path = compressed["bgzip"]
    path.write_bytes(path.read_bytes()[:-28])
    assert gzip.decompress(path.read_bytes()).decode() == TEXT
    with pytest.raises(ValueError, match="end marker is missing"):
        list(read_blocks(path))


def test_damaged_gzip_is_named(compressed):
    path = compressed["gzip"]
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(ValueError, match=f"{path}: (damaged|truncated)"):
        list(read_blocks(path))


def test_missing_file_and_folder(tmp_path):
    with pytest.raises(ValueError, match=r"absent.txt: no such file"):
        list(read_blocks(tmp_path / "absent.txt"))
    with pytest.raises(ValueError, match="a folder; wanted a file"):
        list(read_blocks(tmp_path))
