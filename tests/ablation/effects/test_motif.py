"""Motifs put into background, by themselves and in pairs."""

from dataclasses import replace

import pandas as pd
import pytest
import torch

from cisgrammar.ablation.effects.motif import motif_effects, motif_pairs, sufficiency
from cisgrammar.ablation.sites.peak_inputs import background_inputs
from cisgrammar.motifs.motif import from_consensus
from toy_effects import SETTINGS, group_of, part_of
from toy_sites import CountGatac


def test_a_motif_put_into_background_adds_its_height(made):
    regions, genome = made[:2]
    part = part_of(CountGatac(height=0.7))
    codes = background_inputs(regions, genome, 4, part.input_length)
    motifs = [from_consensus("toy", "GATAC"), from_consensus("none", "CCCCC")]
    table = sufficiency(group_of(part), motifs, codes, SETTINGS).set_index("motif")
    assert table.loc["toy", "delta_log_counts"] == pytest.approx(0.7, abs=1e-6)
    assert table.loc["toy", "delta_log_counts_se"] == pytest.approx(0, abs=1e-6)
    assert table.loc["none", "delta_log_counts"] == pytest.approx(0, abs=1e-6)
    assert table.loc["toy", "profile_jsd"] > 0.05


class Neighbours(CountGatac):
    """ln counts are 1 where GATAC begins 9 bp before another GATAC, nothing else."""

    def forward(self, x):
        product = 1
        for i, base in enumerate("GATAC"):
            product = product * x[:, "ACGT".index(base), i : x.shape[2] - 4 + i]
        both = (product[:, :-9] * product[:, 9:]).sum(dim=1, keepdim=True)
        return torch.zeros(len(x), 1, self.output_length), both


def test_each_model_is_given_the_motifs_and_the_first_one_the_pairs_too(made):
    regions, genome = made[:2]
    parts = [replace(part_of(model), name=name) for name, model in (("whole", Neighbours()), ("bias", CountGatac()))]
    codes = {part.name: background_inputs(regions, genome, 3, part.input_length) for part in parts}
    motifs = {"toy": from_consensus("toy", "GATAC")}
    settings = SETTINGS.model_copy(update={"spacings": (2, 6), "spacing_decoys": 4})
    put_in, spaced = motif_effects(parts, codes, motifs, [("toy", "toy")], settings, 1)
    assert put_in["model"].tolist() == ["whole", "bias"]
    assert put_in.set_index("model").loc["bias", "delta_log_counts"] > 0.5
    assert set(spaced["model"]) == {"whole"}
    # On one of both strands.
    assert spaced["interaction"].max() == pytest.approx(0.5)


def test_pairs_are_those_of_the_binding_stage_or_of_the_section():
    motifs = {name: from_consensus(name, "GATAC") for name in ("a", "b")}
    measured = pd.DataFrame({"pair": ["a:b", "a:b", "a:x"]})
    assert motif_pairs(SETTINGS, motifs, measured) == [("a", "b")]
    assert motif_pairs(SETTINGS.model_copy(update={"pairs": (("b", "b"),)}), motifs, measured) == [("b", "b")]
    with pytest.raises(ValueError, match=r"ablation\.pairs: no motif c; there are a, b"):
        motif_pairs(SETTINGS.model_copy(update={"pairs": (("a", "c"),)}), motifs, measured)
