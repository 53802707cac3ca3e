"""FASTQ files are read in blocks of any size."""

from __future__ import annotations

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
