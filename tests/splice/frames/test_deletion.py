"""Deletions are read at four sites, and repaired before and after."""

from dataclasses import replace

import numpy as np
import pytest

from cisgrammar.splice.compat.repairs import AToT
from cisgrammar.splice.frames.deletion import deletion
from cisgrammar.splice.models.model import ModelToAnalyze
from cisgrammar.splice.predict import predict_gene
from toy_splice_models import RandomConvolution


def test_deletions_are_read_at_four_sites_and_introns_that_are_short_are_not_cut(toys):
    genes, exons, _, _ = toys
    model = ModelToAnalyze(RandomConvolution(1), 100, 100, [0.3, 0.3])
    short = replace(exons, intron_before=exons.intron_before.copy())
    coding = np.flatnonzero(exons.is_internal_coding)
    found = deletion(model, genes, exons, lengths=(1, 5))
    exon = 3
    codes = genes.gene(int(found.exons.gene[exon]))[0]
    start, end = int(found.exons.start[exon]), int(found.exons.end[exon])
    before, after = int(found.exons.intron_before[exon]), int(found.exons.intron_after[exon])
    cuts = [start - 45, start + 40, end - 45, end + 40]
    sites = [(start - before - 1, 2), (start, 1), (end - 1, 2), (end + after, 1)]
    for place, cut in enumerate(cuts):
        scores = predict_gene(model, np.concatenate([codes[:cut], codes[cut + 5 :]]))
        for i, (site, label) in enumerate(sites):
            expected = float(scores[site - 5 * (site > cut), label])
            assert found.after.log_p[0, exon, 1, place, i] == pytest.approx(expected, abs=1e-5)
    short.intron_before[coding] = 81
    cut = deletion(model, genes, short.select(coding[:2]), lengths=(1, 5))
    assert np.isfinite(cut.after.log_p[:, :, 0]).all()
    assert np.isnan(cut.after.log_p[:, :, 1, 0]).all()
    with pytest.raises(ValueError, match="internal coding ones of at least 1018 bp"):
        deletion(model, genes, exons, distance=500)


def test_an_exon_is_repaired_before_the_deletion_too_unless_the_reference_is_wanted(toys):
    genes, exons, _, _ = toys
    model, some = ModelToAnalyze(RandomConvolution(2), 100, 100), exons.select(exons.gene == 0)
    plain, ours, theirs = (
        deletion(model, genes, some, lengths=(3,), **given)
        for given in ({}, {"repair": AToT()}, {"repair": AToT(), "repair_before": False})
    )
    np.testing.assert_array_equal(theirs.before.log_p, plain.before.log_p)
    np.testing.assert_array_equal(theirs.after.log_p, ours.after.log_p)
    assert np.abs(ours.before.log_p - plain.before.log_p)[..., 1:3].max() > 0.01
