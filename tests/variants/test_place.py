"""Windows depend on the variant, the peaks and the settings; alternate windows are what tangermeme makes."""

import numpy as np
import pytest
import torch
from tangermeme.variant_effect import deletion_effect, insertion_effect

from cisgrammar.sequence.alphabet import decode, encode
from cisgrammar.sequence.one_hot import one_hot
from cisgrammar.variants.place import Placer, alternate, why_not
from cisgrammar.variants.variant import Variant
from toy_variants import at, of_all_kinds, snv


@pytest.mark.parametrize(
    ("chrom", "start", "centre", "region", "summit"),
    [
        # The edge of the peak is too far from its summit to be predicted there: the cell of the grid that it is in.
        ("chr1", 410, 440, (410, 470), 440),  # the first peak alone, within 30 bp of its summit
        ("chr1", 405, 405, (390, 420), 440),
        ("chr1", 505, 510, (480, 540), 510),  # the second
        ("chr1", 460, 440, (410, 470), 440),  # both: the nearer summit
        ("chr2", 530, 520, (500, 540), 520),
        ("chr2", 10, 15, (0, 30), None),
        ("chr2", 1199, 1185, (1170, 1200), None),
    ],
)
def test_a_window_is_that_of_the_peak_or_of_the_grid(genome, peaks, chrom, start, centre, region, summit):
    placed = Placer(genome, peaks, 60, "peak", 30).place(snv(genome, chrom, start))
    assert (placed.centre, placed.region) == (centre, region)
    assert (placed.peak.summit if placed.peak else None) == summit


@pytest.mark.parametrize("mode", ["peak", "variant"])
def test_bases_that_are_alike_are_placed_alike(genome, peaks, mode):
    """What is said of a whole region at once holds for each of its bases."""
    for listed in (peaks, None):
        placer, said = Placer(genome, listed, 60, mode, 30), set()
        for start in range(380, 560, 7):
            placed = placer.place(snv(genome, "chr1", start))
            alike = placer.alike("chr1", placed)
            each = [placer.place(snv(genome, "chr1", at)) for at in range(*placed.region)]
            same = all(
                other.region == placed.region and (mode == "variant" or other.centre == placed.centre) for other in each
            )
            assert same or not alike
            said.add(alike)
        assert said == ({True, False} if listed else {True})


def test_a_cell_is_at_most_half_of_what_is_predicted(genome):
    assert Placer(genome, None, 60, "peak", 500).grid == 30


def test_a_window_around_the_variant(genome, peaks):
    placed = Placer(genome, peaks, 60, "variant", 30).place(snv(genome, "chr1", 415))
    assert (placed.centre, placed.region) == (415, (410, 470))
    assert Placer(genome, None, 60, "variant", 30).place(snv(genome, "chr1", 415)).region == (390, 420)


def test_why_a_variant_has_no_window(genome):
    def said(variant, window):
        return why_not(variant, window, 84, 1200)

    base = at(genome, "chr2", 50)
    assert said(snv(genome, "chr2", 50), 20) == ""
    assert said(snv(genome, "chr2", 5), -1) == "window leaves the chromosome"
    assert said(snv(genome, "chr2", 1150), 1116) == ""
    # The bases that a deletion moves in would lie beyond the end.
    assert said(Variant("chr2", 1150, at(genome, "chr2", 1150, 2), at(genome, "chr2", 1150)), 1116) != ""
    assert said(snv(genome, "chr2", 10), 20) == "alleles leave the window"
    assert said(Variant("chr2", 100, at(genome, "chr2", 100, 5), "A"), 20) == "alleles leave the window"
    assert "half of the window" in said(Variant("chr2", 50, base, base + "A" * 41), 20)


def test_an_alternate_window_is_cut_or_filled_on_the_right(genome):
    chromosome = genome.chromosome("chr1")
    text = decode(chromosome)
    for variant in of_all_kinds(genome, "chr1", 60, 4):
        window = variant.start - 40
        changed = text[: variant.start] + variant.alt + text[variant.end :]
        assert decode(alternate(chromosome, variant, window, 84)) == changed[window : window + 84]


class _Same(torch.nn.Module):
    def forward(self, x):
        return x


def test_insertions_and_deletions_are_tangermemes(genome):
    chromosome = genome.chromosome("chr1")
    for variant in of_all_kinds(genome, "chr1", 40, 8):
        window = variant.start - 30
        first, _ = variant.shared
        at_ = variant.start - window + first
        ours = one_hot(torch.from_numpy(alternate(chromosome, variant, window, 84)[None]))
        if variant.kind == "deletion":
            gone = len(variant.ref) - len(variant.alt)
            X = one_hot(torch.from_numpy(np.asarray(chromosome[window : window + 84 + gone])[None]))
            places = torch.tensor([[0, at_ + i] for i in range(gone)])
            after = deletion_effect(_Same(), X, places).y_after
        elif variant.kind == "insertion":
            X = one_hot(torch.from_numpy(np.asarray(chromosome[window : window + 84])[None]))
            new = encode(variant.alt[first : first + len(variant.alt) - len(variant.ref)]).tolist()
            after = insertion_effect(_Same(), X, torch.tensor([[0, at_, base] for base in reversed(new)])).y_after
        else:
            continue
        assert torch.equal(after.float(), ours)
