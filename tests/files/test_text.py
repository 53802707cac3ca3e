"""Blocks of whole lines, plain or compressed, of any encoding, and files that are cut off."""

import gzip
import io
import time
import tracemalloc
from pathlib import Path

import pysam
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cisgrammar.files import text as textfile
from cisgrammar.files.text import decoded, read_blocks, read_chunks, read_lines, read_text

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


@given(st.text("ab\r\n", max_size=40), st.integers(1, 9))
def test_lines_end_as_an_editor_shows_them(tmp_path_factory, text, size):
    """Of Unix, Windows and old Macs, mixed, and in pieces that end anywhere."""
    path = tmp_path_factory.mktemp("lines") / "x.txt"
    path.write_bytes(text.encode())
    wanted = io.StringIO(text, newline=None).read()
    assert b"".join(read_chunks(path, size)).decode() == wanted
    lines = wanted.removesuffix("\n").split("\n") if wanted else []
    assert list(read_lines(path)) == list(enumerate(lines, start=1))


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


def test_a_file_that_may_not_be_read_is_named(tmp_path, monkeypatch):
    (tmp_path / "x").write_text("a")

    def refuse(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(textfile, "is_gzip", refuse)
    with pytest.raises(ValueError, match=r"x: cannot be read \(Permission denied\); check its permissions"):
        list(read_blocks(tmp_path / "x"))


@pytest.mark.parametrize("size", [3, 4, 5, 1000])
@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_marks_of_encodings_are_taken_off(tmp_path, size, packed, encoding):
    text = "größe\tλ\n1\t2\n"
    data = text.encode(encoding)
    (tmp_path / "x").write_bytes(gzip.compress(data) if packed else data)
    assert b"".join(read_chunks(tmp_path / "x", size)).decode() == text
    assert b"".join(read_blocks(tmp_path / "x", size)).decode() == text
    assert read_text(tmp_path / "x") == text


def test_what_only_begins_as_utf16_is_named(tmp_path):
    (tmp_path / "x").write_bytes(b"\xff\xfea\0\n")
    with pytest.raises(ValueError, match="x: begins as UTF-16 text and is none"):
        list(read_blocks(tmp_path / "x"))


def test_latin1_of_a_sheet_is_named_with_its_line_but_in_a_comment(tmp_path):
    path = tmp_path / "x"
    path.write_bytes("# échantillons\n  # là\na\n".encode("latin-1"))
    assert [line[-1] for _, line in read_lines(path)] == ["s", "à", "a"]
    path.write_bytes("# é\nb\nMOTIF Mé\n".encode("latin-1"))
    said = r"x:3: not UTF-8 text \(byte 0xe9 in 'MOTIF Mé'\); save the file as UTF-8"
    with pytest.raises(ValueError, match=said):
        read_text(path)


def test_data_that_are_not_utf8_are_read_and_told_once(tmp_path, caplog):
    path = tmp_path / "x"
    path.write_bytes("ü\n".encode() + "caf\u00e9\t\u20ac5\nné\n".encode("cp1252") + b"a\x81b\n")
    with caplog.at_level("WARNING"):
        assert [line for _, line in read_lines(path)] == ["ü", "café\t\u20ac5", "né", "a\ufffdb"]
    assert caplog.text.count("x:2: not UTF-8 text (byte 0xe9); this line and others like it are read as") == 1
    assert read_text(path, of_data=True).splitlines() == ["ü", "café\t\u20ac5", "né", "a\ufffdb"]


def test_bytes_that_are_no_text_are_none(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"ok\n\xe9\x00\x01\n")
    for read in (lambda p: list(read_lines(p)), lambda p: read_text(p, of_data=True)):
        with pytest.raises(ValueError, match="x:2: not UTF-8 text"):
            read(path)


def test_what_a_library_cannot_decode_is_decoded():
    assert decoded(lambda: b"caf\xe9".decode()) == "café"
    assert decoded(lambda: "as it is") == "as it is"


def test_lines_of_every_system_are_lines(tmp_path):
    (tmp_path / "x").write_bytes(b"a\rb\r\nc\n\nd")
    assert read_text(tmp_path / "x") == "a\nb\nc\n\nd\n"


def test_utf16_without_its_mark_is_no_text(tmp_path):
    (tmp_path / "x").write_bytes("a\tb\n".encode("utf-16-le"))
    with pytest.raises(ValueError, match="x:1: a NUL byte"):
        read_text(tmp_path / "x")


def test_a_line_that_is_too_long_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(textfile, "LONGEST_LINE", 1 << 20)
    path = tmp_path / "x"
    path.write_bytes(b"a\nb\n" + b"c" * (1 << 20) + b"\nd\n")
    assert [len(line) for _, line in read_lines(path)] == [1, 1, 1 << 20, 1]
    path.write_bytes(b"a\nb\n" + b"c" * (1 << 21))
    with pytest.raises(ValueError, match="x:3: a line of more than 1 MiB; wanted text with a record on each line"):
        list(read_blocks(path, 1 << 18))


def test_a_gzip_bomb_of_one_line_ends_in_bounded_memory_and_time(tmp_path):
    path = tmp_path / "x.gz"
    with gzip.open(path, "wb", compresslevel=1) as handle:
        for _ in range(64):
            handle.write(bytes(1 << 22))
    tracemalloc.start()
    start = time.process_time()
    with pytest.raises(ValueError, match="a line of more than 16 MiB"):
        list(read_blocks(path))
    seconds, peak = time.process_time() - start, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # Of 256 MiB only the first 32 are unpacked.
    assert peak < 100 << 20
    assert seconds < 2


def test_a_bomb_of_many_lines_ends_in_bounded_memory(tmp_path, monkeypatch):
    """A genome of many chromosomes that unpacks without end; the text that packs so well by itself is read."""
    monkeypatch.setattr(textfile, "_ALWAYS_UNPACKED", 1 << 20)
    path = tmp_path / "x.gz"
    path.write_bytes(gzip.compress(b"".join(b">c%d\n" % i + b"A" * 60 + b"\n" for i in range(100_000))))
    assert path.stat().st_size < 600_000
    assert sum(map(len, read_chunks(path, 1 << 16))) > 6_000_000
    path.write_bytes(gzip.compress(b"A" * (1 << 24), 9))
    taken = []
    with pytest.raises(ValueError, match=r"x\.gz: unpacks to more than 200 times its size"):
        taken.extend(map(len, read_chunks(path, 1 << 16)))
    assert (1 << 20) <= sum(taken) <= (1 << 20) + 200 * path.stat().st_size
    path.write_bytes(b"A" * (1 << 24))
    assert sum(map(len, read_chunks(path, 1 << 16))) == 1 << 24


def test_a_text_that_is_too_large_is_named_before_it_is_unpacked(tmp_path):
    path = tmp_path / "x.gz"
    with gzip.open(path, "wb", compresslevel=1) as handle:
        for _ in range(64):
            handle.write(b"\n" * (1 << 22))
    start = time.process_time()
    with pytest.raises(ValueError, match=r"x\.gz: more than 64 MiB; wanted a config, a sheet or a file of motifs"):
        read_text(path)
    assert time.process_time() - start < 3


def test_an_empty_text_is_empty(tmp_path):
    (tmp_path / "x").write_text("")
    assert read_text(tmp_path / "x") == ""


@pytest.mark.parametrize(
    ("head", "what"),
    [
        (b"BAM\x01", "a BAM"),
        (b"BCF\x02\x02", "a BCF"),
        (b"CRAM\x03\x00", "a CRAM"),
        (b"\x26\xfc\x8f\x88", "a bigWig"),
        (b"\xeb\xf2\x89\x87", "a bigBed"),
        (b"\x89HDF\r\n\x1a\n", "HDF5"),
        (b"X\n\x00\x00\x00\x03", "an object of R"),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_a_binary_file_in_place_of_a_text_is_named(tmp_path, head, what, packed):
    data = head + bytes(range(256)) * 9
    (tmp_path / "x").write_bytes(gzip.compress(data) if packed else data)
    with pytest.raises(ValueError, match=rf"x: {what}, no text"):
        list(read_lines(tmp_path / "x"))


@pytest.mark.parametrize("text", ["CRAM 1 2\n", "PAR1\t5\t9\n", "BAM files\n", "X\nY\n"])
def test_a_text_that_begins_with_such_letters_is_read(tmp_path, text):
    (tmp_path / "x").write_text(text)
    assert read_text(tmp_path / "x") == text
