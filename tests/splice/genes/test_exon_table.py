"""The exon table: phases, introns, which exons the reading frame runs through."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cisgrammar.sequence.annotation import Transcript
from cisgrammar.splice.genes.exon_table import exon_table, read_exon_table, write_exon_table


def transcript(exons, coding, strand="+", frame=0, gene="g"):
    return Transcript("t", gene, "", "chr1", strand, tuple(exons), tuple(coding), frame)


EXONS = ((0, 100), (200, 310), (400, 520), (600, 700))


CODING = ((40, 100), (200, 310), (400, 520), (600, 650))


def test_phases_count_the_coding_bases_before():
    table = exon_table([transcript(EXONS, CODING)])
    assert table.phase_start.tolist() == [-1, 60 % 3, 170 % 3, -1]
    assert table.phase_end.tolist() == [-1, 170 % 3, 290 % 3, -1]
    assert table.is_internal_coding.tolist() == [False, True, True, False]
    assert table.intron_before.tolist() == [0, 100, 90, 80]
    assert table.intron_after.tolist() == [100, 90, 80, 0]
    assert table.rank.tolist() == [0, 1, 2, 3]


def test_on_the_other_strand_everything_is_counted_from_the_other_end():
    exons = tuple((700 - b, 700 - a) for a, b in reversed(EXONS))
    coding = tuple((700 - b, 700 - a) for a, b in reversed(CODING))
    forward, backward = exon_table([transcript(EXONS, CODING)]), exon_table([transcript(exons, coding, "-")])
    for name in ("start", "end", "phase_start", "phase_end", "intron_before", "intron_after", "is_internal_coding"):
        assert np.array_equal(getattr(forward, name), getattr(backward, name)), name


@pytest.mark.parametrize(("frame", "phase"), [(0, 0), (1, 2), (2, 1)])
def test_the_frame_of_an_incomplete_coding_sequence_moves_all_phases(frame, phase):
    coding = ((10, 100), *CODING[1:])  # 90 bases before the second exon
    table = exon_table([transcript(EXONS, coding, frame=frame)])
    assert table.phase_start[1] == phase
    # The first whole codon of the exon starts where its phase says: a multiple of 3 after the first of all.
    first = (table.start[1] + (-table.phase_start[1]) % 3) - 200
    assert (90 + first - frame) % 3 == 0


def test_an_unreliable_frame_gives_no_phase():
    table = exon_table([transcript(EXONS, CODING, frame=-1)])
    assert (table.phase_start == -1).all()
    assert not table.is_internal_coding.any()


def test_partly_coding_and_last_coding_exons_are_not_internal():
    gap = exon_table([transcript(EXONS, ((40, 100), (200, 250), (251, 310), (400, 520), (600, 650)))])
    assert gap.is_internal_coding.tolist() == [False, False, True, False]
    ends_here = exon_table([transcript(EXONS, ((40, 100), (200, 310), (400, 520)))])
    assert ends_here.is_internal_coding.tolist() == [False, True, False, False]
    starts_here = exon_table([transcript(EXONS, ((200, 310), (400, 520), (600, 650)))])
    assert starts_here.is_internal_coding.tolist() == [False, False, True, False]


def test_a_non_coding_gene_has_exons_without_phase():
    table = exon_table([transcript(EXONS, ()), transcript(EXONS, CODING, gene="h")])
    assert table.gene.tolist() == [0] * 4 + [1] * 4
    assert table.is_internal_coding.tolist() == [False] * 5 + [True, True, False]
    assert table.gene_id.tolist() == ["g"] * 4 + ["h"] * 4
    assert len(table.internal_coding(min_length=115)) == 1


@given(st.lists(st.tuples(st.integers(1, 50), st.integers(1, 50)), min_size=3, max_size=8), st.integers(0, 2))
def test_each_phase_continues_the_one_before(spans, frame):
    edges = np.cumsum([n for span in spans for n in span]).tolist()
    exons = tuple(zip(edges[::2], edges[1::2], strict=True))
    table = exon_table([transcript(exons, exons, frame=frame)])
    inner = slice(1, len(exons) - 1)
    assert table.is_internal_coding[inner].all()
    assert np.array_equal(table.phase_start[1:], table.phase_end[:-1])
    assert table.phase_start[0] == -frame % 3


def test_a_table_is_read_as_it_was_written(tmp_path):
    table = exon_table([transcript(EXONS, CODING, gene="007"), transcript(EXONS, ())])
    paths = [tmp_path / name for name in ("a.tsv", "b.tsv")]
    for path in paths:
        write_exon_table(path, table)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    back = read_exon_table(paths[0])
    for name in vars(table):
        assert np.array_equal(getattr(table, name), getattr(back, name)), name


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("\t200\t310\t110\t0\t2\t", "\t310\t200\t110\t0\t2\t", "start must be >= 0 and below end"),
        ("\t200\t310\t110\t0\t2\t", "\t200\t310\t111\t0\t2\t", "length must be end - start"),
        ("\t200\t310\t110\t0\t2\t", "\t200\t310\t110\t0\t1\t", "phase_end must be"),
        ("\t200\t310\t110\t0\t2\t", "\t200\t310\t110\t-1\t-1\t", "an internal coding exon has a phase"),
        (
            "\t200\t310\t110\t0\t2\t",
            "\t200\tmany\t110\t0\t2\t",
            "column end .*: got 'many' in row 2",
        ),
    ],
)
def test_contradictions_are_named_with_their_row(tmp_path, old, new, message):
    path = tmp_path / "exons.tsv"
    write_exon_table(path, exon_table([transcript(EXONS, CODING)]))
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    with pytest.raises(ValueError, match=message) as error:
        read_exon_table(path)
    assert str(path) in str(error.value)


def test_an_exon_table_without_its_columns(tmp_path):
    path = tmp_path / "exons.tsv"
    path.write_text("gene\tstart\n0\t1\n")
    with pytest.raises(ValueError, match="no column gene_id, rank"):
        read_exon_table(path)
