"""Genes with known splice sites: strong motifs at true sites, weak ones at decoys, and exons that a frame switches off.

The rule that the sites follow: a site is used if its motif is strong and the exon beside it is open, that is, the
transcript's reading frame meets no stop codon in the `REACH` exonic bases next to the site. Poison exons lie in
introns, have motifs as strong as true ones and stops in that frame at both ends, and are not used. Most introns lie
between codons, so a network that sees no further than the exon can tell the frame from the distance to the site.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from cisgrammar.config.splice import SimulateGenes
from cisgrammar.sequence.alphabet import encode, reverse_complement
from cisgrammar.sequence.annotation import Transcript
from cisgrammar.simulate.splice_sites import SiteMotif, draw_site, site_motifs
from cisgrammar.splice.genes.reading_frames import STOPS as STOP_TEXTS
from cisgrammar.splice.genes.reading_frames import stops

REACH = 30
STOPS = tuple(encode(text) for text in STOP_TEXTS)
_UTR = (30, 60)
_GAP = (150, 300)
_POISON = (60, 90)
_SLOT = 24
_STOP_RATE = 0.5
_WEAK = (0.3, 0.75)
_STRONG = 1.0


@dataclass(frozen=True)
class Site:
    """A splice motif of a gene.

    Attributes
    ----------
    kind
        `donor` or `acceptor`.
    role
        `site` (used), `decoy` (weak, or strong without its GT or AG) or `poison` (strong, but its exon is closed in all
        frames).
    position
        0-based, in the gene, of the base that a label would mark: the exon's last before a donor, its first after
        an acceptor.
    strength
        Log-odds of the motif, nats.
    phase
        Coding bases before its exon, modulo 3; -1 for a decoy, which has no exon.
    stops_in_frame
        Stop codons of that frame in the `REACH` exonic bases next to it.
    """

    kind: str
    role: str
    position: int
    strength: float
    phase: int
    stops_in_frame: int

    @property
    def frame_dependent(self) -> bool:
        """Whether the site would be used, were its exon open in the transcript's frame."""
        return self.role == "poison"


@dataclass(frozen=True, eq=False)
class SimulatedGene:
    """A gene, 5' to 3', in gene coordinates.

    `codes` is `(length,)`; `exons` are its true exons, `coding` the coding part of each.
    """

    codes: NDArray[np.uint8]
    exons: tuple[tuple[int, int], ...]
    coding: tuple[tuple[int, int], ...]
    sites: tuple[Site, ...]


@dataclass(frozen=True, eq=False)
class SimulatedGenes:
    """Chromosomes (name -> codes), and the genes on them with their transcripts, in order."""

    chromosomes: dict[str, NDArray[np.uint8]]
    genes: tuple[SimulatedGene, ...]
    transcripts: tuple[Transcript, ...]


def stops_in_frame(exon: NDArray[np.uint8], phase: int, kind: str) -> int:
    """Count stop codons of an exon's frame in the `REACH` bases after its acceptor or before its donor.

    `phase` is the number of coding bases before the exon, modulo 3.
    """
    stop = stops(exon)[-phase % 3 :: 3]
    start = -phase % 3 + 3 * np.arange(len(stop))
    near = start + 3 <= REACH if kind == "acceptor" else start >= len(exon) - REACH
    return int((stop & near).sum())


class _Maker:
    """Draws the parts of genes from one random stream."""

    def __init__(self, rng: np.random.Generator, settings: SimulateGenes) -> None:
        self.rng, self.settings = rng, settings
        self.motifs = site_motifs(settings.sharpness, settings.gc)
        self.steps = np.cumsum(np.array([1 - settings.gc, settings.gc, settings.gc, 1 - settings.gc]) / 2)[:3]

    def length(self, bounds: tuple[int, int]) -> int:
        return int(self.rng.integers(bounds[0], bounds[1] + 1))

    def background(self, length: int) -> NDArray[np.uint8]:
        return np.searchsorted(self.steps, self.rng.random(length), side="right").astype(np.uint8)

    def strong(self, motif: SiteMotif) -> NDArray[np.uint8]:
        return draw_site(self.rng, motif, _STRONG * motif.typical(), np.inf)

    def weak(self, motif: SiteMotif) -> NDArray[np.uint8]:
        return draw_site(self.rng, motif, _WEAK[0] * motif.typical(), _WEAK[1] * motif.typical())

    def broken(self, motif: SiteMotif) -> NDArray[np.uint8]:
        """A strong motif with another letter in place of one of GT, or of AG."""
        codes = self.strong(motif)
        place = self.rng.choice(motif.fixed())
        codes[place] = (codes[place] + self.rng.integers(1, 4)) % 4
        return codes

    def sense(self, length: int) -> NDArray[np.uint8]:
        """Codons without stops, `(length,)`; the length is a multiple of 3."""
        codes = self.background(length)
        while (closed := 3 * np.flatnonzero(_stops_in_frame(codes))).size:
            codes[closed[:, None] + np.arange(3)] = self.background(3 * closed.size).reshape(-1, 3)
        return codes

    def coding(
        self, junctions: NDArray[np.int64], length: int
    ) -> tuple[NDArray[np.uint8], list[NDArray], list[NDArray]]:
        """An open reading frame with the exonic halves of its sites written over it, and those sites."""
        codes = self.sense(length)
        codes[:3], codes[-3:] = encode("ATG"), STOPS[self.rng.integers(3)]
        donors, acceptors = [], []
        for junction in junctions.tolist():
            while True:
                donor, acceptor = (self.strong(motif) for motif in self.motifs)
                trial = codes.copy()
                trial[junction - 3 : junction], trial[junction] = donor[:3], acceptor[-1]
                if not _stops_in_frame(trial[:-3]).any():
                    break
            codes = trial
            donors.append(donor)
            acceptors.append(acceptor)
        return codes, donors, acceptors

    def poison_exon(self, acceptor: NDArray[np.uint8], donor: NDArray[np.uint8], phase: int) -> NDArray[np.uint8]:
        """A sequence between an acceptor and a donor with stops of its frame within `REACH` of both ends."""
        while True:
            codes = self.background(self.length(_POISON))
            first = np.arange(-phase % 3, len(codes) - 2, 3)
            for place in first[self.rng.random(len(first)) < _STOP_RATE].tolist():
                codes[place : place + 3] = STOPS[self.rng.integers(3)]
            codes[0], codes[-3:] = acceptor[-1], donor[:3]
            if all(stops_in_frame(codes, phase, motif.kind) for motif in self.motifs):
                return codes

    def intron(self, donor: NDArray[np.uint8], acceptor: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], list[Site]]:
        """An intron between two sites, and the decoys in it, placed from its first base."""
        head, tail = donor[3:], acceptor[:-1]
        codes = self.background(self.length(self.settings.intron_length))
        codes[: len(head)], codes[-len(tail) :] = head, tail
        slots = (len(codes) - len(head) - len(tail)) // _SLOT
        number = min(slots, int(self.rng.poisson(self.settings.decoys)))
        # Drawn only where it is asked for: other settings' genes stay as they were.
        broken = int(self.rng.poisson(self.settings.broken_decoys)) if self.settings.broken_decoys else 0
        order = self.rng.permutation(slots)
        weak, strong = order[:number].tolist(), order[number : number + broken].tolist()
        decoys = []
        for slot in sorted([*weak, *strong]):
            motif = self.motifs[self.rng.integers(2)]
            place = len(head) + slot * _SLOT + int(self.rng.integers(0, _SLOT - motif.width + 1))
            codes[place : place + motif.width] = found = self.broken(motif) if slot in strong else self.weak(motif)
            marked = place + (2 if motif.kind == "donor" else motif.width - 1)
            decoys.append(Site(motif.kind, "decoy", marked, float(motif.strength(found)), -1, 0))
        return codes, decoys


def _stops_in_frame(codes: NDArray[np.uint8]) -> NDArray[np.bool_]:
    return stops(codes)[::3]  # (codons,)


def make_gene(rng: np.random.Generator, settings: SimulateGenes) -> SimulatedGene:
    """Make one gene: UTR, an open reading frame interrupted by introns, UTR."""
    maker = _Maker(rng, settings)
    lengths = np.array([maker.length(settings.exon_length) for _ in range(maker.length(settings.exons))])
    between_codons = rng.random(len(lengths)) < settings.phase_zero
    for i in np.flatnonzero(between_codons[:-1]):
        lengths[i] += -lengths[: i + 1].sum() % 3
    lengths[-1] += -lengths.sum() % 3
    junctions = lengths.cumsum()
    coding, donors, acceptors = maker.coding(junctions[:-1], int(junctions[-1]))
    pieces = np.split(coding, junctions[:-1])
    builder = _Builder(maker.motifs)
    utr = maker.background(maker.length(_UTR))
    builder.exon(np.concatenate([utr, pieces[0]]), (len(utr), len(utr) + len(pieces[0])))
    for piece, junction, donor, acceptor in zip(pieces[1:], junctions[:-1].tolist(), donors, acceptors, strict=True):
        if rng.random() < settings.poison:
            between = maker.strong(maker.motifs[1]), maker.strong(maker.motifs[0])
            builder.intron(*maker.intron(donor, between[0]))
            builder.poison(maker.poison_exon(*between, junction % 3), junction % 3)
            builder.intron(*maker.intron(between[1], acceptor))
        else:
            builder.intron(*maker.intron(donor, acceptor))
        last = len(builder.exons) == len(pieces) - 1
        utr = maker.background(maker.length(_UTR) if last else 0)
        builder.exon(np.concatenate([piece, utr]), (0, len(piece)))
    return builder.gene()


class _Builder:
    """Joins the parts of a gene and holds where they are."""

    def __init__(self, motifs: tuple[SiteMotif, SiteMotif]) -> None:
        self.motifs = motifs
        self.parts: list[NDArray[np.uint8]] = []
        self.length = 0
        self.exons: list[tuple[int, int]] = []
        self.coding: list[tuple[int, int]] = []
        self.poisons: list[tuple[int, int, int]] = []
        self.decoys: list[Site] = []

    def add(self, codes: NDArray[np.uint8]) -> tuple[int, int]:
        start = self.length
        self.parts.append(codes)
        self.length += len(codes)
        return start, self.length

    def exon(self, codes: NDArray[np.uint8], coding: tuple[int, int]) -> None:
        start, end = self.add(codes)
        self.exons.append((start, end))
        self.coding.append((start + coding[0], start + coding[1]))

    def poison(self, codes: NDArray[np.uint8], phase: int) -> None:
        self.poisons.append((*self.add(codes), phase))

    def intron(self, codes: NDArray[np.uint8], decoys: list[Site]) -> None:
        start, _ = self.add(codes)
        self.decoys += [replace(site, position=start + site.position) for site in decoys]

    def gene(self) -> SimulatedGene:
        codes = np.concatenate(self.parts)
        coding = np.array([end - start for start, end in self.coding])
        # The first exon's frame begins behind its UTR.
        phases = [
            (start - self.coding[0][0] if i == 0 else int(coding[:i].sum())) % 3
            for i, (start, _) in enumerate(self.exons)
        ]
        exons = [(start, end, phase) for (start, end), phase in zip(self.exons, phases, strict=True)]
        sites = [
            *(self.site(codes, "acceptor", "site", exon) for exon in exons[1:]),
            *(self.site(codes, "donor", "site", exon) for exon in exons[:-1]),
            *(self.site(codes, kind, "poison", exon) for exon in self.poisons for kind in ("acceptor", "donor")),
            *self.decoys,
        ]
        sites.sort(key=lambda site: (site.position, site.kind))
        return SimulatedGene(codes, tuple(self.exons), tuple(self.coding), tuple(sites))

    def site(self, codes: NDArray[np.uint8], kind: str, role: str, exon: tuple[int, int, int]) -> Site:
        start, end, phase = exon
        motif = self.motifs[kind == "acceptor"]
        first = start + motif.exonic - motif.width if kind == "acceptor" else end - motif.exonic
        strength = float(motif.strength(codes[first : first + motif.width]))
        closed = stops_in_frame(codes[start:end], phase, kind)
        return Site(kind, role, start if kind == "acceptor" else end - 1, strength, phase, closed)


def simulate_genes(settings: SimulateGenes) -> SimulatedGenes:
    """Simulate chromosomes full of genes on random strands. The same settings give the same result, bit for bit."""
    chromosomes, genes, transcripts = {}, [], []
    for index in range(settings.chromosomes):
        name = f"chr{index + 1}"
        rng = np.random.default_rng([settings.seed, 20, index])
        maker = _Maker(rng, settings)
        parts, length = [maker.background(maker.length(_GAP))], 0
        for number in range(settings.genes_per_chromosome):
            length += len(parts[-1])
            gene = make_gene(rng, settings)
            strand = "+-"[int(rng.integers(2))]
            genes.append(gene)
            transcripts.append(_transcript(gene, name, strand, length, f"{name}_gene{number + 1}"))
            parts += [gene.codes if strand == "+" else reverse_complement(gene.codes)]
            length += len(gene.codes)
            parts.append(maker.background(maker.length(_GAP)))
        chromosomes[name] = np.concatenate(parts)
    return SimulatedGenes(chromosomes, tuple(genes), tuple(transcripts))


def _transcript(gene: SimulatedGene, chrom: str, strand: str, start: int, name: str) -> Transcript:
    def placed(intervals: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
        if strand == "+":
            return tuple((start + a, start + b) for a, b in intervals)
        end = start + len(gene.codes)
        return tuple((end - b, end - a) for a, b in reversed(intervals))

    return Transcript(
        f"{name}.t1",
        name,
        name,
        chrom,
        strand,
        placed(gene.exons),
        placed(gene.coding),
        tags=frozenset({"Ensembl_canonical"}),
        biotype="protein_coding",
    )
