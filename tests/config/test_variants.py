"""The `variants` section: what it needs, what it refuses, and the name of its folder."""

import pytest

from cisgrammar.config.fields import ConfigError
from cisgrammar.config.schema import parse_config
from cisgrammar.config.variants import Variants
from toy_config import refusal

GENOME = {"genome": {"fasta": "g.fa"}}
GIVEN = {"vcf": "v.vcf", "profile": {"models": ["m.safetensors"]}}


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ({"profile": {}}, "give one of vcf and table, got neither"),
        ({"vcf": "a", "table": "b", "profile": {}}, "give one of vcf and table, got both"),
        ({"vcf": "a"}, "nothing to score with"),
        ({"vcf": "a", "profile": {"grid": 0}}, "grid"),
        ({"vcf": "a", "splice": {"distance": 5000}}, "distance"),
        ({"vcf": "a", "profile": {"centre": "middle"}}, "centre"),
        ({"vcf": "a", "binding": {"models": ["x/REB1", "y/REB1"]}}, "are called REB1"),
        ({"vcf": "a", "binding": {"models": ["x/splice"]}}, "splice is what"),
        ({"vcf": "a", "name": "../x", "profile": {}}, "name"),
    ],
)
def test_a_bad_section_is_refused(bad, said):
    assert said in refusal(Variants, bad)


@pytest.mark.parametrize(
    ("file", "folder"),
    [
        ("data/my.vcf.gz", "my"),
        ("my.bcf", "my"),
        ("a b/tumour 1.hg38.vcf.bgz", "tumour_1.hg38"),
        ("x.tsv", "x"),
        (".vcf", "variants"),
        ("_é.vcf", "variants"),
    ],
)
def test_the_folder_is_called_like_the_file(file, folder):
    assert Variants(vcf=file, profile={}).folder == folder
    assert Variants(vcf=file, name="mine", profile={}).folder == "mine"


def test_a_run_may_hold_nothing_but_a_genome_variants_and_models():
    assert parse_config({**GENOME, "variants": GIVEN}).variants.file == "v.vcf"
    with pytest.raises(ConfigError, match="variants needs the genome section"):
        parse_config({"variants": GIVEN})


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ("profile", "variants.profile.models: give files, or the section combined"),
        ("binding", "variants.binding.models: give files, or the section binding"),
        ("splice", "variants.splice.weights: give files, or the section splice"),
    ],
)
def test_without_models_the_runs_own_are_needed(part, said):
    with pytest.raises(ConfigError, match=said):
        parse_config({**GENOME, "variants": {"vcf": "v.vcf", part: {}}})


def test_splice_weights_without_a_splice_stage_need_genes():
    given = {"vcf": "v.vcf", "splice": {"weights": ["a.h5"]}}
    with pytest.raises(ConfigError, match=r"variants\.splice\.genes: give a GTF"):
        parse_config({**GENOME, "variants": given})
