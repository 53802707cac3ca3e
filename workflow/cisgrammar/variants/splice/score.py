"""Scores of variants by a splice model: SpliceAI's strings, and beside them a table without SpliceAI's omissions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from cisgrammar.sequence.alphabet import decode
from cisgrammar.sequence.fasta import Genome, read_fasta
from cisgrammar.splice.models.model import SITES, ModelToAnalyze
from cisgrammar.splice.models.saved import load_models
from cisgrammar.tables.contracts.variants_splice import VARIANT_SPLICE
from cisgrammar.variants.splice.frames import consequence
from cisgrammar.variants.splice.genes import SpliceGene, SpliceGenes, read_splice_genes
from cisgrammar.variants.splice.sites import align, deltas, masked_deltas, site_changes
from cisgrammar.variants.splice.strings import (
    DELTAS,
    Deltas,
    has_scores,
    skipped,
    spliceai_deltas,
    spliceai_string,
)
from cisgrammar.variants.splice.windows import Pair, Probabilities, pair_probabilities
from cisgrammar.variants.variant import Variant

if TYPE_CHECKING:
    import pandas as pd

LONGEST = 10_000
"""bp: a variant with a longer allele is not scored."""
CHUNK = 2000
"""Variants whose passes are planned together: the bound of the memory."""


class Settings(NamedTuple):
    """How variants are scored.

    Attributes
    ----------
    distance
        bp on each side of a variant whose changes count.
    mask
        Whether SpliceAI's strings have masked scores.
    batch
        Sequences that go through the network at a time; None to let the device decide.
    """

    distance: int = 50
    mask: bool = False
    batch: int | None = None


def score_splice(
    variants: Iterable[Variant],
    fasta: Genome | str | Path,
    genes: SpliceGenes | str | Path,
    models: ModelToAnalyze | Sequence[str | Path],
    *,
    distance: int = 50,
    mask: bool = False,
    batch: int | None = None,
) -> pd.DataFrame:
    """Score variants in every gene that they touch.

    Parameters
    ----------
    variants
        Their alleles as in the input: SpliceAI's scores depend on the bases around a change that a VCF repeats.
    fasta
        The assembly, or its file.
    genes
        Genes, or a GTF, a GFF3 or SpliceAI's table.
    models
        A model, with thresholds for verdicts; or model files, whose probabilities are averaged.
    distance, mask, batch
        See `Settings`.

    Returns
    -------
    DataFrame
        Columns of `VARIANT_SPLICE`: rows in the order of the variants, of one variant in the order of the genes.

    Raises
    ------
    ValueError
        If a setting is out of range or a file cannot be used, before any work.
    """
    import pandas as pd

    parts = list(iter_splice(variants, fasta, genes, models, Settings(distance, mask, batch)))
    return pd.concat(parts, ignore_index=True) if parts else _frame([])


def iter_splice(
    variants: Iterable[Variant],
    fasta: Genome | str | Path,
    genes: SpliceGenes | str | Path,
    models: ModelToAnalyze | Sequence[str | Path],
    settings: Settings,
) -> Iterator[pd.DataFrame]:
    """As `score_splice`, a table for each 2,000 variants: memory does not grow with their number."""
    if settings.distance < 1:
        raise ValueError(f"distance must be at least 1 bp, got {settings.distance}")
    if settings.batch is not None and settings.batch < 1:
        raise ValueError(f"batch must be at least 1 sequence, got {settings.batch}")
    genome = fasta if isinstance(fasta, Genome) else read_fasta(fasta)
    known = genes if isinstance(genes, SpliceGenes) else read_splice_genes(genes, genome)
    model = models if isinstance(models, ModelToAnalyze) else load_models(models)
    rest = iter(variants)
    while chunk := list(islice(rest, CHUNK)):
        yield _frame(_score(chunk, genome, known, model, settings))


def _frame(rows: Sequence[dict[str, object]]) -> pd.DataFrame:
    """Rows as a table whose whole numbers may be missing."""
    import pandas as pd

    frame = pd.DataFrame(rows, columns=list(VARIANT_SPLICE.names))
    kinds = {column.name: column.kind for column in VARIANT_SPLICE.columns}
    return frame.astype({name: {"integer": "Int64", "number": "float64"}.get(kinds[name], object) for name in frame})


def _score(
    variants: Sequence[Variant], genome: Genome, genes: SpliceGenes, m: ModelToAnalyze, settings: Settings
) -> list[dict[str, object]]:
    places: list[tuple[Variant, str, list[SpliceGene]]] = []
    for variant in variants:
        reason = not_scored(variant, genome)
        indices = [] if reason else genes.overlapping(variant.chrom, variant.start, variant.end)
        places.append((variant, reason or ("" if indices else "no gene"), [genes.genes[i] for i in indices]))
    pairs = [Pair(variant, gene) for variant, _, touched in places for gene in touched]
    scored = iter(zip(pairs, pair_probabilities(m, genome, pairs, settings.distance, settings.batch), strict=True))
    rows = []
    for variant, reason, touched in places:
        if reason:
            rows.append({**_about(variant), "reason": reason, "spliceai_reason": reason})
        rows += [_row(*next(scored), genome, m, settings) for _ in touched]
    return rows


def not_scored(variant: Variant, genome: Genome) -> str:
    """Why a variant cannot be scored in any gene; empty if it can."""
    if variant.chrom not in genome.names:
        return "chromosome not in the FASTA"
    if variant.end > genome.length(variant.chrom):
        return "past the chromosome's end"
    if max(len(variant.ref), len(variant.alt)) > LONGEST:
        return "too long"
    there = decode(genome.chromosome(variant.chrom)[variant.start : variant.end])
    return "" if there == variant.ref else "REF differs from the FASTA"


def _about(variant: Variant) -> dict[str, object]:
    names = ("line", "chrom", "start", "id", "ref", "alt")
    return {name: getattr(variant, name) for name in names}


def _row(pair: Pair, found: Probabilities, genome: Genome, m: ModelToAnalyze, settings: Settings) -> dict[str, object]:
    """One variant in one gene."""
    variant, gene = pair
    distance = settings.distance
    aligned = align(found, variant, distance)
    row = {**_about(variant), "gene": gene.name, "strand": gene.strand}
    row |= _columns("", deltas(aligned, distance))
    row |= _columns("masked_", masked_deltas(aligned, variant, gene, distance))
    if m.thresholds is not None:
        changes = site_changes(aligned, m.thresholds, distance)
        for kind in SITES:
            row |= {
                f"{kind}_verdict": changes[kind].verdict,
                f"{kind}_lost": changes[kind].lost,
                f"{kind}_made": changes[kind].made,
            }
        row |= consequence(variant, gene, changes)._asdict()
    outside = "" if gene.start <= variant.start < gene.end else "POS outside of the gene"
    reason = outside or skipped(variant, genome.length(variant.chrom), distance, m.model_cl)
    if reason:
        return {**row, "spliceai_reason": reason}
    if not has_scores(variant):
        return {**row, "spliceai": spliceai_string(variant, gene, None), "spliceai_reason": "MNV or delins"}
    named = spliceai_deltas(found, variant, gene, distance, settings.mask)
    return {**row, "spliceai": spliceai_string(variant, gene, named)}


def _columns(prefix: str, found: Deltas) -> dict[str, object]:
    scores: dict[str, object] = {f"{prefix}ds_{key}": score for key, score in zip(DELTAS, found.scores, strict=True)}
    return scores | {f"{prefix}dp_{key}": place for key, place in zip(DELTAS, found.places, strict=True)}
