"""Which models and peaks variants are scored with."""

from types import SimpleNamespace

from cisgrammar.run.targets import gate_outputs, last_outputs
from toy_run import toy_run


def test_peaks_are_those_that_the_config_names_or_the_sample_s(tmp_path):
    own = toy_run(tmp_path, variants={"vcf": "my.vcf.gz", "profile": {}})
    assert own.peaks_of("a") == own.source_peaks(SimpleNamespace(source="a")) == ["a.bed"]
    assert own.peaks_of("given") == []
    named = toy_run(tmp_path, variants={"vcf": "my.vcf.gz", "profile": {"peaks": "p.bed"}})
    assert named.peaks_of("a") == ["p.bed"]


def test_a_given_binding_model_has_its_covariance_where_there_is_one(tmp_path):
    folder = tmp_path / "x" / "R"
    folder.mkdir(parents=True)
    run = toy_run(tmp_path, variants={"vcf": "my.vcf.gz", "binding": {"models": [str(folder)]}})
    assert run.affinity_models == {"R": str(folder)}
    assert run.given_affinity("R") == [str(folder / "model.safetensors")]
    (folder / "covariance.h5").touch()
    assert run.given_affinity("R") == [str(folder / name) for name in ("model.safetensors", "covariance.h5")]


def test_a_truth_is_compared_where_the_config_names_one(tmp_path):
    run = toy_run(tmp_path, variants={"vcf": "my.vcf.gz", "profile": {}})
    assert not run.variants_known
    assert "compare_variants.gates" not in gate_outputs(run)
    known = toy_run(tmp_path, variants={"vcf": "my.vcf.gz", "truth": "t.tsv", "profile": {}})
    assert known.variants_known
    assert "compare_variants.gates" in gate_outputs(known)
    assert "compare_variants.table" in last_outputs(known, "variants")
