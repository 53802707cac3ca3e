"""BAM and CRAM: reads that are on no genome, filters, damage, and headers before any work."""

import logging

import numpy as np
import pysam
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cisgrammar.config.prepare import ReadFilter
from cisgrammar.signal.alignments import peek_alignments
from cisgrammar.signal.reads import peek_reads, read_cuts
from fuzz import result_or_line
from prepare_toys import random_genome, write_alignments, write_fasta

GENOME = random_genome({"chr1": 1000, "chr2": 500, "chr3": 800})
SOUND = [{"start": 3 * i, "flag": 16 * (i % 2)} for i in range(300)]
CLEAN = {"plus": [3 * i for i in range(0, 300, 2)], "minus": [3 * i + 29 for i in range(1, 300, 2)]}
ALL = ReadFilter(max_faulty=1)
ODD = {
    "- read past its end": ({"start": 990, "flag": 16}, "beyond the end of the chromosome"),
    "+ read past its end": ({"start": 990}, "beyond the end of the chromosome"),
    "read behind the end": ({"start": 1200}, "beyond the end of the chromosome"),
    "POS 0": ({"start": -1, "flag": 16}, "mapped without chromosome or position"),
    "mapped without chromosome": ({"chrom": None, "start": 5}, "mapped without chromosome or position"),
    "- read without CIGAR": ({"start": 50, "cigar": "", "flag": 16}, "mapped without CIGAR"),
    "+ read without CIGAR": ({"start": 50, "cigar": ""}, "mapped without CIGAR"),
    "all clipped": ({"start": 50, "cigar": "30S"}, "mapped without an aligned base"),
    "all inserted": ({"start": 50, "cigar": "30I", "flag": 16}, "mapped without an aligned base"),
}


@pytest.mark.parametrize("name", ODD)
def test_a_read_on_no_genome_is_counted_and_left_out(tmp_path, name, caplog):
    odd, reason = ODD[name]
    path = write_alignments(tmp_path / "a.bam", GENOME, [*SOUND[:150], odd, odd, odd, *SOUND[150:]])
    with caplog.at_level(logging.WARNING):
        cuts = read_cuts(path, GENOME)
    assert (cuts.plus.tolist(), cuts.minus.tolist()) == (CLEAN["plus"], CLEAN["minus"])
    assert cuts.report.faulty == {reason: 3}
    assert f"records are left out (3: {reason}); the first: {path}: read read150 at" in caplog.text
    with pytest.raises(ValueError, match=rf"{path}: read read150 at .*; 3 of 303 records are like that, more than"):
        read_cuts(path, GENOME, wanted=ReadFilter(max_faulty=0.005))


def test_only_many_reads_past_the_end_blame_the_assembly(tmp_path):
    for odd, cure in (({"start": 990}, "give the reads' own assembly"), ({"start": -1}, "mend the file")):
        path = write_alignments(tmp_path / "a.bam", GENOME, [*SOUND, *[odd] * 30])
        with pytest.raises(ValueError, match=rf"30 of 330 records .*max_faulty \(0\.01\) allows: {cure}$"):
            read_cuts(path, GENOME)


def test_a_read_of_one_base_counts(tmp_path):
    path = write_alignments(tmp_path / "a.bam", GENOME, [{"start": 50, "cigar": "9S1M20S"}])
    assert read_cuts(path, GENOME).plus.tolist() == [50]


def test_a_sam_without_a_header_or_with_a_chromosome_twice_is_named(tmp_path):
    row = "r\t0\tchr1\t5\t60\t4M\t*\t0\t0\tACGT\tIIII\n"
    for header in ("", "@SQ\tSN:chr1\tLN:1000\n@SQ\tSN:chr1\tLN:1000\n"):
        (tmp_path / "a.sam").write_text(header + row)
        with pytest.raises(ValueError, match=r"a\.sam: no header of chromosomes"):
            peek_reads(tmp_path / "a.sam", GENOME)


def test_a_cram_needs_no_reference(tmp_path):
    """Its counts are those of the BAM of the same reads, whether the reference is there, moved or gone."""
    fasta = write_fasta(tmp_path / "genome.fa", GENOME)
    pysam.faidx(str(fasta))
    reads = [{"start": 3 * i, "cigar": "4S10M2D20M", "flag": 16 * (i % 2), "quality": i % 61} for i in range(300)]
    bam = write_alignments(tmp_path / "a.bam", GENOME, reads)
    cram = write_alignments(tmp_path / "a.cram", GENOME, reads, fasta)
    fasta.unlink()
    wanted = ReadFilter(min_mapq=20)
    ours, theirs = read_cuts(cram, GENOME, wanted=wanted), read_cuts(bam, GENOME, wanted=wanted)
    assert 0 < len(ours.plus) < 150
    assert (ours.plus.tolist(), ours.minus.tolist()) == (theirs.plus.tolist(), theirs.minus.tolist())
    assert ours.report.dropped == theirs.report.dropped
    assert read_cuts(cram, GENOME, format="bam").report.records == 300
    assert peek_reads(cram, GENOME) == []


def test_a_cut_cram_is_named(tmp_path):
    fasta = write_fasta(tmp_path / "genome.fa", GENOME)
    pysam.faidx(str(fasta))
    path = write_alignments(tmp_path / "a.cram", GENOME, SOUND, fasta)
    path.write_bytes(path.read_bytes()[:-60])
    with pytest.raises(ValueError, match=r"a\.cram: (not a BAM or CRAM file, or damaged|truncated or damaged)"):
        read_cuts(path, GENOME)


@pytest.mark.parametrize(
    ("keys", "counted", "dropped"),
    [
        ({}, 6, {"duplicate": 2}),
        ({"min_mapq": 1}, 4, {"duplicate": 2, "mapping quality below 1": 2}),
        ({"min_mapq": 30}, 2, {"duplicate": 2, "mapping quality below 30": 4}),
        ({"duplicates": "keep"}, 8, {}),
        ({"duplicates": "keep", "min_mapq": 255}, 1, {"mapping quality below 255": 7}),
    ],
)
def test_filters_of_quality_and_duplicates(tmp_path, keys, counted, dropped):
    """Quality 255 stands for an unknown one: it is never too low."""
    reads = [{"start": 9 * i, "quality": q} for i, q in enumerate((0, 0, 1, 29, 30, 255))]
    reads += [{"start": 9, "flag": 0x400, "quality": q} for q in (0, 60)]
    cuts = read_cuts(write_alignments(tmp_path / "a.bam", GENOME, reads), GENOME, wanted=ReadFilter(**keys))
    assert len(cuts.plus) == counted
    assert cuts.report.dropped == dropped


def test_reads_that_fit_elsewhere_are_told(tmp_path):
    half = [{**read, "quality": 0 if i < 150 else 1} for i, read in enumerate(SOUND)]
    path = write_alignments(tmp_path / "a.bam", GENOME, half)
    (note,) = read_cuts(path, GENOME).report.notes
    assert note.startswith("150 of 300 reads that count have mapping quality 0")
    assert "prepare.min_mapq" in note
    assert read_cuts(path, GENOME, wanted=ReadFilter(min_mapq=1)).report.notes == []
    few = [{**read, "quality": 60 * (i >= 10)} for i, read in enumerate(SOUND)]
    assert read_cuts(write_alignments(tmp_path / "b.bam", GENOME, few), GENOME).report.notes == []


def test_a_header_of_other_names_is_seen_before_any_work(tmp_path):
    other = random_genome({"1": 1000, "2": 500})
    path = write_alignments(tmp_path / "a.bam", other, [{"chrom": "1", "start": 5}])
    with pytest.raises(ValueError, match=r"a\.bam: none of its chromosomes .* it has 1, 2, the FASTA 'chr1'; rename"):
        peek_reads(path, GENOME)


def test_unaligned_reads_are_seen_before_any_work(tmp_path):
    unmapped = {"chrom": None, "cigar": "", "flag": 4}
    path = write_alignments(tmp_path / "a.bam", GENOME, [unmapped] * 50)
    with pytest.raises(ValueError, match=r"a\.bam: 50 of its first 50 reads are unmapped; give aligned reads"):
        peek_reads(path, GENOME)
    with pytest.raises(ValueError, match=r"a\.bam: no reads in it"):
        peek_reads(write_alignments(tmp_path / "a.bam", GENOME, []), GENOME)
    path = write_alignments(tmp_path / "a.bam", random_genome({}), [unmapped] * 50)
    with pytest.raises(ValueError, match=r"a\.bam: 50 of its first 50 reads are unmapped"):
        peek_reads(path, GENOME)


def test_chromosomes_that_can_have_no_read_are_seen_before_any_work(tmp_path):
    path = write_alignments(tmp_path / "a.bam", random_genome({"chr1": 1000, "chr2": 500}), SOUND)
    assert peek_reads(path, GENOME) == ["chr3"]
    path = write_alignments(tmp_path / "b.bam", GENOME, SOUND)
    assert peek_reads(path, GENOME) == []
    pysam.index(str(path))
    assert peek_reads(path, GENOME) == ["chr2", "chr3"]


def test_the_beginning_may_hold_more_faults_than_the_whole(tmp_path, monkeypatch):
    monkeypatch.setattr("cisgrammar.signal.alignments._PEEKED", 10)
    odd = {"start": 990}
    path = write_alignments(tmp_path / "a.bam", GENOME, [odd, odd, *SOUND])
    report, _ = peek_alignments(path, GENOME, ReadFilter())
    assert (report.records, report.faulty) == (10, {"beyond the end of the chromosome": 2})
    peek_reads(path, GENOME)
    with pytest.raises(ValueError, match="6 of 10 records are like that"):
        peek_reads(write_alignments(path, GENOME, [odd] * 6 + SOUND), GENOME)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7), cram=st.booleans(), cut=st.booleans())
def test_damage_gives_the_same_counts_or_one_line(tmp_path_factory, place, bit, cram, cut):
    folder = tmp_path_factory.mktemp("damage")
    fasta = write_fasta(folder / "genome.fa", GENOME)
    pysam.faidx(str(fasta))
    path = write_alignments(folder / ("a.cram" if cram else "a.bam"), GENOME, SOUND, fasta if cram else None)
    data = bytearray(path.read_bytes())
    where = int(place * len(data))
    if cut:
        del data[where:]
    else:
        data[where] ^= 1 << bit
    path.write_bytes(data)
    cuts = result_or_line(path, lambda: read_cuts(path, GENOME, wanted=ALL))
    # of a CRAM's bases and names, which are not read, nothing is known
    assert cuts is None or (cuts.plus.tolist(), cuts.minus.tolist()) == (CLEAN["plus"], CLEAN["minus"])


READS = st.fixed_dictionaries(
    {
        "chrom": st.sampled_from([None, "chr1", "chr2"]),
        "start": st.integers(-1, 1100),
        "cigar": st.sampled_from(["", "30M", "5S20M", "10M400N20M", "30I", "3H1M"]),
        "flag": st.sampled_from([0, 16, 4, 99, 147, 256, 1024]),
        "quality": st.sampled_from([0, 30, 255]),
    }
)


@settings(max_examples=60, deadline=None)
@given(reads=st.lists(READS, max_size=12))
def test_every_read_counts_once_or_has_a_reason(tmp_path_factory, reads):
    path = write_alignments(tmp_path_factory.mktemp("reads") / "a.bam", GENOME, reads)
    cuts = read_cuts(path, GENOME, wanted=ALL)
    report = cuts.report
    left_out = sum(report.dropped.values()) + sum(report.faulty.values())
    assert report.plus + report.minus + left_out == report.records == len(reads)
    lengths = {"chr1": 1000, "chr2": 500}
    inside = [read for read in reads if read["chrom"] and 0 <= read["start"] < lengths[read["chrom"]]]
    assert report.plus + report.minus <= len(inside)
    ends = np.concatenate([cuts.plus, cuts.minus])
    assert (np.searchsorted([0, 1000], ends, side="right") <= 2).all()
    assert sorted({int(end >= 1000) for end in ends}) == sorted(
        {int(read["chrom"] == "chr2") for read in inside if counts(read, lengths)}
    )


def counts(read, lengths):
    spans = {"30M": 30, "5S20M": 20, "10M400N20M": 430, "3H1M": 1}
    if read["flag"] & (4 | 256 | 1024) or read["cigar"] in ("", "30I"):
        return False
    return read["start"] + spans[read["cigar"]] <= lengths[read["chrom"]]
