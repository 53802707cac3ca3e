"""Contributions of bases: exact for a linear model, complete for a network, of peaks without N."""

import numpy as np
import pytest
import torch
from torch import nn

from cisgrammar.ablation.contributions.attribute_peaks import (
    ProfileContrast,
    contributions,
    explained_peaks,
)
from cisgrammar.ablation.effects.model_parts import Part
from cisgrammar.config.ablation import Ablation, Contributions
from cisgrammar.config.profile import Evaluate, Regression
from cisgrammar.perturb.contributions import of_present_bases
from cisgrammar.profile.models.heads import Head
from cisgrammar.profile.models.transformation import TransformationModel
from cisgrammar.sequence.fasta import Genome
from cisgrammar.sequence.one_hot import one_hot
from cisgrammar.sequence.shuffle import dinucleotide_shuffle
from toy_profile import small_solo

HEADS = (Head("a", 2), Head("b"))


class Linear(nn.Module):
    """Log-counts of two heads, each a weight times each base; profiles of zeros."""

    def __init__(self, length):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(2, 4, length, generator=torch.Generator().manual_seed(0)))

    def forward(self, x):
        counts = torch.einsum("ncl,hcl->nh", x, self.weight)
        flat = torch.zeros(len(x), 1, 5)
        return flat.expand(-1, 2, -1), flat, counts[:, :1], counts[:, 1:]


def random_codes(rows, length, seed=0):
    return np.random.default_rng(seed).integers(0, 4, (rows, length)).astype(np.uint8)


def test_a_linear_model_gives_its_weights_relative_to_the_references():
    model, codes = Linear(60), random_codes(3, 60)
    settings = Contributions(outputs=("counts",), references=7)
    found = contributions(Part("residual", model, HEADS, 60, 5), codes, settings, seed=3)
    references = dinucleotide_shuffle(one_hot(torch.from_numpy(codes)), n=7, random_state=3)
    for number, head in enumerate("ab"):
        weight = model.weight.detach()[number]
        usual = (references * weight).sum(2).mean(1)  # (rows, length)
        wanted = weight[None] - usual[:, None]
        np.testing.assert_allclose(found[head, "counts"], wanted.numpy(), atol=1e-5)


@pytest.mark.parametrize("threads", [1, 2])
def test_contributions_of_a_network_add_up_to_what_the_references_lack(threads):
    model = small_solo(HEADS, layers=2)
    codes = random_codes(6, model.input_length)
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    part = Part("residual", model, HEADS, model.input_length, model.output_length)
    found = contributions(part, codes, Contributions(references=5), seed=1)
    torch.set_num_threads(before)
    X = one_hot(torch.from_numpy(codes))
    references = dinucleotide_shuffle(X, n=5, random_state=1)
    with torch.no_grad():
        for number, head in enumerate("ab"):
            weights = torch.softmax(model(X)[number].flatten(1), 1)
            counts, profile = lambda x, w, n=number: model(x)[2 + n][:, 0], ProfileContrast(model, number)
            for output, function in (("counts", counts), ("profile", lambda x, w, f=profile: f(x, w)[:, 0])):
                usual = torch.stack([function(references[:, i], weights) for i in range(5)]).mean(0)
                sums = of_present_bases(found[head, output], codes).sum(axis=1)
                np.testing.assert_allclose(sums, (function(X, weights) - usual).numpy(), atol=2e-4)


def test_a_function_that_deeplift_cannot_see_is_said_and_not_hidden():
    """A sigmoid after the counts of a bias model, as a transformation may have; a line is seen through."""
    solo = small_solo((Head("a"),), layers=1)
    codes = random_codes(2, solo.input_length)
    line, bent = (Regression(types=types) for types in (("linear",), ("linear", "sigmoid")))
    for counts, fails in ((line, False), (bent, True)):
        model = TransformationModel(solo, line, counts)
        with torch.no_grad():
            usual = solo(one_hot(torch.from_numpy(codes)))[1].mean()
            for name, parameter in model.counts_regressions.named_parameters():
                # The sigmoid's steep part lies among the counts of the sequences.
                wanted = {"0.sigmoid_m1": 5.0, "0.sigmoid_m2": 500.0, "0.sigmoid_b2": -500.0 * usual}
                parameter.fill_(wanted.get(name, 3.0))
        part = Part("bias", model, model.heads, model.input_length, model.output_length)
        wish = Contributions(outputs=("counts",), references=4)
        if fails:
            with pytest.raises(ValueError, match=r"set ablation\.contributions\.model: residual"):
                contributions(part, codes, wish, seed=1)
        else:
            assert np.isfinite(contributions(part, codes, wish, seed=1)["a", "counts"]).all()


def settings(**wish):
    return Ablation(contributions={"references": 2, "outputs": ["counts"], **wish}, consensus={"m": "TTACCCGG"})


def test_peaks_with_an_n_are_left_out_and_none_left_is_an_error(fold):
    genome, regions = fold
    codes = np.array(genome.codes)
    clear = Evaluate(min_counts=1, edge=0)
    rows = explained_peaks(regions, genome, clear, 100, 400, (0, 1))
    where = genome.position(str(regions.chrom[rows[2]]), int(regions.start[rows[2]]))
    codes[where + 5] = 4
    chromosomes = dict(zip(genome.names, np.split(codes, np.cumsum(genome.lengths)[:-1]), strict=True))
    assert rows[2] not in explained_peaks(regions, Genome.from_chromosomes(chromosomes), clear, 100, 400, (0, 1))
    nothing = Genome.from_chromosomes({name: np.full_like(part, 4) for name, part in chromosomes.items()})
    with pytest.raises(ValueError, match="none can be explained"):
        explained_peaks(regions, nothing, clear, 100, 400, (0, 1))
