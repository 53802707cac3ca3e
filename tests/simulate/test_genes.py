"""Simulated genes: the sites, decoys and frames are where the truth says, and the package reads them back."""

import numpy as np
import pytest

from cisgrammar.config.splice import Genes, SimulateGenes
from cisgrammar.sequence.alphabet import decode
from cisgrammar.sequence.fasta import Genome
from cisgrammar.simulate.gene_truth import write_gene_fasta, write_splice_sites
from cisgrammar.simulate.genes import REACH, simulate_genes, stops_in_frame
from cisgrammar.simulate.splice_sites import site_motifs
from cisgrammar.splice.genes.build import build_genes
from cisgrammar.splice.genes.gene_set import ACCEPTOR, DONOR

SETTINGS = SimulateGenes(chromosomes=3, genes_per_chromosome=12, seed=3)
STOPS = {"TAA", "TAG", "TGA"}


@pytest.fixture(scope="module")
def simulated():
    return simulate_genes(SETTINGS)


@pytest.fixture(scope="module")
def built(simulated):
    genome = Genome.from_chromosomes(simulated.chromosomes)
    asked = Genes(annotation="a", test=("chr3",), validation=("chr2",), min_canonical=1)
    return build_genes(genome, simulated.transcripts, asked)


def words(codes):
    text = decode(codes)
    return [text[i : i + 3] for i in range(0, len(text) - 2, 3)]


def test_the_same_settings_give_the_same_bytes(tmp_path, simulated):
    again = simulate_genes(SETTINGS)
    other = simulate_genes(SETTINGS.model_copy(update={"seed": 4}))
    texts = []
    for number, genes in enumerate((simulated, again, other)):
        write_gene_fasta(tmp_path / f"{number}.fa", genes)
        write_splice_sites(tmp_path / f"{number}.tsv", genes)
        texts.append((tmp_path / f"{number}.fa").read_bytes() + (tmp_path / f"{number}.tsv").read_bytes())
    assert texts[0] == texts[1] != texts[2]


def test_the_gene_set_holds_the_simulated_genes_and_labels_their_sites(simulated, built):
    place = {name: i for i, name in enumerate(built.genes.names)}
    for gene, transcript in zip(simulated.genes, simulated.transcripts, strict=True):
        codes, labels = built.genes.gene(place[transcript.gene])
        assert np.array_equal(codes, gene.codes)
        for kind, label in (("donor", DONOR), ("acceptor", ACCEPTOR)):
            true = [site.position for site in gene.sites if site.kind == kind and site.role == "site"]
            assert np.flatnonzero(labels == label).tolist() == true
    assert built.report["canonical_share"] == 1
    assert set(built.genes.strands) == {"+", "-"}


def test_transcripts_are_open_reading_frames(simulated):
    for gene in simulated.genes:
        codons = words(np.concatenate([gene.codes[start:end] for start, end in gene.coding]))
        assert codons[0] == "ATG"
        assert codons[-1] in STOPS
        assert not STOPS & set(codons[:-1])


def test_strengths_are_the_log_odds_of_the_sequence_at_the_site(simulated):
    motifs = {motif.kind: motif for motif in site_motifs(SETTINGS.sharpness, SETTINGS.gc)}
    for gene in simulated.genes:
        for site in gene.sites:
            motif = motifs[site.kind]
            first = site.position + 1 - 3 if site.kind == "donor" else site.position - motif.width + 1
            codes = gene.codes[first : first + motif.width]
            assert motif.strength(codes) == pytest.approx(site.strength)
            assert (
                decode(codes[3:5] if site.kind == "donor" else codes[-3:-1])
                == {"donor": "GT", "acceptor": "AG"}[site.kind]
            )
            weak = site.strength <= 0.75 * motif.typical() + 1e-9
            assert weak == (site.role == "decoy")


def test_poison_exons_differ_from_true_ones_by_stops_in_the_frame_of_the_transcript_alone(simulated):
    sites = [(gene, site) for gene in simulated.genes for site in gene.sites]
    poison = [(gene, site) for gene, site in sites if site.role == "poison"]
    assert len(poison) > 10
    assert all(site.frame_dependent == (site.role == "poison") for _, site in sites)
    for _, site in sites:
        if site.role == "site":
            assert site.stops_in_frame == 0
    for gene, site in poison:
        assert site.stops_in_frame >= 1
        coding = sum(end - start for start, end in gene.coding if end <= site.position)
        assert site.phase == coding % 3
        if site.kind == "acceptor":
            first = site.position + (-site.phase) % 3
            near = words(gene.codes[first : site.position + REACH])
            assert sum(word in STOPS for word in near) == site.stops_in_frame


@pytest.mark.parametrize(
    ("place", "phase", "inside"), [(0, 0, True), (1, 0, False), (1, 2, True), (2, 1, True), (28, 2, False)]
)
def test_stops_are_counted_in_the_frame_and_near_the_acceptor(place, phase, inside):
    codes = np.zeros(90, dtype=np.uint8)
    codes[place : place + 3] = 3, 0, 0
    assert stops_in_frame(codes, phase, "acceptor") == inside


def test_stops_near_the_donor_are_those_of_the_exons_own_frame():
    codes = np.zeros(91, dtype=np.uint8)
    codes[61:64] = 3, 0, 0  # the first of the last 30 bases
    assert [stops_in_frame(codes, phase, "donor") for phase in range(3)] == [0, 0, 1]
    assert stops_in_frame(codes, 2, "acceptor") == 0


def test_the_share_of_phase_zero_and_of_decoys_is_as_asked(built, simulated):
    phases = built.exons.internal_coding().phase_start
    assert 0.7 < (phases == 0).mean() < 0.95
    plain = simulate_genes(SETTINGS.model_copy(update={"decoys": 0.0, "poison": 0.0}))
    assert {site.role for gene in plain.genes for site in gene.sites} == {"site"}
    many = simulate_genes(SETTINGS.model_copy(update={"decoys": 3.0}))
    count = [sum(site.role == "decoy" for gene in genes.genes for site in gene.sites) for genes in (simulated, many)]
    assert count[1] > 1.5 * count[0]


def test_motifs_alone_find_the_sites_but_for_poison_exons(built, simulated):
    """The best that motif strength can do: it ranks true sites and poison exons first, decoys and the rest after."""
    motif = site_motifs(SETTINGS.sharpness, SETTINGS.gc)[0]
    windows = np.lib.stride_tricks.sliding_window_view(built.genes.codes, motif.width)
    donors = built.genes.sites(DONOR)
    scores = np.full(len(built.genes.codes), -np.inf)
    scores[2 : 2 + len(windows)] = motif.strength(windows)
    poison = sum(site.role == "poison" and site.kind == "donor" for gene in simulated.genes for site in gene.sites)
    wide = np.argsort(-scores, kind="stable")[: len(donors) + poison]
    assert np.isin(donors, wide).mean() > 0.85
    narrow = np.argsort(-scores, kind="stable")[: len(donors)]
    assert 0.6 < np.isin(donors, narrow).mean() < 0.9


def test_broken_decoys_are_strong_motifs_that_lack_a_letter(simulated):
    settings = SETTINGS.model_copy(update={"decoys": 0.0, "broken_decoys": 1.0})
    genes = simulate_genes(settings).genes
    motifs = dict(zip(("donor", "acceptor"), site_motifs(settings.sharpness, settings.gc), strict=True))
    sites = [(gene, site) for gene in genes for site in gene.sites if site.role == "decoy"]
    assert len(sites) > 50
    for gene, site in sites:
        motif = motifs[site.kind]
        first = site.position + 1 - (motif.exonic if site.kind == "donor" else motif.width)
        word = gene.codes[first : first + motif.width]
        fixed = motif.fixed()
        lacking = fixed[word[fixed] != motif.probabilities.argmax(axis=1)[fixed]]
        assert len(lacking) == 1
        whole = word.copy()
        whole[lacking] = motif.probabilities.argmax(axis=1)[lacking]
        assert motif.strength(whole) >= motif.typical()
        assert site.strength == pytest.approx(float(motif.strength(word)))
    assert {site.kind for _, site in sites} == {"donor", "acceptor"}
