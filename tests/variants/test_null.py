"""Nulls: what is drawn, from what alone it follows, and that p-values of neutral variants are uniform."""

import numpy as np
import torch

from cisgrammar.config.variants import ProfileScores
from cisgrammar.sequence.alphabet import decode
from cisgrammar.sequence.fasta import Genome
from cisgrammar.sequence.intervals import read_intervals
from cisgrammar.variants.null import (
    compared_with,
    drawn,
    generator,
    genome_item,
    shuffled_items,
    substitution_of,
    substitutions,
)
from cisgrammar.variants.place import Placer
from cisgrammar.variants.profile import ProfileScorer
from cisgrammar.variants.variant import Variant
from toy_variants import at, of_all_kinds, other, snv, toy_models


def test_substitutions_are_of_the_region_and_its_window(genome, peaks):
    placer = Placer(genome, peaks, 60, "peak", 100)
    placed = placer.place(snv(genome, "chr1", 415))
    found = substitutions(placer, "chr1", placed, 400, 3)
    # All three changes of each of the 60 bases, each once.
    assert len(found) == len({v.name for v in found}) == 180
    assert {placer.place(v).centre for v in found} == {440}
    assert min(v.start for v in found) == 410
    # Above 475 the second summit is nearer; the region ends at 470.
    assert max(v.start for v in found) == 469
    assert all(at(genome, "chr1", v.start) == v.ref != v.alt for v in found)
    assert {v.alt for v in found} == set("ACGT")
    some = substitutions(placer, "chr1", placed, 20, 3)
    assert len({v.name for v in some}) == 21
    assert some == substitutions(placer, "chr1", placed, 20, 3)
    assert some != substitutions(placer, "chr1", placed, 20, 4)


def test_a_variant_is_compared_with_others_and_with_as_many_whether_it_was_drawn_or_not():
    draws = [(5, "A"), (7, "C"), (9, "G")]
    assert compared_with(Variant("c", 7, "T", "C"), draws).tolist() == [0, 2]
    assert compared_with(Variant("c", 6, "ATC", "ACC"), draws).tolist() == [0, 2]  # the same with its neighbours
    assert compared_with(Variant("c", 7, "T", "G"), draws).tolist() == [0, 1]
    assert compared_with(Variant("c", 7, "T", "TC"), draws).tolist() == [0, 1]
    assert compared_with(Variant("c", 7, "T", "C"), []).tolist() == []
    assert substitution_of(Variant("c", 6, "ATC", "ACC")) == (7, "C")
    assert substitution_of(Variant("c", 6, "AT", "CC")) is None


def test_an_unknown_base_is_not_substituted(genome):
    placer = Placer(genome, None, 60, "peak", 10)
    placed = placer.place(snv(genome, "chr1", 702))
    assert 700 not in {v.start for v in substitutions(placer, "chr1", placed, 200, 1)}
    only_n = Genome.from_chromosomes({"c": np.full(100, 4, dtype=np.uint8)})
    nowhere = Placer(only_n, None, 60, "peak", 10)
    assert substitutions(nowhere, "c", nowhere.place(Variant("c", 50, "A", "C")), 5, 1) == []


def test_shuffled_windows_keep_dinucleotides_and_hold_both_alleles(genome):
    placer = Placer(genome, None, 60, "variant")
    variants = of_all_kinds(genome, "chr1", 30, 2)
    items = shuffled_items([*variants, snv(genome, "chr1", 2)], placer, 84, 5)
    assert len(items) == 30  # the last window leaves the chromosome
    for variant, item in zip(variants, items, strict=True):
        assert decode(item.codes)[42 : 42 + len(variant.ref)] == variant.ref
        assert decode(item.alternate)[42 : 42 + len(variant.alt)] == variant.alt
        right = len(variant.ref) - len(variant.alt)
        kept = slice(42 + len(variant.ref), 84 + min(0, right))
        assert (item.alternate[42 + len(variant.alt) :][: kept.stop - kept.start] == item.codes[kept]).all()
        window = genome_item(genome, variant, variant.start - 42, 84)
        assert (window.codes != item.codes).mean() > 0.3


def test_draws_depend_on_the_seed_alone():
    assert (drawn(50, 10, 1) == drawn(50, 10, 1)).all()
    assert (np.diff(drawn(50, 10, 1)) >= 0).all()
    assert len(drawn(50, 0, 1)) == 0
    assert generator(1, "a").random() != generator(1, "b").random()


def _rates(genome, peaks, variants, settings):
    scorer = ProfileScorer(toy_models(2), genome, peaks, settings, 11)
    if settings.shuffled:
        scorer.draw_shuffled(variants)
    rows = [row for rows in scorer.score(variants) for row in rows if row["head"] == "a"]
    return {name: np.mean([row[name] <= 0.05 for row in rows]) for name in rows[0] if "_p_" in name}


def test_p_values_of_random_substitutions_are_uniform(tmp_path):
    """Neutral variants: any base of a peak, to any other, in peaks of which some matter far more than others."""
    rng = np.random.default_rng(17)
    genome = Genome.from_chromosomes({"c": rng.integers(0, 4, 30_000).astype(np.uint8)})
    path = tmp_path / "p.bed"
    starts = range(100, 29_000, 120)
    path.write_text("".join(f"c\t{s}\t{s + 50}\n" for s in starts))
    variants = []
    for s in starts:
        for position in rng.integers(s, s + 50, 12).tolist():
            ref = at(genome, "c", position)
            variants.append(Variant("c", position, ref, other(ref, int(rng.integers(1, 4)))))
    found = _rates(genome, read_intervals(path), variants, ProfileScores(shuffled=0, substitutions=19))
    for score in ("logfc", "jsd"):
        assert 0.04 <= found[f"{score}_p_substitutions"] <= 0.06


def _beside_sites(monkeypatch, tmp_path, apart):
    """Rates of p <= 0.05 of changes in peaks and outside, where those do three times as much, with one null or two."""
    rng = np.random.default_rng(3)
    codes = rng.integers(0, 4, 36_000).astype(np.uint8)
    inside = np.arange(300, 35_700, 300)
    for at_ in inside.tolist():
        codes[at_ - 60 : at_ - 20], codes[at_ + 20 : at_ + 60] = 0, 0
    genome = Genome.from_chromosomes({"c": codes})
    path = tmp_path / "p.bed"
    path.write_text("".join(f"c\t{at_ - 3}\t{at_ + 3}\n" for at_ in inside.tolist()))
    model = toy_models(1)[0]
    weights = torch.from_numpy(rng.normal(size=(4, 41)).astype(np.float32))

    def forward(x):
        beside = torch.cat([x[:, 0, :22], x[:, 0, -22:]], dim=1).mean(1) > 0.6
        # Squared, so that what a change does depends on the sequence around it.
        counts = (x[:, :, 22:63] * weights).sum((1, 2)).square() * torch.where(beside, 0.03, 0.01)
        return x.new_zeros(len(x), 2, 60), x.new_zeros(len(x), 1, 60), counts[:, None], counts[:, None]

    model.forward = forward
    settings = ProfileScores(centre="variant", shuffled=1, shuffled_flank=18, substitutions=0)
    scorer = ProfileScorer([model], genome, read_intervals(path), settings, 5)
    if not apart:
        monkeypatch.setattr(scorer, "in_peak", lambda variant: False)
    kinds = {"inside": inside, "outside": inside + 150}
    tested = {kind: [snv(genome, "c", at_) for at_ in places.tolist()] for kind, places in kinds.items()}
    scorer.draw_shuffled([v for variants in tested.values() for v in 3 * variants])
    p = {kind: [rows[0]["logfc_p_shuffled"] for rows in scorer.score(variants)] for kind, variants in tested.items()}
    return {kind: float((np.array(values) <= 0.05).mean()) for kind, values in p.items()}


def test_variants_in_peaks_and_outside_have_nulls_of_their_own(monkeypatch, tmp_path):
    two = _beside_sites(monkeypatch, tmp_path, apart=True)
    assert all(0.01 < rate < 0.12 for rate in two.values()), two
    one = _beside_sites(monkeypatch, tmp_path, apart=False)
    assert one["outside"] < 0.015
    assert one["inside"] > two["inside"]


def test_a_kind_without_draws_takes_the_others(genome, peaks):
    scorer = ProfileScorer(toy_models(1), genome, peaks, ProfileScores(shuffled=9, substitutions=0), 1)
    scorer.draw_shuffled(of_all_kinds(genome, "chr1", 9, 3, 100, 300))
    ((row, _),) = scorer.score([snv(genome, "chr1", 450)])
    assert row["logfc_p_shuffled"] >= 0.1


def test_what_is_far_from_a_variant_is_not_shuffled(genome):
    """The rates of this null are simulated in `calibration/variants.py`."""
    placer = Placer(genome, None, 60, "variant")
    variants = of_all_kinds(genome, "chr1", 20, 3)
    for variant, item in zip(variants, shuffled_items(variants, placer, 84, 5, 10), strict=True):
        window = genome_item(genome, variant, variant.start - 42, 84)
        end = 42 + len(variant.ref)
        assert (item.codes[:32] == window.codes[:32]).all()
        assert (item.codes[end + 10 :] == window.codes[end + 10 :]).all()
        assert (item.codes[32:42] != window.codes[32:42]).any() or (item.codes[end:] != window.codes[end:]).any()
        assert decode(item.alternate)[42 : 42 + len(variant.alt)] == variant.alt


def test_a_variant_that_matters_is_rare_among_substitutions(genome, peaks):
    model = toy_models(1)[0]
    placer = Placer(genome, peaks, 60)
    variant = snv(genome, "chr1", 440)
    window = placer.place(variant).centre - model.input_length // 2

    def forward(x):
        profile = x.new_zeros(len(x), 2, 60)
        base = x[:, :, 440 - window] * x.new_tensor([0.0, 1, 2, 3])
        lever = base.sum(1, keepdim=True) + 1e-6 * x.mean((1, 2))[:, None]
        return profile, profile[:, :1], lever, lever

    model.forward = forward
    scorer = ProfileScorer([model], genome, peaks, ProfileScores(shuffled=0, substitutions=199), 1)
    (rows,) = scorer.score([variant])
    assert rows[0]["logfc_p_substitutions"] < 0.05
