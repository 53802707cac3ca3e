"""Variants of simulated genes: GT and AG broken, decoys made stronger, sites of poison exons, and neutral changes.

`lost` ones are at the strongest third of the sites, which a model that has learned the motifs calls with the reference
allele. A poison exon is not used, so breaking its sites changes nothing.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cisgrammar.config.splice import SimulateGenes
from cisgrammar.sequence.annotation import Transcript
from cisgrammar.simulate.genes import SimulatedGene, SimulatedGenes, Site
from cisgrammar.simulate.splice_sites import SiteMotif, site_motifs
from cisgrammar.simulate.variants.planted import PlantedVariant, deleted, inserted, last_third, substituted

PARTS = {"lost": 0.4, "poison": 0.1, "strengthened": 0.1}
"""Shares of all variants; the rest are neutral."""
_FAR = 25
_STRONG = 2 / 3
_TRIES = 100
Placed = tuple[SimulatedGene, Transcript, Site]


def gene_variants(simulated: SimulatedGenes, settings: SimulateGenes) -> list[PlantedVariant]:
    """Draw the variants of simulated genes, `settings.variants` of them or fewer; a site has one at most."""
    rng = np.random.default_rng([settings.seed, 21])
    names = list(simulated.chromosomes)
    held = {names[index] for index in last_third(len(names))}
    pairs = zip(simulated.genes, simulated.transcripts, strict=True)
    placed = [(gene, transcript, site) for gene, transcript in pairs if transcript.chrom in held for site in gene.sites]
    motifs = dict(zip(("donor", "acceptor"), site_motifs(settings.sharpness, settings.gc), strict=True))
    strong = {
        kind: np.quantile([s.strength for _, _, s in placed if (s.role, s.kind) == ("site", kind)], _STRONG)
        for kind in motifs
    }
    found = []
    for kind, role in (("lost", "site"), ("poison", "poison"), ("strengthened", "decoy")):
        fitting = [p for p in placed if p[2].role == role and (kind != "lost" or p[2].strength >= strong[p[2].kind])]
        number = min(round(PARTS[kind] * settings.variants), len(fitting))
        chosen = [fitting[index] for index in rng.permutation(len(fitting))[:number].tolist()]
        draw = _strengthened if kind == "strengthened" else _broken
        found += [draw(rng, simulated, each, motifs[each[2].kind], kind) for each in chosen]
    neutral = settings.variants - sum(round(share * settings.variants) for share in PARTS.values())
    genes = [(gene, transcript) for gene, transcript, _ in placed]
    drawn = (_neutral(rng, simulated, *genes[index]) for index in rng.integers(0, len(genes), neutral).tolist())
    return found + [each for each in drawn if each is not None]


def _chromosome_place(transcript: Transcript, place: int) -> int:
    """A gene's base on the chromosome."""
    return transcript.start + place if transcript.strand == "+" else transcript.end - 1 - place


def _first(site: Site, motif: SiteMotif) -> int:
    """Where a site's motif begins in its gene."""
    return site.position + 1 - (motif.exonic if site.kind == "donor" else motif.width)


def _broken(
    rng: np.random.Generator, simulated: SimulatedGenes, placed: Placed, motif: SiteMotif, kind: str
) -> PlantedVariant:
    """GT or AG changed: by a substitution in three of five, by a deletion of both letters, or by one put between."""
    gene, transcript, site = placed
    codes = simulated.chromosomes[transcript.chrom]
    first = site.position + 1 if site.kind == "donor" else site.position - 2
    low = min(_chromosome_place(transcript, first), _chromosome_place(transcript, first + 1))
    way = int(rng.integers(5))
    if way == 3:
        alleles = deleted(codes, transcript.chrom, low, low + 2)
        return PlantedVariant(*alleles, kind, site.kind, np.nan)
    if way == 4:
        # An A between the letters leaves neither GT nor AG.
        new = np.array([1 if site.kind == "acceptor" else 0], dtype=np.uint8)
        new = new if transcript.strand == "+" else 3 - new
        return PlantedVariant(*inserted(codes, transcript.chrom, low + 1, new), kind, site.kind, np.nan)
    at = first + int(rng.integers(2))
    letter = int((gene.codes[at] + rng.integers(1, 4)) % 4)
    return _substitution(codes, placed, motif, at, letter, kind)


def _substitution(
    codes: NDArray[np.uint8], placed: Placed, motif: SiteMotif, at: int, letter: int, kind: str
) -> PlantedVariant:
    """A gene's base changed, with what that does to a motif's strength."""
    gene, transcript, site = placed
    column = at - _first(site, motif)
    change = motif.log_odds[column, letter] - motif.log_odds[column, gene.codes[at]]
    new = letter if transcript.strand == "+" else 3 - letter
    alleles = substituted(codes, transcript.chrom, _chromosome_place(transcript, at), new)
    return PlantedVariant(*alleles, kind, site.kind, float(change))


def _strengthened(
    rng: np.random.Generator, simulated: SimulatedGenes, placed: Placed, motif: SiteMotif, kind: str
) -> PlantedVariant:
    """The substitution that makes a decoy's motif strongest."""
    gene, transcript, site = placed
    first = _first(site, motif)
    word = gene.codes[first : first + motif.width]
    gains = motif.log_odds - motif.log_odds[np.arange(motif.width), word][:, None]
    column, letter = np.unravel_index(gains.argmax(), gains.shape)
    codes = simulated.chromosomes[transcript.chrom]
    return _substitution(codes, placed, motif, first + int(column), int(letter), kind)


def _neutral(
    rng: np.random.Generator, simulated: SimulatedGenes, gene: SimulatedGene, transcript: Transcript
) -> PlantedVariant | None:
    """A substitution 25 bp or more from every motif that makes no GT or AG on the gene's strand."""
    marked = np.array([site.position for site in gene.sites])
    for _ in range(_TRIES):
        at = int(rng.integers(_FAR, len(gene.codes) - _FAR))
        letter = int((gene.codes[at] + rng.integers(1, 4)) % 4)
        changed = gene.codes[at - 1 : at + 2].copy()
        changed[1] = letter
        pairs = {tuple(changed[i : i + 2].tolist()) for i in range(2)}
        if (len(marked) and np.abs(marked - at).min() < _FAR) or pairs & {(2, 3), (0, 2)}:
            continue
        new = letter if transcript.strand == "+" else 3 - letter
        codes = simulated.chromosomes[transcript.chrom]
        return PlantedVariant(*substituted(codes, transcript.chrom, _chromosome_place(transcript, at), new), "neutral")
    return None
