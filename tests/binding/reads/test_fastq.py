"""FASTQ files are read in blocks of any size."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cisgrammar.binding.reads.fastq import read_fastq
from cisgrammar.sequence.alphabet import decode
from toy_fastq import fastq

READS = st.lists(st.text("ACGTNacgt", max_size=12), min_size=1, max_size=12)


@given(READS, st.integers(1, 60), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_fastq_reads_alike_in_blocks_of_any_size(tmp_path_factory, reads, size, end, last_line_ends):
    path = tmp_path_factory.getbasetemp() / "any.fastq"
    text = fastq(reads, end)
    path.write_bytes((text if last_line_ends or not reads[-1] else text.removesuffix(end)).encode())
    found = []
    for block in read_fastq(path, size):
        for i in range(len(block)):
            found.append(decode(block.codes[block.starts[i] : block.starts[i] + block.lengths[i]]))
    assert found == [read.upper() for read in reads]


def test_names_on_the_third_line_and_absent_qualities(tmp_path):
    path = tmp_path / "r.fastq"
    path.write_text("@a\nACGTA\n+a\n*\n@b\nTTGCA\n+b again\nIIIII\n@c\nA\n+\n*\n")
    reads = next(read_fastq(path))
    assert [decode(reads.codes[s : s + n]) for s, n in zip(reads.starts, reads.lengths, strict=True)] == [
        "ACGTA",
        "TTGCA",
        "A",
    ]


@pytest.mark.parametrize("name", ["@", "+"])
@pytest.mark.parametrize("quality", ["", "*", "I", "no quality", "as long"])
def test_names_with_a_plus_and_dummy_qualities_are_read(tmp_path, name: str, quality: str) -> None:
    """Dummies are of one length; lengths of reads differ, so that some dummy may fit by chance."""
    reads = ["ACGTACGT"[: 5 + i % 4] for i in range(40)]
    rows = [
        f"{name}r{i}\n{read}\n+r{i}\n{quality if quality != 'as long' else 'F' * len(read)}\n"
        for i, read in enumerate(reads)
    ]
    path = tmp_path / "r.fastq"
    path.write_text("".join(rows))
    found = next(read_fastq(path))
    assert found.lengths.tolist() == [len(read) for read in reads]


def test_a_cut_quality_among_sound_ones_is_an_error(tmp_path) -> None:
    path = tmp_path / "r.fastq"
    path.write_text("@a\nACGT\n+\nIIII\n" * 9 + "@a\nACGT\n+\nII\n")
    with pytest.raises(ValueError, match=r"r.fastq:40: got 'II', wanted FASTQ, where the quality is as long"):
        list(read_fastq(path))
