"""The sets that a config asks for (genes, regions, sequences), their table of sites and their tracks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from cisgrammar.config.splice import SplicePredict
from cisgrammar.sequence.fasta import Genome, read_fasta
from cisgrammar.signal.bigwig import write_sparse_bigwig
from cisgrammar.splice.genes.gene_set import GeneSet
from cisgrammar.splice.models.model import ModelToAnalyze
from cisgrammar.splice.predict import Tiling
from cisgrammar.splice.sites.collect import Known, Sites, annotated_sites, collect_sites
from cisgrammar.splice.sites.stretches import Placed, read_regions, whole_sequences
from cisgrammar.tables.contract import in_blocks
from cisgrammar.tables.contracts.splice import SITES

if TYPE_CHECKING:
    import pandas as pd

STRANDS = {"+": "plus", "-": "minus"}


class PredictedSet(NamedTuple):
    """Sequences with what is known of them.

    Attributes
    ----------
    name
        genes, regions or fasta.
    source
        The sequences.
    known
        Annotated sites of regions; None for sequences, and for genes, whose labels say it.
    genome
        What the places are of.
    """

    name: str
    source: Placed
    known: Known | None
    genome: Genome


def sets_of(settings: SplicePredict, genes: GeneSet, genome: Genome) -> Iterator[PredictedSet]:
    """The sets of a config, genes first; each is read when it is its turn.

    Raises
    ------
    ValueError
        If the gene set has no genes of a split, or a file cannot be used.
    """
    if settings.splits:
        chosen = sorted(int(i) for split in settings.splits for i in genes.indices(split))
        yield PredictedSet("genes", genes.subset(chosen), None, genome)
    if settings.regions is not None:
        yield PredictedSet("regions", read_regions(settings.regions, genome), annotated_sites(genes), genome)
    if settings.fasta is not None:
        own = read_fasta(settings.fasta)
        strands = ("+", "-") if settings.fasta_strands == "both" else ("+",)
        yield PredictedSet("fasta", whole_sequences(own, strands), None, own)


def predict_sets(
    m: ModelToAnalyze, sets: Iterator[PredictedSet], least: float, temperature: float, tiling: Tiling | None = None
) -> Iterator[tuple[PredictedSet, Sites]]:
    """The sites of each set; arguments as `collect_sites`."""
    for each in sets:
        yield each, collect_sites(m, each.source, each.known, least, temperature, tiling)


def write_sets(found: Iterator[tuple[PredictedSet, Sites]], table: str | Path, tracks: str | Path) -> None:
    """Write one table of all sets, and bigWigs `<set>.<kind>.<plus|minus>.bw` into a folder.

    A track of a strand that a set has no sequences on is not written; one without probabilities holds a 0.
    """
    folder = Path(tracks)
    folder.mkdir(parents=True, exist_ok=True)

    def tables() -> Iterator[pd.DataFrame]:
        for each, sites in found:
            yield from in_blocks(sites.table.assign(set=each.name)[list(SITES.names)])
            sizes = dict(zip(each.genome.names, each.genome.lengths.tolist(), strict=True))
            for track, values in sites.tracks.items():
                if track.strand in each.source.strands:
                    path = folder / f"{each.name}.{track.kind}.{STRANDS[track.strand]}.bw"
                    write_sparse_bigwig(path, sizes, {chrom: (v.places, v.values) for chrom, v in values.items()})

    SITES.write_blocks(table, tables())
