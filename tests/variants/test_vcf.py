"""The annotated VCF: sorted, indexed, what was there is kept, and its fields are declared."""

import csv

import pysam
import pytest

from cisgrammar.tables.contracts.variants import READ
from cisgrammar.tables.io import rows_of
from cisgrammar.variants.table import write_variants
from cisgrammar.variants.vcf import annotate, info_fields
from toy_variants import at, other

HEADER = (
    "##fileformat=VCFv4.2\n##contig=<ID=chr1,length=3000>\n##contig=<ID=chr2,length=1200>\n"
    '##INFO=<ID=DP,Number=1,Type=Integer,Description="depth">\n'
    '##INFO=<ID=CG_REASON,Number=A,Type=String,Description="of an earlier run">\n'
    '##FORMAT=<ID=GT,Number=1,Type=String,Description="genotype">\n'
    "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ts1\n"
)
COLUMNS = [*READ.names, "genes", "demo.logfc", "demo.logfc_sd", "REB1.site"]


def scored(tmp_path, genome, path):
    """The table of scores of a file: logfc is the number of the allele."""
    write_variants(tmp_path / "t.tsv", path, "auto", genome, 50)
    with (tmp_path / "s.tsv").open("w", newline="") as handle:
        out = csv.DictWriter(handle, COLUMNS, delimiter="\t", lineterminator="\n")
        out.writeheader()
        for row in rows_of(tmp_path / "t.tsv"):
            value = "nan" if row["reason"] else row["number"]
            out.writerow({**row, "genes": "", "demo.logfc": value, "demo.logfc_sd": "nan", "REB1.site": ""})
    return tmp_path / "s.tsv"


def annotated(tmp_path, genome, path):
    out = tmp_path / "a.vcf.gz"
    annotate(out, tmp_path / "a.vcf.gz.tbi", path, scored(tmp_path, genome, path), genome)
    return out


@pytest.fixture
def lines(genome):
    """Records out of order, one of several alleles, one that no model scores, one that no index can hold."""
    base = {place: at(genome, *place) for place in (("chr2", 99), ("chr1", 499), ("chr1", 99))}
    a, b, c = base.values()
    return [
        f"chr2\t100\trs1\t{a}\t{other(a)}\t.\tPASS\tDP=3\tGT\t0|1",
        f"chr1\t500\t.\t{b}\t{other(b)},*,{other(b, 2)}\t.\tPASS\tDP=4;CG_REASON=old\tGT\t1|2",
        "chr1\t100\t.\tA\t<DEL>\t50\t.\t.\tGT\t./.",
        f"chr1\t100\t.\t{c}\t{other(c)}\t.\t.\t.\tGT\t./.",
        "chr1\t0\t.\tA\tC\t.\t.\t.\tGT\t./.",
    ]


def test_records_are_sorted_and_keep_what_they_had(genome, tmp_path, lines):
    path = tmp_path / "v.vcf"
    path.write_text(HEADER + "\n".join(lines) + "\n")
    with pysam.VariantFile(str(annotated(tmp_path, genome, path))) as file:
        found = list(file)
        assert [(r.chrom, r.pos) for r in found] == [("chr1", 100), ("chr1", 100), ("chr1", 500), ("chr2", 100)]
        two = found[2]
        assert two.info["DP"] == 4
        assert two.info["CG_logfc_demo"] == (1.0, None, 3.0)
        assert two.info["CG_REASON"] == (".", "ALT_is_*_(a_deletion_upstream)", ".")
        assert two.samples["s1"]["GT"] == (1, 2)
        assert found[3].info["CG_logfc_demo"] == (0.0,)
        assert "CG_REASON" not in found[3].info
        assert [r.pos for r in file.fetch("chr1", 400, 600)] == [500]
        declared = {name: file.header.info[name].number for name in ("CG_logfc_demo", "CG_REASON", "DP")}
        assert declared == {"CG_logfc_demo": "A", "CG_REASON": "A", "DP": 1}


def test_a_bcf_gives_what_its_vcf_gives(genome, tmp_path, lines):
    path = tmp_path / "v.vcf"
    path.write_text(HEADER + "\n".join([*lines[:2], lines[3]]) + "\n")
    texts = []
    with (
        pysam.VariantFile(str(path)) as file,
        pysam.VariantFile(str(tmp_path / "v.bcf"), "wb", header=file.header) as out,
    ):
        for record in file:
            out.write(record)
    for source in (path, tmp_path / "v.bcf"):
        with pysam.VariantFile(str(annotated(tmp_path, genome, source))) as file:
            texts.append([str(record) for record in file])
    assert texts[0] == texts[1]


@pytest.mark.parametrize("binary", [False, True])
def test_letters_that_are_not_utf8_become_utf8(genome, tmp_path, lines, binary):
    path = tmp_path / "v.vcf"
    info = '##source=Größe\n##INFO=<ID=N,Number=1,Type=String,Description="é">\n##FORMAT'
    text = HEADER.replace("##FORMAT", info) + lines[0].replace("DP=3", "DP=3;N=é").replace("rs1", "né") + "\n"
    path.write_bytes(text.encode("latin-1"))
    if binary:
        with (
            pysam.VariantFile(str(path)) as file,
            pysam.VariantFile(str(tmp_path / "v.bcf"), "wb", header=file.header) as out,
        ):
            for record in file:
                out.write(record)
        path = tmp_path / "v.bcf"
    with pysam.VariantFile(str(annotated(tmp_path, genome, path))) as file:
        (record,) = file
        assert (record.id, record.info["N"], record.info["DP"]) == ("né", "é", 3)
        assert "##source=Größe" in str(file.header)


def test_a_table_becomes_a_vcf_with_contigs(genome, tmp_path):
    base = at(genome, "chr1", 99)
    path = tmp_path / "v.tsv"
    path.write_text(f"chrom\tpos\tref\talt\n1\t100\t{base}\t{other(base)}\nchr1\t50\tA\t\n")
    with pysam.VariantFile(str(annotated(tmp_path, genome, path))) as file:
        assert list(file.header.contigs) == ["chr1", "chr2"]
        first, second = file
        assert (first.pos, first.alts) == (50, None)
        assert (second.chrom, second.pos, second.alts) == ("chr1", 100, (other(base),))


def test_five_columns_are_filled_up_and_the_bytes_are_the_same_each_time(genome, tmp_path):
    base = at(genome, "chr1", 99)
    path = tmp_path / "v.vcf"
    path.write_text(f"##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\nchr1\t100\t.\t{base}\t{other(base)}\n")
    first = annotated(tmp_path, genome, path).read_bytes()
    index = (tmp_path / "a.vcf.gz.tbi").read_bytes()
    assert annotated(tmp_path, genome, path).read_bytes() == first
    assert (tmp_path / "a.vcf.gz.tbi").read_bytes() == index
    with pysam.VariantFile(str(tmp_path / "a.vcf.gz")) as file:
        assert [record.info["CG_logfc_demo"] for record in file] == [(0.0,)]


def test_spliceai_strings_go_in_as_they_are():
    names = [field.id for field in info_fields([*COLUMNS, "splice.SpliceAI"])]
    assert names == ["CG_REASON", "CG_logfc_demo", "CG_site_REB1", "SpliceAI"]
    assert "Number=.,Type=String" in info_fields(["splice.SpliceAI"])[-1].header
