"""Variants of a VCF scored in one call."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from cisgrammar.api.profile import ProfileModels
from cisgrammar.api.variants import score_variants
from cisgrammar.config.variants import ProfileScores
from cisgrammar.profile.models.heads import Head
from cisgrammar.profile.models.saved import save_model
from cisgrammar.profile.models.solo import SoloModel
from cisgrammar.sequence.alphabet import decode
from cisgrammar.sequence.fasta import Genome
from toy_profile import network


@pytest.fixture
def case(tmp_path):
    """Two folds of a model whose counts see every base, a genome, and a VCF of one SNV, one mismatch, one symbol."""
    paths = []
    for fold in range(2):
        model = SoloModel(network(5, 2, 3, 3), 20, (Head("signal"),), seed=fold)
        with torch.no_grad():
            model.counts_heads[0].linear.weight.normal_(generator=torch.Generator().manual_seed(fold))
        paths.append(tmp_path / f"{fold}.safetensors")
        save_model(paths[-1], model)
    codes = np.random.default_rng(3).integers(0, 4, 2000, dtype=np.uint8)
    ref = decode(codes[1000:1001])
    other = "A" if ref != "A" else "C"
    rows = [("1001", ref, other), ("1001", other, ref), ("1200", decode(codes[1199:1200]), "<DEL>")]
    lines = "".join(f"chrA\t{position}\t.\t{a}\t{b}\n" for position, a, b in rows)
    (tmp_path / "my.vcf").write_text(f"##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\n{lines}")
    return ProfileModels(paths), Genome.from_chromosomes({"chrA": codes}), tmp_path / "my.vcf", other


def test_every_variant_has_a_row_and_the_effect_is_the_models_difference(case):
    models, genome, vcf, other = case
    table = score_variants(models.models, vcf, genome, settings=ProfileScores(centre="variant"))
    assert len(table) == 3
    assert table["reason"].notna().tolist() == [False, True, True]
    row = table.iloc[0]
    half = models.input_length // 2
    before = np.asarray(genome.codes[1000 - half : 1000 - half + models.input_length])
    after = before.copy()
    after[half] = "ACGT".index(other)
    each = [ProfileModels([path]).predict(np.stack([before, after])).counts for path in models.paths]
    change = np.mean([np.log2(counts[1] / counts[0]) for counts in each])
    assert row["logfc"] == pytest.approx(change, abs=1e-4)


def test_a_genome_is_needed(case):
    models, _, vcf, _ = case
    with pytest.raises(ValueError, match="add fasta="):
        score_variants(models.models, vcf, None)
