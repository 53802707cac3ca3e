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
    save_model("m.safetensors", small_solo())
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
        ({"splice": {"weights": ["s.h5"], "genes": "my.vcf"}}, "variants.splice.weights: no file s.h5"),
        ({"splice": {"weights": ["m.safetensors"], "genes": "g.gtf"}}, "variants.splice.genes: no file g.gtf"),
        ({"genes": "g.gtf"}, "variants.genes: no file g.gtf"),
    ],
)
def test_each_fault_is_one_line_that_names_the_key(folder, keys, said):
    (line,) = faults_of(**keys)
    assert said in line
