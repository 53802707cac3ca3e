"""Sites of genes and regions are where they are planted; tracks are the probabilities of whole genes."""

import numpy as np
import pytest

from cisgrammar.splice.models.model import ModelToAnalyze
from cisgrammar.splice.models.spliceai import SpliceAI
from cisgrammar.splice.predict import Tiling, predict_gene
from cisgrammar.splice.sites.collect import Track, annotated_sites, collect_sites
from cisgrammar.splice.sites.stretches import Stretches, whole_sequences
from toy_splice_sites import EXTRA, LENGTH, MISSED, gene_set_of_sites, genome_of_sites, mirrored
from toy_splice_variants import motif_model, toy_gene

GENES = gene_set_of_sites()


def places(table, **wanted):
    for name, value in wanted.items():
        table = table[table[name] == value]
    return table["start"].tolist()


def test_sites_of_genes_are_found_missed_or_extra():
    found = collect_sites(motif_model(), GENES, None).table
    for chrom, strand, turn in (("chr1", "+", lambda p: p), ("chr2", "-", mirrored)):
        gene = toy_gene(strand)
        here = found[found["chrom"] == chrom]
        assert set(here["strand"]) == {strand}
        assert places(here, kind="acceptor", status="found") == gene.acceptors.tolist()
        assert places(here, kind="donor", status="missed") == [turn(MISSED)]
        assert places(here, status="extra") == [turn(EXTRA)]
        assert sorted([*places(here, kind="donor", status="found"), turn(MISSED)]) == gene.donors.tolist()
    called = found["probability"] > found["threshold"]
    assert (called == (found["status"] != "missed")).all()


def test_scaling_is_beside_the_model_s_own_probability():
    found = collect_sites(motif_model(), GENES, None, temperature=2.0).table
    top = found[found["status"] == "found"].iloc[0]
    assert top["probability"] == pytest.approx(np.exp(3) / (np.exp(3) + 1 + np.exp(-45)), abs=1e-6)
    assert top["calibrated"] == pytest.approx(np.exp(1.5) / (np.exp(1.5) + 1), abs=1e-6)


@pytest.mark.parametrize("tile", [37, 5000])
def test_tracks_are_the_probabilities_of_whole_genes(tile):
    m = ModelToAnalyze(SpliceAI(80, seed=3).eval(), 80, 80, (0.4, 0.4))
    found = collect_sites(m, GENES, None, least=0.3, tiling=Tiling(tile))
    for i, (chrom, strand) in enumerate((("chr1", "+"), ("chr2", "-"))):
        whole = predict_gene(m, GENES.gene(i)[0])[:, 1:].exp().numpy()
        whole = whole if strand == "+" else whole[::-1]
        for kind, name in enumerate(("acceptor", "donor")):
            values = found.tracks[Track(name, strand)][chrom]
            kept = np.flatnonzero(whole[:, kind] >= 0.3)
            assert 10 < len(kept) < len(whole)
            assert np.array_equal(values.places, GENES.starts[i] + kept)
            np.testing.assert_allclose(values.values, whole[kept, kind], atol=1e-6)
            rows = found.table[(found.table["chrom"] == chrom) & (found.table["kind"] == name)]
            above = GENES.starts[i] + np.flatnonzero(whole[:, kind] > 0.4)
            assert set(places(rows, status="extra")) | set(places(rows, status="found")) == set(above)
    other = {track: set(chroms) for track, chroms in found.tracks.items()}
    assert other[Track("donor", "+")] == {"chr1"}


def test_regions_know_the_annotated_sites_on_their_strand():
    known = annotated_sites(GENES)
    rows = [("a", "chr1", "+"), ("b", "chr1", "-"), ("c", "chr2", "-")]
    names, chroms, strands = zip(*rows, strict=True)
    bounds = np.array([850, 850, LENGTH - 1010]), np.array([1010, 1010, LENGTH - 850])
    regions = Stretches(genome_of_sites(), names, chroms, strands, *bounds)
    found = collect_sites(motif_model(), regions, known).table
    assert found["name"].tolist() == ["a", "a", "c", "c"]
    assert found["status"].tolist() == ["missed", "extra", "extra", "missed"]
    assert found["start"].tolist() == [MISSED, EXTRA, mirrored(EXTRA), mirrored(MISSED)]


def test_sequences_without_annotation_have_called_sites_and_overlaps_one_value():
    genome = genome_of_sites()
    found = collect_sites(motif_model(), whole_sequences(genome, ("+",)), None)
    assert set(found.table["status"]) == {"called"}
    here = found.table[found.table["chrom"] == "chr1"]
    assert {*toy_gene("+").acceptors.tolist(), EXTRA} <= set(places(here, kind="acceptor"))
    twice = Stretches(genome, ("a", "b"), ("chr1", "chr1"), ("+", "+"), np.array([900, 950]), np.array([1050, 1100]))
    track = collect_sites(motif_model(), twice, None).tracks[Track("acceptor", "+")]["chr1"]
    assert (np.diff(track.places) > 0).all()
    assert EXTRA in track.places


def test_nothing_found_is_an_empty_table():
    regions = Stretches(genome_of_sites(), ("a",), ("chr1",), ("+",), np.array([0]), np.array([100]))
    found = collect_sites(motif_model((0.9999, 0.9999)), regions, None)
    assert len(found.table) == 0
    assert found.table.columns[0] == "name"
