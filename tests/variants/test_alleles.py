"""Effects of alleles: the same as two full passes, as tangermeme's, and by hand."""

import numpy as np
import pytest
import torch
from tangermeme.variant_effect import deletion_effect, insertion_effect, substitution_effect

from cisgrammar.profile.models.combined import CombinedModel
from cisgrammar.profile.models.solo import SoloModel
from cisgrammar.sequence.alphabet import encode, reverse_complement
from cisgrammar.sequence.one_hot import one_hot
from cisgrammar.statistics.divergence import jensen_shannon_distance
from cisgrammar.variants.alleles import Item, effects_of, part_of
from cisgrammar.variants.null import genome_item
from toy_profile import MotifModel, network
from toy_variants import HEADS, of_all_kinds


def items_of(genome, number, seed, length, around=40):
    """Items in windows that several variants share."""
    found = []
    for variant in of_all_kinds(genome, "chr1", number, seed):
        window = variant.start // around * around - length // 2 + around // 2
        if variant.end + 8 < window + length:
            found.append(genome_item(genome, variant, window, length))
    return found


def test_500_variants_of_all_kinds_are_those_of_full_passes(genome, models):
    items = sorted(items_of(genome, 520, 1, models[0].input_length), key=lambda item: item.window)
    assert len(items) >= 500
    fast, full = (effects_of(models[0], items, windowed, profiles=True, at_once=64) for windowed in (True, False))
    for name in ("before", "after", "jsd", "logfc"):
        np.testing.assert_allclose(getattr(fast, name), getattr(full, name), atol=1e-5)
    for one, other in zip(fast.profiles, full.profiles, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)
    assert np.abs(full.logfc).max() > 1e-3
    # Nothing depends on what else is in the batch, nor on the order.
    turned = effects_of(models[0], items[::-1])
    np.testing.assert_allclose(turned.logfc[::-1], fast.logfc, atol=1e-5)


def _by_hand(model, before, after):
    """logfc and distance of one-hot pairs by two full forward passes for each strand, averaged."""
    outputs = []
    for x in (before, after):
        with torch.no_grad():
            forward, backward = model(x), model(x.flip(1, 2))
        counts = [(f + b) / 2 for f, b in zip(forward[2:], backward[2:], strict=True)]
        logs = []
        for f, b in zip(forward[:2], backward[:2], strict=True):
            ones = [torch.log_softmax(y.flatten(1), 1).view_as(y) for y in (f, b)]
            mean = (ones[0] + ones[1].flip(1, 2)) / 2
            logs.append(torch.softmax(mean.flatten(1), 1).double().numpy())
        outputs.append((torch.cat(counts, 1).double().numpy(), logs))
    logfc = (outputs[1][0] - outputs[0][0]) / np.log(2)
    return logfc, np.stack(
        [jensen_shannon_distance(p, q) for p, q in zip(outputs[0][1], outputs[1][1], strict=True)], 1
    )


def test_scores_are_those_of_their_definitions(genome, models):
    items = items_of(genome, 40, 3, models[1].input_length)
    codes = [one_hot(torch.from_numpy(np.stack([getattr(i, side) for i in items]))) for side in ("codes", "alternate")]
    found = effects_of(models[1], items)
    logfc, jsd = _by_hand(models[1], *codes)
    np.testing.assert_allclose(found.logfc, logfc, atol=1e-5)
    np.testing.assert_allclose(found.jsd, jsd, atol=1e-5)


def _strands(effect, model, X, change, turned):
    """tangermeme's log counts of both strands, averaged: before and after."""
    one, two = (effect(model, x, c, device="cpu") for x, c in ((X, change), (X.flip(1, 2), turned)))
    return [sum(torch.cat(list(y)[2:], 1) for y in pair) / 2 for pair in ((one[0], two[0]), (one[1], two[1]))]


def test_counts_are_those_of_tangermemes_substitutions(genome, models):
    model, length = models[0], models[0].input_length
    for variant in of_all_kinds(genome, "chr1", 30, 6):
        if len(variant.ref) != len(variant.alt):
            continue
        item = genome_item(genome, variant, variant.start - 30, length)
        X = one_hot(torch.from_numpy(item.codes[None]))
        rows = [(30 + i, base) for i, base in enumerate(encode(variant.alt).tolist())]
        change = torch.tensor([[0, at, base] for at, base in rows])
        turned = torch.tensor([[0, length - 1 - at, 3 - base] for at, base in rows])
        before, after = _strands(substitution_effect, model, X, change, turned)
        found = effects_of(model, [item])
        np.testing.assert_allclose(found.before, before, atol=1e-5)
        np.testing.assert_allclose(found.after, after, atol=1e-5)


@pytest.mark.parametrize("effect", [deletion_effect, insertion_effect])
def test_counts_are_those_of_tangermemes_insertions_and_deletions(genome, models, effect):
    model, length = models[0], models[0].input_length
    kind = "deletion" if effect is deletion_effect else "insertion"
    for variant in of_all_kinds(genome, "chr1", 40, 7):
        if variant.kind != kind:
            continue
        item = genome_item(genome, variant, variant.start - 30, length)
        first, more = variant.shared[0] + 30, len(variant.ref) - len(variant.alt)
        codes = np.asarray(genome.chromosome("chr1")[variant.start - 30 : variant.start - 30 + length + max(0, more)])
        X = one_hot(torch.from_numpy(codes[None]))
        if kind == "deletion":
            change = torch.tensor([[0, first + i] for i in range(more)])
        else:
            new = encode(variant.alt[variant.shared[0] :][:-more]).tolist()
            change = torch.tensor([[0, first, base] for base in reversed(new)])
        forward = effect(model, X, change, device="cpu")
        other = reverse_complement(item.alternate)
        with torch.no_grad():
            back = [model(one_hot(torch.from_numpy(c[None].copy()))) for c in (reverse_complement(item.codes), other)]
        found = effects_of(model, [item])
        for ours, theirs, turned in zip((found.before, found.after), forward, back, strict=True):
            expected = (torch.cat(list(theirs)[2:], 1) + torch.cat(list(turned)[2:], 1)) / 2
            np.testing.assert_allclose(ours, expected.detach(), atol=1e-5)


def test_both_strands_count():
    model = MotifModel()  # ln counts are the number of A's of the strand that it is given
    codes = np.zeros(50, dtype=np.uint8)
    codes[:] = 1
    to_a, to_t = codes.copy(), codes.copy()
    to_a[25], to_t[25] = 0, 3
    found = effects_of(model, [Item("w", codes, to_a), Item("w", codes, to_t)])
    # An A raises the forward strand's count by 1, a T that of the other: half of each in the mean.
    np.testing.assert_allclose(found.logfc[:, 0], 0.5 / np.log(2), atol=1e-6)


def test_an_alternate_window_like_the_reference_has_no_effect(genome, models):
    codes = np.asarray(genome.chromosome("chr1")[:84])
    other = codes.copy()
    other[40] = (other[40] + 1) % 4
    found = effects_of(models[0], [Item("a", codes, codes), Item("a", codes, other)])
    assert (found.logfc[0] == 0).all()
    assert (found.jsd[0] == 0).all()
    assert (found.logfc[1] != 0).all()
    assert (found.jsd[1] > 0).all()


def test_no_items_give_no_effects(models):
    assert effects_of(models[0], []).logfc.shape == (0, 2)


def test_the_residual_is_the_part_without_bias(models):
    bias = SoloModel(network(4, 1, 3, 3), 60, HEADS, seed=9)
    model = CombinedModel(models[0], bias)
    assert part_of(model, "residual") is model.residual
    assert part_of(model, "combined") is model
    assert part_of(bias, "residual") is bias
