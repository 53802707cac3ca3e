"""Records of every kind of file are read; what no file of variants can be is refused in one line."""

import gzip

import pysam
import pytest

from cisgrammar.variants.read.records import is_vcf, read_records

HEADER = "##fileformat=VCFv4.2\n##contig=<ID=chr1,length=100>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
LINES = "chr1\t5\trs1\tA\tC,GT\t.\t.\t.\nchr1\t9\t.\tAT\tA\t.\t.\t.\n"


def written(tmp_path, text, name="v.txt"):
    path = tmp_path / name
    path.write_bytes(text.encode())
    return path


def plain(path, layout="auto"):
    return [(r.chrom, r.position, r.id, r.ref, r.alts, r.line) for r in read_records(path, layout)]


VCF = [("chr1", "5", "rs1", "A", ("C", "GT"), 4), ("chr1", "9", ".", "AT", ("A",), 5)]


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("packed", [False, True])
def test_a_vcf_is_read_plain_or_packed_with_either_end_of_lines(tmp_path, ends, packed):
    text = (HEADER + LINES).replace("\n", ends).encode()
    path = tmp_path / "v.vcf"
    path.write_bytes(gzip.compress(text) if packed else text)
    assert plain(path) == VCF
    assert is_vcf(path)


def test_a_bcf_gives_what_its_vcf_gives(tmp_path):
    source = written(tmp_path, HEADER + LINES, "v.vcf")
    with (
        pysam.VariantFile(str(source)) as file,
        pysam.VariantFile(str(tmp_path / "v.bcf"), "wb", header=file.header) as out,
    ):
        for record in file:
            out.write(record)
    found = plain(tmp_path / "v.bcf")
    assert [row[:5] for row in found] == [row[:5] for row in VCF]
    assert [row[5] for row in found] == [1, 2]
    assert is_vcf(tmp_path / "v.bcf")


@pytest.mark.parametrize("binary", [False, True])
def test_letters_that_are_not_utf8_change_no_variant(tmp_path, binary):
    """A program of another language wrote the header, INFO and identifiers."""
    path = tmp_path / "v.vcf"
    info = '##source=Größe\n##INFO=<ID=N,Number=1,Type=String,Description="é">\n#CHROM'
    odd = (HEADER.replace("#CHROM", info) + LINES.replace(".\n", "N=é\n")).replace("rs1", "é1")
    path.write_bytes(odd.encode("latin-1"))
    if binary:
        with (
            pysam.VariantFile(str(path)) as file,
            pysam.VariantFile(str(tmp_path / "v.bcf"), "wb", header=file.header) as out,
        ):
            for record in file:
                out.write(record)
        path = tmp_path / "v.bcf"
    found = plain(path)
    assert [row[:2] + row[3:5] for row in found] == [row[:2] + row[3:5] for row in VCF]
    assert [row[2] for row in found] == [row[2].replace("rs1", "é1") for row in VCF]


@pytest.mark.parametrize(
    ("layout", "line"),
    [
        ("chrombpnet", "chr1\t5\tA\tC\trs1"),
        ("bed", "chr1\t4\t5\tA\tC\trs1"),
        ("plink", "chr1\trs1\t0\t5\tA\tC"),
        ("original", "chr1\t5\trs1\tA\tC"),
    ],
)
def test_layouts_of_variant_scorer_are_told_from_each_other(tmp_path, layout, line):
    path = written(tmp_path, f"{line}\n{line}\n")
    expected = [("chr1", "5", "rs1", "A", ("C",), number) for number in (1, 2)]
    assert plain(path) == plain(path, layout) == expected
    assert not is_vcf(path)


def test_a_header_names_columns_in_any_order_and_case(tmp_path):
    path = written(tmp_path, "\ufeff#ALT\tPOS\tref\tChrom\nC\t5\tA\tchr1\n")
    assert plain(path) == [("chr1", "5", ".", "A", ("C",), 2)]
    zero = written(tmp_path, "chrom\tstart\tend\tref\talt\nchr1\t4\t5\tA\tC\n")
    assert plain(zero)[0][1] == "5"


def test_short_lines_below_the_first_are_records_with_a_fault(tmp_path):
    found = list(read_records(written(tmp_path, HEADER + LINES + "chr1\t12\trs")))
    assert [r.fault for r in found] == ["", "", "too few columns"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "an empty file"),
        (HEADER, "no variants in it"),
        (HEADER + "chr1 5 rs1 A\n", "4 columns; wanted 5 or more, separated by tabs"),
        ("chr1\t5\tA\tC\tA\n", "fit the layouts chrombpnet and original"),
        ("chrom\tstart\tend\tref\talt\nchr1\t4\t9\tA\tC\n", "neither from 0 .as BED. nor from 1"),
        ("one\ttwo\tthree\n1\t2\t3\n", "columns are those of no layout"),
    ],
)
def test_what_is_no_file_of_variants_is_one_line(tmp_path, text, said):
    with pytest.raises(ValueError, match=said) as error:
        list(read_records(written(tmp_path, text)))
    assert "\n" not in str(error.value)


def test_files_that_are_missing_or_cut_off_are_one_line(tmp_path):
    with pytest.raises(ValueError, match="no such file"):
        list(read_records(tmp_path / "none.vcf"))
    whole = gzip.compress((HEADER + LINES * 400).encode(), 1)
    (tmp_path / "cut.vcf.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match=r"truncated|damaged"):
        list(read_records(tmp_path / "cut.vcf.gz"))
    with pytest.raises(ValueError, match="no header with chrom"):
        list(read_records(written(tmp_path, "chr1\t5\tA\tC\trs\n"), "header"))


@pytest.mark.parametrize(
    "text",
    [
        "chrom,pos,ref,alt,id\nchr1,100000,A,C,r\nchr1,200000,G,T,s\n",
        "# mine\n\nchrom;pos;ref;alt;id\nchr1;100000;A;C;r\nchr1;200000;G;T;s\n",
        "chrom pos ref alt id\nchr1 100000 A C r\nchr1 200000 G T s\n",
        '"chrom"\t"pos"\t"ref"\t"alt"\t"id"\n"chr1"\t100000\t"A"\t"C"\t"r"\n"chr1"\t200000\t"G"\t"T"\t"s"\n',
        "chrom\tpos\tref\talt\tid\nchr1\t1e+05\tA\tC\tr\nchr1\t200000.0\tG\tT\ts\n",
        "Chr\tStart\tEnd\tRef\tAlt\tid\nchr1\t100000\t100000\tA\tC\tr\nchr1\t200000\t200000\tG\tT\ts\n",
        "chrom\tstart\tend\tref\talt\tid\nchr1\t99999\t100000\tA\tC\tr\nchr1\t199999\t200000\tG\tT\ts\n",
        "chr1,100000,A,C,r\nchr1,200000,G,T,s\n",
        "# chrom pos ref alt id\nchr1 100000 A C r\nchr1 200000 G T s\n",
        '"chrom" "pos" "ref" "alt" "id"\n"1" "chr1" 100000 "A" "C" "r"\n"2" "chr1" 200000 "G" "T" "s"\n',
        "chrom,pos,ref,alt,id\n1,chr1,100000,A,C,r\n2,chr1,200000,G,T,s\n",
        'chrom,pos,ref,alt,id\nchr1,"100,000",A,C,r\nchr1,"200,000",G,T,s\n',
        "##fileformat=VCFv4.2\n#CHROM  POS  ID  REF  ALT\nchr1   100000  r  A  C\nchr1 200000 s   G T\n",
        (
            "Gene\tChromosome\tStart_Position\tEnd_Position\tReference_Allele\tTumor_Seq_Allele2\tid\n"
            "x\tchr1\t100000\t100000\tA\tC\tr\ny\tchr1\t200000\t200000\tG\tT\ts\n"
        ),
        "##source=x\n#CHROM\tPOS\tID\tREF\tALT\nchr1\t100000\tr\tA\tC\nchr1\t2e+05\ts\tG\tT\n",
    ],
)
def test_tables_of_other_programs_hold_the_same(tmp_path, text):
    found = [(r.chrom, r.position, r.id, r.ref, r.alts) for r in read_records(written(tmp_path, text))]
    assert found == [("chr1", "100000", "r", "A", ("C",)), ("chr1", "200000", "s", "G", ("T",))]


def test_a_vcf_without_its_first_line_is_one_all_the_same(tmp_path):
    path = written(tmp_path, "##source=x\n#CHROM\tPOS\tID\tREF\tALT\nchr1\t5\t.\tA\tC,G\n")
    assert is_vcf(path)
    assert [r.alts for r in read_records(path)] == [("C", "G")]


def test_a_line_with_a_nul_byte_is_a_record_with_a_fault(tmp_path):
    """What a disk or a copy that failed leaves behind; the index of an annotated VCF cannot hold it."""
    path = tmp_path / "v.vcf"
    path.write_text("#CHROM\tPOS\tID\tREF\tALT\nchr1\t5\t.\tA\tC\n\0chr1\t6\t.\tA\tC\n\0\0\0")
    found = list(read_records(path))
    assert [record.fault for record in found] == ["", *["a NUL byte in the line: the file is damaged"] * 2]
    assert [record.line for record in found] == [2, 3, 4]


def test_names_of_rows_are_told_from_chromosomes_that_are_numbers(tmp_path):
    for text in ("chrom pos ref alt\n1 1 500 A C\n2 1 600 G T\n", "chrom pos ref alt\n1 500 A C x\n1 600 G T x\n"):
        assert [(r.chrom, r.position, r.ref) for r in read_records(written(tmp_path, text))] == [
            *(("1", "500", "A"), ("1", "600", "G"))
        ]
