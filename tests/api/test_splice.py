"""A splice network with its thresholds: probabilities, called sites, and those of an annotation."""

from __future__ import annotations

import numpy as np
import pytest

from cisgrammar.api.splice import SpliceModel
from cisgrammar.sequence.alphabet import decode, encode, reverse_complement
from cisgrammar.sequence.fasta import Genome
from cisgrammar.splice.models.saved import load_models
from cisgrammar.splice.predict import predict_gene

ROW = '{}\tx\t{}\t{}\t{}\t.\t{}\t.\tgene_id "{}"; transcript_id "{}.t";\n'


@pytest.fixture
def model(splice_folder):
    return SpliceModel([splice_folder / "model.safetensors"], (0.3, 0.35))


@pytest.fixture
def genome():
    rng = np.random.default_rng(2)
    return Genome.from_chromosomes({"chrA": rng.integers(0, 4, 900, dtype=np.uint8)})


def test_probabilities_are_the_network_s(model, splice_folder, genome):
    codes = genome.chromosome("chrA")
    want = predict_gene(load_models([splice_folder / "model.safetensors"]), codes).exp().numpy()
    found = model.predict(decode(codes))
    np.testing.assert_allclose(found.acceptor, want[:, 1], atol=1e-6)
    np.testing.assert_allclose(found.donor, want[:, 2], atol=1e-6)
    sites = found.sites()
    assert set(sites[sites.kind == "acceptor"].position) == set(np.flatnonzero(want[:, 1] > 0.3))
    assert set(sites[sites.kind == "donor"].position) == set(np.flatnonzero(want[:, 2] > 0.35))
    assert "900 bases" in repr(found)


def test_without_thresholds_nothing_is_called(splice_folder):
    model = SpliceModel([splice_folder / "model.safetensors"])
    assert "no thresholds" in repr(model)
    with pytest.raises(ValueError, match=r"load a folder with calibration\.json"):
        model.predict("ACGT" * 30).sites()


@pytest.mark.parametrize("strand", ["+", "-"])
def test_sites_of_a_transcript_are_on_its_chromosome(strand, model, genome, tmp_path):
    exons = [(100, 200), (300, 420), (500, 700)]
    rows = "".join(ROW.format("chrA", "exon", start + 1, end, strand, "g", "g") for start, end in exons)
    (tmp_path / "genes.gtf").write_text(rows)
    found = model.sites(tmp_path / "genes.gtf", genome)
    ends, starts = {199, 419}, {300, 500}
    donors, acceptors = (ends, starts) if strand == "+" else (starts, ends)
    annotated = found[found.annotated]
    assert set(annotated[annotated.kind == "donor"].position) == donors
    assert set(annotated[annotated.kind == "acceptor"].position) == acceptors
    codes = genome.chromosome("chrA")[100:700]
    scores = model.predict(decode(codes if strand == "+" else reverse_complement(codes)))
    for row in found.itertuples():
        at = row.position - 100 if strand == "+" else 699 - row.position
        assert row.probability == pytest.approx(getattr(scores, row.kind)[at])
        assert row.called == (row.probability > {"acceptor": 0.3, "donor": 0.35}[row.kind])
    assert (found.called | found.annotated).all()


def test_an_annotation_of_another_genome_is_said(model, tmp_path):
    (tmp_path / "genes.gtf").write_text(ROW.format("chrZ", "exon", 1, 50, "+", "g", "g"))
    with pytest.raises(ValueError, match="chrZ"):
        model.sites(tmp_path / "genes.gtf", Genome.from_chromosomes({"chrA": encode("ACGT" * 30)}))
    with pytest.raises(ValueError, match="no genome"):
        model.sites(tmp_path / "genes.gtf", None)


@pytest.mark.parametrize("given", ["", ["ACGT"], 3])
def test_what_is_no_sequence_is_said(model, given):
    with pytest.raises(ValueError, match="wanted the letters of one sequence"):
        model.predict(given)
