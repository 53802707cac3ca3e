"""Affinity of sequences: what the model's own layers give, exact changes, and errors that cover."""

import numpy as np
import pytest
import torch

from cisgrammar.binding.layers.cooperativity import Cooperativity
from cisgrammar.binding.likelihood.coordinate import coordinates
from cisgrammar.binding.likelihood.standard_errors import Covariance
from cisgrammar.binding.model_file import LoadedBinding
from cisgrammar.sequence.alphabet import reverse_complement
from cisgrammar.variants.affinity import AffinityModel, haplotypes, padded
from toy_binding import dimer, factors_of, monomer
from toy_variants import of_all_kinds, snv


def loaded(experiment):
    spacings = {str(i): b.spacing for i, b in enumerate(experiment.bindings) if isinstance(b, Cooperativity)}
    return LoadedBinding({"library": experiment.double()}, factors_of(experiment), spacings, {}, None)


def by_layers(experiment, codes):
    """ln of what all but the unspecific bindings give a read, by the layers that are fitted."""
    with torch.no_grad():
        activity = experiment.log_activity[:, -1]
        terms = [
            activity[row] + binding(torch.from_numpy(codes))
            for row, binding in enumerate(experiment.bindings)
            if type(binding).__name__ != "NonSpecific" and experiment.active[row]
        ]
    return torch.logsumexp(torch.stack(terms), 0).numpy()


@pytest.mark.parametrize("make", [monomer, dimer])
def test_affinity_is_what_the_fitted_layers_give(make):
    experiment = make().double()
    with torch.no_grad():
        experiment.log_activity.copy_(
            torch.linspace(-1, 1, experiment.log_activity.numel()).view_as(experiment.log_activity)
        )
    width = next(b for b in experiment.bindings if hasattr(b, "layer")).layer.input_shape
    codes = np.random.default_rng(1).integers(0, 4, (60, width)).astype(np.uint8)
    found = AffinityModel(loaded(experiment)).log_affinity(codes)
    np.testing.assert_allclose(found, by_layers(experiment, codes), atol=1e-9)


@pytest.mark.parametrize("make", [monomer, dimer])
def test_both_strands_have_the_same_affinity_and_an_n_binds_nothing(make):
    model = AffinityModel(loaded(make()))
    codes = np.random.default_rng(2).integers(0, 4, (20, 60)).astype(np.uint8)
    np.testing.assert_allclose(model.log_affinity(codes), model.log_affinity(reverse_complement(codes)), atol=1e-9)
    hidden = codes.copy()
    hidden[:, 30] = 4
    assert (model.log_affinity(hidden) < model.log_affinity(codes)).all()
    assert (model.log_affinity(np.full((2, 60), 4, dtype=np.uint8)) == -np.inf).all()


def test_a_longer_flank_changes_no_difference_of_sums(genome):
    """Only windows that cross the variant differ: exp(after) - exp(before) does not depend on the flank."""
    model = AffinityModel(loaded(dimer()))
    variants = [v for v in of_all_kinds(genome, "chr1", 60, 3, 100, 500) if v.kind in ("SNV", "MNV")]
    differences = []
    for flank in (model.flank, model.flank + 25):
        pairs = haplotypes(genome, variants, flank)
        before, after = (
            np.concatenate([np.exp(model.log_affinity(pair[side][None])) for pair in pairs]) for side in (0, 1)
        )
        differences.append(after - before)
    np.testing.assert_allclose(differences[0], differences[1], rtol=1e-6, atol=1e-9)
    shorter = haplotypes(genome, variants, model.flank // 2)
    cut = [np.exp(model.log_affinity(b[None])) - np.exp(model.log_affinity(a[None])) for a, b in shorter]
    assert np.abs(np.concatenate(cut) - differences[0]).max() > 1e-6


def test_standard_errors_are_those_of_draws_of_the_parameters():
    """The delta method beside the spread of the change over models drawn from the covariance."""
    experiment = monomer().double()
    for parameter in (experiment.bindings[-1].psam.betas,):
        parameter.requires_grad_(True)
    numbers = [c for c in coordinates([experiment]) if c.parameter is experiment.bindings[-1].psam.betas]
    rng = np.random.default_rng(4)
    root = rng.normal(size=(len(numbers), len(numbers))) * 0.01
    covariance = Covariance(numbers, root @ root.T, np.zeros((len(numbers), 0)))
    model = AffinityModel(loaded(experiment), covariance)
    before = rng.integers(0, 4, (12, 40)).astype(np.uint8)
    after = before.copy()
    after[:, 20] = (after[:, 20] + 1) % 4
    _change, error = model.changes(before, after)
    betas = experiment.bindings[-1].psam.betas
    middle, draws = betas.detach().clone(), []
    with torch.no_grad():
        for _ in range(1500):
            step = root @ rng.normal(size=len(numbers))
            betas.view(-1)[[c.index for c in numbers]] = middle.view(-1)[[c.index for c in numbers]] + torch.from_numpy(
                step
            )
            draws.append(model.log_affinity(after) - model.log_affinity(before))
        betas.copy_(middle)
    np.testing.assert_allclose(np.std(draws, axis=0), error, rtol=0.12)
    assert (error > 0).all()
    assert np.isnan(AffinityModel(loaded(experiment)).changes(before, after)[1]).all()


def test_haplotypes_have_the_same_flanks(genome):
    variant = snv(genome, "chr1", 2)
    ((before, after),) = haplotypes(genome, [variant], 5)
    assert len(before) == len(after) == 11
    assert (before[:3] == 4).all()
    assert (before != after).sum() == 1
    assert padded(np.arange(4, dtype=np.uint8), -6, -3).tolist() == [4, 4, 4]


def test_a_model_without_factors_is_refused():
    experiment = monomer()
    experiment.active = [type(b).__name__ == "NonSpecific" for b in experiment.bindings]
    with pytest.raises(ValueError, match="no factor that is active"):
        AffinityModel(loaded(experiment))
