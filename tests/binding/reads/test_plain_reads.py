"""Reads of FASTA and of lists are those of FASTQ."""

import gzip

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cisgrammar.binding.reads.fastq import read_fastq
from fuzz import result_or_line

READS = ["ACGTNACGT", "TTGACA", "ACGTNACGT", "GGGCCCA"]
FASTQ = "".join(f"@r{i}\n{read}\n+\n{'I' * len(read)}\n" for i, read in enumerate(READS))


def reads_of(path, size=1 << 20):
    letters = "ACGTN"
    return [
        "".join(letters[code] for code in found.codes[start : start + length])
        for found in read_fastq(path, size)
        for start, length in zip(found.starts, found.lengths, strict=True)
    ]


@pytest.mark.parametrize("size", [1 << 20, 12])
@pytest.mark.parametrize(
    "text",
    [
        FASTQ,
        "".join(f">r{i}\n{read}\n" for i, read in enumerate(READS)),
        "".join(f">r{i} more\r\n{read[:4].lower()}\r\n{read[4:]}\r\n" for i, read in enumerate(READS)),
        "\n".join(READS),
        "\n" + "\n".join(READS) + "\n\n",
    ],
)
def test_the_same_reads_in_other_formats(tmp_path, text, size):
    (tmp_path / "r.gz").write_bytes(gzip.compress(text.encode()))
    if size < 20 and not text.startswith((">", "@")):
        size = 24  # a list is told by two lines
    assert reads_of(tmp_path / "r.gz", size) == READS


@pytest.mark.parametrize("name", [">{}-3", ">r{};size=3;", ">r{};size=3"])
def test_reads_that_stand_for_copies_count_as_often(tmp_path, name, caplog):
    (tmp_path / "r.fa").write_text("".join(f"{name.format(i)}\n{read}\n" for i, read in enumerate(READS)))
    with caplog.at_level("WARNING"):
        assert sorted(reads_of(tmp_path / "r.fa")) == sorted(READS * 3)
    assert "say how many copies of a read there are" in caplog.text


def test_a_name_that_happens_to_look_so_changes_nothing(tmp_path):
    (tmp_path / "r.fa").write_text(">1-3\nACGT\n>x\nACGT\n")
    assert reads_of(tmp_path / "r.fa") == ["ACGT", "ACGT"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (">a\nACGT\n>b\nAC1T\n", "r:3: '1' in the read 'AC1T'; wanted A, C, G, T and N"),
        ("ACGT\n" * 200 + "AXE\n", "r:201: 'X' in the read 'AXE'"),
        ("ACGT\n", "r:1: the last record is cut short"),
    ],
)
def test_other_letters_are_named_with_their_line(tmp_path, text, said):
    (tmp_path / "r").write_text(text)
    with pytest.raises(ValueError, match=said):
        reads_of(tmp_path / "r")


@settings(max_examples=150, deadline=None)
@given(
    text=st.text(st.sampled_from(">@+ACGTNacgt.X1-;=size \t\n"), max_size=60),
    begin=st.sampled_from(["", ">", "AC\n", ">1-2\n"]),
)
def test_any_text_gives_reads_or_one_line(tmp_path_factory, text, begin):
    path = tmp_path_factory.mktemp("fuzz") / "r"
    path.write_text(begin + text)
    result_or_line(path, lambda: reads_of(path))
