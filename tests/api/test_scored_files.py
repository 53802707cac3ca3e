"""Variants scored outside of a run: every file of the stage, for any of the three kinds of model."""

from __future__ import annotations

import numpy as np
import pysam
import pytest

from cisgrammar.api.load import load
from cisgrammar.api.scored_files import Models, score_file
from cisgrammar.config.variants import Variants
from cisgrammar.profile.models.saved import load_model
from cisgrammar.sequence.fasta import read_fasta
from cisgrammar.tables.contracts.variants import PROFILE, SCORES
from given_models import write_inputs

FILES = {
    *("variants.tsv", "scores.tsv", "qq.tsv", "signs.tsv", "annotated.vcf.gz", "annotated.vcf.gz.tbi", "profiles.h5"),
    *("variants.html", "profile/given.tsv", "binding/m.tsv", "splice.tsv"),
}


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    return write_inputs(tmp_path_factory.mktemp("inputs"))


def section(inputs, **more):
    given = {"vcf": str(inputs / "my.vcf"), "cards": 2, **more}
    return Variants.model_validate(given)


def test_all_models_give_all_files_of_the_stage(inputs, tmp_path):
    settings = section(
        inputs,
        profile={"shuffled": 19, "substitutions": 19, "peaks": str(inputs / "peaks.bed")},
        binding={},
        splice={"genes": str(inputs / "genes.gtf"), "distance": 20},
        genes=str(inputs / "genes.gtf"),
    )
    models = Models(
        [load_model(inputs / f"{name}.safetensors") for name in ("one", "two")],
        {"m": str(inputs / "binding" / "m")},
        load(inputs / "splice").model,
    )
    counts = score_file(settings, read_fasta(inputs / "genome.fa"), models, tmp_path / "out", seed=3)
    found = {str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("*") if path.is_file()}
    assert found == FILES
    assert (counts.total, counts.scored) == (54, 50)
    assert len(counts.reasons) == 4
    scores = SCORES.read(tmp_path / "out" / "scores.tsv")
    scored = scores[scores["reason"].isna() | (scores["reason"] == "")]
    assert np.isfinite(scored["given.logfc"].astype(float)).all()
    assert np.isfinite(scored["m.delta_log_affinity"].astype(float)).all()
    assert scored["splice.ds_max"].astype(float).notna().any()
    assert scored["genes"].str.startswith("G:").any()
    assert PROFILE.read(tmp_path / "out" / "profile" / "given.tsv")["peak"].isin(["p1", "p2", "p3"]).any()
    with pysam.VariantFile(str(tmp_path / "out" / "annotated.vcf.gz")) as file:
        assert sum(1 for _ in file.fetch("chr2", 0, 1200)) == 10


def test_one_kind_of_model_is_enough(inputs, tmp_path):
    genome = read_fasta(inputs / "genome.fa")
    score_file(section(inputs, binding={}), genome, Models(binding={"m": str(inputs / "binding" / "m")}), tmp_path)
    scores = SCORES.read(tmp_path / "scores.tsv")
    assert [name for name in scores if name.endswith(".logfc")] == []
    assert "m.site" in scores


def test_a_file_that_is_missing_is_said_before_any_work(inputs, tmp_path):
    settings = section(inputs, binding={}, genes=str(tmp_path / "none.gtf"))
    models = Models(binding={"m": str(inputs / "binding" / "m")})
    with pytest.raises(ValueError, match=r"none\.gtf"):
        score_file(settings, read_fasta(inputs / "genome.fa"), models, tmp_path / "out")
    assert not (tmp_path / "out").exists()
