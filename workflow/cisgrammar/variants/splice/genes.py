"""Genes as variants are scored in them: one transcript each, and the splice sites of all transcripts."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cisgrammar.config.splice import Genes
from cisgrammar.sequence.annotation import Interval, LeftOut, Transcript, check_on_genome, read_annotation
from cisgrammar.sequence.fasta import Genome
from cisgrammar.splice.genes.canonical import choose
from cisgrammar.splice.genes.gene_table import is_spliceai_table, read_gene_table
from cisgrammar.splice.genes.reading_frames import with_longest_orf

log = logging.getLogger(__name__)

_PREFIX = "chr"
_TAGS: tuple[str, ...] = Genes.model_fields["canonical_tags"].default
_BIOTYPES: tuple[str, ...] = Genes.model_fields["biotypes"].default
_LEAST_ORF: int = Genes.model_fields["min_orf"].default


@dataclass(frozen=True, eq=False)
class SpliceGene:
    """A gene by one of its transcripts; places are of the chromosome, 0-based.

    Attributes
    ----------
    name
        Symbol if the annotation has one, else the id.
    chrom
        Chromosome, by the FASTA's name for it.
    strand
        `+` or `-`.
    exons
        (start, end), half-open, ascending, of the transcript that was chosen.
    coding
        Its coding sequence by exon, likewise; its longest open reading frame in an annotation without any; may be
        empty.
    acceptors, donors
        `(sites,)` int64, ascending: first and last bases of exons beside an intron, of all transcripts of the gene.
    """

    name: str
    chrom: str
    strand: str
    exons: tuple[Interval, ...]
    coding: tuple[Interval, ...]
    acceptors: NDArray[np.int64]
    donors: NDArray[np.int64]

    @property
    def start(self) -> int:
        """First base of the transcript."""
        return self.exons[0][0]

    @property
    def end(self) -> int:
        """One past its last base."""
        return self.exons[-1][1]


@dataclass(frozen=True, eq=False)
class SpliceGenes:
    """All genes, in the order of the annotation, found by place.

    Attributes
    ----------
    genes
        The genes.
    """

    genes: tuple[SpliceGene, ...]
    _places: dict[str, tuple[NDArray, NDArray, NDArray]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        rows: dict[str, list[int]] = defaultdict(list)
        for index, gene in enumerate(self.genes):
            rows[gene.chrom].append(index)
        places = {
            chrom: (
                np.array(indices),
                np.array([self.genes[i].start for i in indices]),
                np.array([self.genes[i].end for i in indices]),
            )
            for chrom, indices in rows.items()
        }
        object.__setattr__(self, "_places", places)

    def __len__(self) -> int:
        return len(self.genes)

    def overlapping(self, chrom: str, start: int, end: int) -> list[int]:
        """Indices of the genes with a base in `start` to `end` (half-open) of a chromosome, in their order."""
        if chrom not in self._places:
            return []
        indices, starts, ends = self._places[chrom]
        return indices[(starts < end) & (ends > start)].tolist()


def read_splice_genes(
    path: str | Path,
    genome: Genome,
    biotypes: Sequence[str] = _BIOTYPES,
    tags: Sequence[str] = _TAGS,
    left_out: list[LeftOut] | None = None,
) -> SpliceGenes:
    """Read the genes of an annotation as `read_annotation` does, or of a table of SpliceAI (`grch38.txt`).

    Parameters
    ----------
    path
        The annotation. Chromosomes are found in the FASTA with `chr` added to or taken off their names.
    genome
        The assembly.
    biotypes
        Of transcripts to use, where the annotation has any; empty for all.
    tags
        Which transcript of a gene is scored, as `splice.genes.canonical_tags`.
    left_out
        Takes the transcripts that are not used, if given.

    Raises
    ------
    ValueError
        Naming the file: a damaged row, or no transcript on a chromosome of the FASTA.
    """
    account: list[LeftOut] = []
    table = is_spliceai_table(path)
    read = read_gene_table if table else read_annotation
    transcripts = [replace(t, chrom=_known_name(t.chrom, genome)) for t in read(path, (), account)]
    transcripts = check_on_genome(transcripts, genome, account)
    usable = [t for t in transcripts if not t.biotype or not biotypes or t.biotype in biotypes]
    if not usable:
        there = ", ".join(sorted({t.biotype for t in transcripts})[:6])
        raise ValueError(f"{path}: no transcript is {' or '.join(biotypes)}; it has {there}; give genes")
    sites = _all_sites(usable)
    # A row of SpliceAI's table is a gene, whatever its name.
    chosen = usable if table else [transcript for transcript, _ in choose(usable, tags)]
    if not any(t.coding for t in usable):
        chosen = [with_longest_orf(genome, t, _LEAST_ORF) for t in chosen]
    genes = tuple(_gene(t, *sites[_key(t)]) for t in chosen)
    log.info("%s: %d genes of %d transcripts", path, len(genes), len(usable))
    if left_out is not None:
        left_out += account
    return SpliceGenes(genes)


def _known_name(chrom: str, genome: Genome) -> str:
    """The FASTA's name of a chromosome: the same, or with `chr` added or taken off."""
    names = (chrom, chrom.removeprefix(_PREFIX), f"{_PREFIX}{chrom}")
    return next((name for name in names if name in genome.names), chrom)


def _key(transcript: Transcript) -> tuple[str, str, str]:
    return transcript.gene, transcript.chrom, transcript.strand


def _all_sites(transcripts: Sequence[Transcript]) -> dict[tuple[str, str, str], tuple[NDArray, NDArray]]:
    """Gene -> acceptors and donors of all its transcripts, `(sites,)` each."""
    starts: dict[tuple[str, str, str], set[int]] = defaultdict(set)
    ends: dict[tuple[str, str, str], set[int]] = defaultdict(set)
    for t in transcripts:
        starts[_key(t)] |= {start for start, _ in t.exons[1:]}
        ends[_key(t)] |= {end - 1 for _, end in t.exons[:-1]}
    found = {}
    for key in starts:
        low, high = (np.array(sorted(places[key]), dtype=np.int64) for places in (starts, ends))
        found[key] = (low, high) if key[2] == "+" else (high, low)
    return found


def _gene(t: Transcript, acceptors: NDArray, donors: NDArray) -> SpliceGene:
    return SpliceGene(t.gene_name or t.gene, t.chrom, t.strand, t.exons, t.coding, acceptors, donors)
