"""FASTA files as codes."""

import gzip
import time

import numpy as np
import pysam
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cisgrammar.files import text as textfile
from cisgrammar.sequence import fasta
from cisgrammar.sequence.alphabet import decode
from cisgrammar.sequence.fasta import Genome, name_hint, read_fasta
from prepare_toys import random_genome, text_genome, write_fasta, write_text


def test_reads_names_lengths_and_codes(tmp_path):
    path = write_text(tmp_path / "a.fa", ">chr1 first\nACGT\nacgtn\n>chr2\nRYK\n\n>chr3\nT")
    genome = read_fasta(path)
    assert genome.names == ("chr1", "chr2", "chr3")
    assert genome.lengths.tolist() == [9, 3, 1]
    assert genome.offsets.tolist() == [0, 9, 12]
    assert decode(genome.codes) == "ACGTACGTNNNNT"
    assert decode(genome.chromosome("chr2")) == "NNN"
    assert genome.position("chr3", 0) == 12
    assert genome.positions(["chr3", "chr1"], [1, 4]).tolist() == [13, 4]


@pytest.mark.parametrize("kind", ["plain", "gzip", "bgzip", "windows", "one line"])
def test_every_form_gives_the_same_genome(tmp_path, kind):
    genome = random_genome({"chrA": 1234, "chrB": 77, "chrC": 60})
    plain = write_fasta(tmp_path / "a.fa", genome, width=10_000 if kind == "one line" else 60)
    path = plain
    if kind == "gzip":
        path = tmp_path / "a.fa.gz"
        path.write_bytes(gzip.compress(plain.read_bytes()))
    elif kind == "bgzip":
        path = tmp_path / "b.fa.gz"
        pysam.tabix_compress(str(plain), str(path), force=True)
    elif kind == "windows":
        plain.write_bytes(plain.read_bytes().replace(b"\n", b"\r\n"))
    read = read_fasta(path)
    assert read.fingerprint == genome.fingerprint
    np.testing.assert_array_equal(read.codes, genome.codes)


@given(st.lists(st.text("ACGTNacgt", min_size=1, max_size=30), min_size=1, max_size=5), st.integers(1, 40))
def test_blocks_of_any_size_agree(tmp_path_factory, texts, size):
    genome = text_genome(**{f"c{i}": text for i, text in enumerate(texts)})
    path = write_fasta(tmp_path_factory.mktemp("fasta") / "a.fa", genome, width=7)
    parser = fasta._Parser(path)
    for chunk in textfile.read_chunks(path, size):
        parser.chunk(chunk)
    assert parser.genome().fingerprint == genome.fingerprint


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (">a\nACGT\nAC.T\n", r"a.fa:3: stray byte b'\.' in column 3"),
        (">a\nAC\n>b\nA>C\n", r"a.fa:4: stray byte b'>' in column 2"),
        (">a\nACGT\n>b\nAC\n>a\nGG\n", r"a.fa:5: chromosome a is named a second time \(first in line 1\)"),
        ("", r"a.fa: no sequences"),
        ("\n\n", r"a.fa: no sequences"),
        ("\nACGT\n>a\nAC\n", r"a.fa:1: sequence before the first header"),
        (">a\n>b\n\n", r"a.fa:1: chromosome a has no sequence, nor has any other"),
        (">\nAC\n", r"a.fa:1: header line without a name"),
        (">a\nAC\n>b" + "ACGT" * 100, r"a.fa:3: a name of 401 letters \(bACGT.*\); wanted at most 255, and a line end"),
        ("chr1\t0\t100\n", r"a.fa:1: sequence before the first header"),
    ],
)
def test_bad_fasta_names_file_and_line(tmp_path, text, message):
    with pytest.raises(ValueError, match=message):
        read_fasta(write_text(tmp_path / "a.fa", text))


def test_stray_byte_in_a_later_block_has_the_right_line(tmp_path, monkeypatch):
    lines = [">a", *["ACGT"] * 100, "AC.T", "ACGT", ">b", "AC"]
    path = write_text(tmp_path / "a.fa", "\n".join(lines))
    for size in (7, 50, 51):
        monkeypatch.setattr(fasta, "read_chunks", lambda p, size=size: textfile.read_chunks(p, size))
        with pytest.raises(ValueError, match=r"a.fa:102: stray byte b'\.' in column 3"):
            read_fasta(path)


@pytest.mark.parametrize("size", [4, 5, 6, 7, 9, 1000])
def test_pieces_may_end_within_lines_and_headers(tmp_path, monkeypatch, size):
    path = write_text(tmp_path / "a.fa", "\n>chr1 a long header\nACGTACGT\nAC\n>chr2\nTT\n>chr3 end\nGGGGGGGGGGGG")
    monkeypatch.setattr(fasta, "read_chunks", lambda p: textfile.read_chunks(p, size))
    genome = read_fasta(path)
    assert genome.names == ("chr1", "chr2", "chr3")
    assert decode(genome.codes) == "ACGTACGTACTTGGGGGGGGGGGG"


@pytest.mark.parametrize("size", [4, 5, 9, 1000])
def test_a_header_mark_within_a_line_is_a_stray_byte(tmp_path, monkeypatch, size):
    path = write_text(tmp_path / "a.fa", ">a\nACGTAC>b\nAC\n")
    monkeypatch.setattr(fasta, "read_chunks", lambda p: textfile.read_chunks(p, size))
    with pytest.raises(ValueError, match=r"a.fa:2: stray byte b'>' in column 7"):
        read_fasta(path)


def test_a_chromosome_on_one_line_takes_the_time_of_many_lines(tmp_path):
    bases = np.random.default_rng(0).choice(np.frombuffer(b"ACGT", dtype=np.uint8), 1 << 26).tobytes()
    (tmp_path / "one.fa").write_bytes(b">a\n" + bases)
    step = 1 << 10
    lines = b"\n".join(bases[i : i + step] for i in range(0, len(bases), step))
    (tmp_path / "many.fa").write_bytes(b">a\n" + lines)
    seconds, read = {}, {}
    for name in ("one", "many"):
        start = time.process_time()
        read[name] = read_fasta(tmp_path / f"{name}.fa")
        seconds[name] = time.process_time() - start
    assert read["one"].fingerprint == read["many"].fingerprint
    # Four pieces on one line: joined again and again they took 2.5 times as long; slack for a loaded machine.
    assert seconds["one"] < 2 * seconds["many"] + 0.2


def test_a_chromosome_longer_than_a_bigwig_holds_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(fasta, "_LONGEST", 9)
    assert read_fasta(write_text(tmp_path / "a.fa", ">a\nACGT\nACGTA\n>b\nACGTACGTA\n")).size == 18
    with pytest.raises(ValueError, match=r"a.fa:2: chromosome a has more than 9 bp"):
        read_fasta(write_text(tmp_path / "a.fa", ">a\nACGT\nACGTAC\n"))


def test_a_byte_order_mark_and_utf16_are_read(tmp_path):
    text = ">chr1\nACGT\n"
    for encoding in ("utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"):
        mark = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}.get(encoding, b"")
        (tmp_path / "a.fa").write_bytes(mark + text.encode(encoding))
        assert decode(read_fasta(tmp_path / "a.fa").codes) == "ACGT"


def test_fingerprint_sees_names_bases_and_borders():
    base = text_genome(a="ACGT", b="AC")
    others = [text_genome(a="ACGT", c="AC"), text_genome(a="ACGA", b="AC"), text_genome(a="ACG", b="TAC")]
    assert len({genome.fingerprint for genome in [base, *others]}) == 4
    assert base.fingerprint == text_genome(a="acgt", b="ac").fingerprint


def test_positions_outside_and_unknown_names():
    genome = text_genome(chr1="ACGT", chr2="AC")
    assert genome.position("chr1", 4) == 4
    with pytest.raises(ValueError, match="chr1:5 is outside of the chromosome's 4 bp"):
        genome.position("chr1", 5)
    with pytest.raises(ValueError, match="'1' is not in the genome; it has 'chr1'"):
        genome.position("1", 0)
    with pytest.raises(ValueError, match="'chrX' is not in the genome; it has chr1, chr2"):
        genome.positions(["chr1", "chrX"], [0, 0])


@pytest.mark.parametrize(
    ("name", "names", "hint"),
    [
        ("1", ("chr1", "chr2"), "chr1"),
        ("chrX", ("X", "Y"), "X"),
        ("MT", ("chr1", "chrM"), "chrM"),
        ("CHRxv", ("chrXV",), "chrXV"),
        ("chr7", ("chr1",), ""),
        ("NC_000001.11", ("chr1", "chr2"), "chr1"),
        ("NC_000023.10", ("X",), "X"),
        ("chr19", ("NC_000085.7", "NC_000086.8"), "NC_000085.7"),
        ("NC_001148.4", ("chrXVI",), "chrXVI"),
        ("NC_012920.1", ("MT",), "MT"),
        ("NC_000025.1", ("chr1", "25"), ""),
        ("NC_000001", ("chr2",), ""),
    ],
)
def test_hints(name, names, hint):
    assert name_hint(name, names) == hint


@pytest.mark.yeast
def test_yeast_in_under_a_second(data):
    start = time.process_time()
    genome = read_fasta(data / "sacCer3" / "sacCer3.fa.gz")
    assert time.process_time() - start < 1
    assert genome.size == 12_071_326
    assert len(genome.names) == 16
    assert decode(genome.chromosome("chrI")[:12]) == "CCACACCACACC"


def test_genome_of_no_chromosome():
    assert Genome.from_chromosomes({}).size == 0


def test_gaps_and_ends_are_n_and_told(tmp_path, caplog):
    path = write_text(tmp_path / "a.fa", ">a\nAC-GTX\n>b\n*A\n")
    found = read_fasta(path)
    assert found.fingerprint == text_genome(a="ACNGTN", b="NA").fingerprint
    assert f"{path}: 3 letters -, * or X are read as N" in caplog.text


@pytest.mark.parametrize(
    ("text", "first", "more"),
    [(">a\n>x\n\n>b\nAC\n>c\nG\n", "1: 2 of 4", "a, x"), (">b\nAC\n>c\nG\n>x", "5: 1 of 3", "x; the file")],
)
def test_chromosomes_without_sequence_are_left_out_and_told(tmp_path, caplog, text, first, more):
    path = write_text(tmp_path / "a.fa", text)
    found = read_fasta(path)
    assert found.fingerprint == text_genome(b="AC", c="G").fingerprint
    assert (found.offsets.tolist(), found.chromosome("c").tolist()) == ([0, 2], [2])
    assert f"{path}:{first} chromosomes have no sequence and are left out: {more}" in caplog.text
    assert ("cut off" in caplog.text) == text.endswith(">x")
