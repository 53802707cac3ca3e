"""The genes nearest to variants."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cisgrammar.sequence.annotation import Transcript, read_annotation
from cisgrammar.sequence.fasta import Genome, name_hint, names_in_short


class Genes:
    """Genes of an annotation by chromosome, with the span of all their transcripts.

    Parameters
    ----------
    transcripts
        Transcripts; chromosomes are called as in the genome, or as they hint at.
    genome
        The genome.
    """

    def __init__(self, transcripts: Iterable[Transcript], genome: Genome) -> None:
        spans: dict[tuple[str, str], list[int]] = {}
        names: dict[tuple[str, str], str] = {}
        for one in transcripts:
            chrom = one.chrom if one.chrom in genome.names else name_hint(one.chrom, genome.names)
            if not chrom:
                continue
            span = spans.setdefault((chrom, one.gene), [one.start, one.end])
            span[:] = [min(span[0], one.start), max(span[1], one.end)]
            names[chrom, one.gene] = one.gene_name or one.gene
        self._of: dict[str, tuple[NDArray[np.int64], NDArray[np.int64], list[str]]] = {}
        for chrom in sorted({chrom for chrom, _ in spans}):
            mine = sorted((*spans[key], names[key]) for key in spans if key[0] == chrom)
            starts, ends = (np.array([gene[i] for gene in mine], dtype=np.int64) for i in (0, 1))
            self._of[chrom] = starts, ends, [str(gene[2]) for gene in mine]

    @classmethod
    def read(cls, path: str | Path, genome: Genome) -> Genes:
        """Read a GTF or GFF3; errors as `read_annotation`, and if no gene is on a chromosome of the genome."""
        genes = cls(read_annotation(path), genome)
        if not genes._of:
            raise ValueError(
                f"{path}: none of its genes is on a chromosome of the FASTA, which has {names_in_short(genome.names)}; "
                "rename the chromosomes of one"
            )
        return genes

    def nearest(self, chrom: str, start: int, end: int, number: int) -> str:
        """The nearest genes and their distances in bp, `name:distance` separated by commas; 0 inside of a gene."""
        if chrom not in self._of:
            return ""
        starts, ends, names = self._of[chrom]
        distance = np.maximum(np.maximum(starts - end + 1, start - ends + 1), 0)
        best = np.argsort(distance, kind="stable")[:number].tolist()
        return ",".join(f"{names[i]}:{distance[i]}" for i in best)
