"""Faults of the section `variants`, before any work."""

import pytest

from cisgrammar.check.faults import find_faults
from cisgrammar.check.plan import plan
from cisgrammar.config.schema import parse_config
from cisgrammar.profile.models.saved import save_model
from toy_profile import small_solo

HEAD = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "genome.fa").write_text(">chr1\n" + "ACGTTGCA" * 20 + "\n")
    (tmp_path / "my.vcf").write_text(f"{HEAD}chr1\t81\t.\tA\tC\nchr1\t82\t.\tG\tT\n")
    (tmp_path / "other.vcf").write_text(f"{HEAD}chr1\t81\t.\tC\tA\nchr7\t82\t.\tC\tT\n")
    (tmp_path / "empty.vcf").write_text(HEAD)
    (tmp_path / "swapped.vcf").write_text(f"{HEAD}chr1\t81\t.\tC\tA\n")
    (tmp_path / "elsewhere.vcf").write_text(f"{HEAD}scaffold\t81\t.\tC\tA\n")
    (tmp_path / "far.bed").write_text("chrZ\t1\t2\n")
    (tmp_path / "junk.h5").write_text("x")
    exon = 'scaffold\tx\texon\t5\t9\t.\t+\t.\tgene_id "g"; transcript_id "t";\n'
    (tmp_path / "far.gtf").write_text(exon)
    exons = [exon.replace("scaffold", "chr1").replace("5\t9", f"{start}\t{start + 9}") for start in (5, 40, 90)]
    (tmp_path / "near.gtf").write_text("".join(exons))
    save_model("m.safetensors", small_solo())
    (tmp_path / "R").mkdir()
    save_model("R/model.safetensors", small_solo())
    return tmp_path


def faults_of(**keys):
    given = {"vcf": "my.vcf", "profile": {"models": ["m.safetensors"]}, **keys}
    return find_faults(parse_config({"genome": {"fasta": "genome.fa"}, "variants": given}))


def test_a_sound_section_has_no_fault(folder):
    """One allele that can be scored is enough: the others are listed by the run."""
    assert faults_of() == []


def test_the_plan_names_the_file_and_its_scores(folder):
    given = {"vcf": "my.vcf", "profile": {"models": ["m.safetensors"]}, "splice": {"weights": ["s"], "genes": "g"}}
    lines = list(plan(parse_config({"genome": {"fasta": "genome.fa"}, "variants": given}), {}, {}))
    assert lines[-1] == "variants  my.vcf, scored by profile, splice models"


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"vcf": "none.vcf"}, "variants.vcf: no file none.vcf"),
        ({"vcf": "empty.vcf"}, "empty.vcf: no variants in it"),
        ({"vcf": "other.vcf"}, "none of the first 2 alleles can be scored"),
        ({"vcf": "genome.fa"}, "genome.fa"),
        ({"profile": {"models": ["m.safetensors", "n.h5"]}}, "variants.profile.models: no file n.h5"),
        ({"profile": {"models": ["m.safetensors"], "peaks": "p.bed"}}, "variants.profile.peaks: no file p.bed"),
        ({"binding": {"models": ["x/R"]}}, "variants.binding.models: no file x/R/model.safetensors"),
        ({"splice": {"weights": ["s.h5"], "genes": "near.gtf"}}, "variants.splice.weights: no file s.h5"),
        ({"splice": {"weights": ["m.safetensors"], "genes": "near.gtf"}}, "a model of format cisgrammar-profile-1"),
        ({"genes": "g.gtf"}, "variants.genes: no file g.gtf"),
        ({"genes": "far.gtf"}, "far.gtf: none of its genes is on a chromosome of the FASTA"),
        ({"genes": "my.vcf"}, "my.vcf:3: 5 tab-separated columns"),
        ({"profile": {"models": ["junk.h5"]}}, "junk.h5: not an HDF5 file"),
        ({"profile": {"models": ["m.safetensors"], "peaks": "far.bed"}}, "far.bed: none of its chromosomes"),
        ({"binding": {"models": ["R"]}}, "R/model.safetensors: a model of format cisgrammar-profile-1"),
        ({"vcf": "swapped.vcf"}, "exchange its columns of alleles"),
        ({"vcf": "elsewhere.vcf"}, "name its chromosomes as the FASTA does"),
    ],
)
def test_each_fault_is_one_line_that_names_the_key(folder, keys, said):
    (line,) = faults_of(**keys)
    assert said in line


def test_the_weights_of_splice_models_and_the_genes_are_both_read(folder):
    lines = faults_of(splice={"weights": ["m.safetensors"], "genes": "far.gtf"})
    assert len(lines) == 2
    assert "m.safetensors: a model of format" in lines[0]
    assert "far.gtf" in lines[1]


@pytest.mark.parametrize(("chrom", "alt"), [("GL0001", "A"), ("chr1", "<NON_REF>"), ("chr1", ".")])
def test_what_a_file_begins_with_is_passed_over(folder, chrom, alt):
    """Contigs that the FASTA lacks, and the blocks of a gVCF."""
    begins = "".join(f"{chrom}\t{1 + i % 90}\t.\tC\t{alt}\n" for i in range(1500))
    (folder / "long.vcf").write_text(f"{HEAD}{begins}chr1\t81\t.\tA\tC\n")
    assert faults_of(vcf="long.vcf") == []
