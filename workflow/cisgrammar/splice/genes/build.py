"""From a genome and its annotation to a gene set: sequences with labelled splice sites, one transcript per gene."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from cisgrammar.config.splice import Genes
from cisgrammar.sequence.annotation import LeftOut, Transcript, check_on_genome, left_out_of, read_annotation
from cisgrammar.sequence.fasta import Genome
from cisgrammar.splice.genes.canonical import choose, rule
from cisgrammar.splice.genes.coordinates import splice_labels, window
from cisgrammar.splice.genes.exon_table import ExonTable, exon_table
from cisgrammar.splice.genes.gene_set import SPLITS, GeneSet, check_gene_set
from cisgrammar.splice.genes.gene_table import is_spliceai_table, read_gene_table
from cisgrammar.splice.genes.introns import check_assembly, count_motifs, introns_of
from cisgrammar.splice.genes.partition import assign_splits, without_paralogues
from cisgrammar.splice.genes.reading_frames import with_longest_orf
from cisgrammar.tables.contracts.splice import LEFT_OUT

log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class BuiltGenes:
    """A gene set, its exons, an account of how it came about (plain values, for JSON), and what was left out."""

    genes: GeneSet
    exons: ExonTable
    report: dict[str, Any]
    left_out: list[LeftOut]


class ChosenGene(NamedTuple):
    """A gene's transcript, by which rule it was chosen, and the gene's split."""

    transcript: Transcript
    why: str
    split: str


def read_transcripts(settings: Genes, left_out: list[LeftOut] | None = None) -> list[Transcript]:
    """Read the transcripts that a config names, from an annotation or SpliceAI's table, on the chromosomes to use.

    Which of the two a file is goes by its content, whichever key names it. `left_out`, if given, takes those that
    cannot be used.
    """
    path = settings.annotation or settings.table or ""
    read = read_gene_table if is_spliceai_table(path) else read_annotation
    transcripts = read(path, settings.exclude, left_out)
    if not settings.chromosomes:
        return transcripts
    there = {transcript.chrom for transcript in transcripts}
    unknown = sorted(set(settings.chromosomes) - there)
    if unknown:
        raise ValueError(
            f"splice.genes.chromosomes: {unknown[0]!r} has no transcripts in {path}; "
            f"it has {', '.join(sorted(there)[:8])}"
        )
    return [transcript for transcript in transcripts if transcript.chrom in settings.chromosomes]


def build_genes(
    genome: Genome, transcripts: Sequence[Transcript], settings: Genes, left_out: Sequence[LeftOut] = ()
) -> BuiltGenes:
    """Choose one transcript per gene, cut out its sequence and label its splice sites.

    A gene is its transcript from first to last base, on its own strand; the last base of each exon but the last
    is a donor, the first of each but the first an acceptor (SpliceAI's and frame-alignment-checks' convention).
    Outside is N unless `settings.flank` keeps some genome. Left out are genes whose transcript has one exon, an
    intron below `min_intron` or an inner exon of one base, those that straddle a held-out part, and (if asked
    for) held-out paralogues of training genes. `left_out` is what was left out before, for the account.

    Raises
    ------
    ValueError
        Before any sequence is cut: no chromosome that the FASTA has, many exons past a chromosome's end, introns
        that do not look like introns (another assembly), no gene left, no gene in the test or validation split.
    """
    account = list(left_out)
    transcripts = check_on_genome(transcripts, genome, account)
    introns = introns_of(genome, transcripts)
    share = check_assembly(genome, introns, settings.min_canonical)
    chosen, dropped = choose_genes(genome, transcripts, settings)
    account += dropped
    members = [gene.transcript for gene in chosen]
    genes = cut_genes(genome, members, [gene.split for gene in chosen], settings.flank)
    exons = exon_table(members)
    if not exons.is_internal_coding.any():
        log.warning("no internal coding exon, so no frame check; is splice.genes.coding: longest_orf wanted?")
    report = {
        "transcripts": len(transcripts),
        "spliced_transcripts": sum(len(transcript.exons) > 1 for transcript in transcripts),
        "annotated_genes": len({transcript.gene for transcript in transcripts}),
        "rule": rule(settings.canonical_tags),
        "coding": settings.coding,
        "chosen_by": dict(sorted(Counter(gene.why for gene in chosen).items())),
        "dropped": dict(sorted(Counter(item.reason for item in account).items())),
        "canonical_share": share,
        "transcript_introns": count_motifs(genome, introns),
        "unique_introns": count_motifs(genome, introns.unique()),
        "gene_introns": count_motifs(genome, introns_of(genome, members)),
        "flank": settings.flank,
        "splits": {split: _count(genes, exons, split) for split in SPLITS},
        "fingerprint": genes.fingerprint(),
    }
    return BuiltGenes(genes, exons, report, account)


def choose_genes(
    genome: Genome, transcripts: Sequence[Transcript], settings: Genes
) -> tuple[list[ChosenGene], list[LeftOut]]:
    """Choose one transcript per gene, and its split; in the order of the genome, with the genes that have none."""
    usable = _of_biotypes(transcripts, settings.biotypes)
    dropped = _of_other_biotypes(transcripts, usable)
    if settings.coding == "longest_orf":
        usable = [with_longest_orf(genome, transcript, settings.min_orf) for transcript in usable]
    best = choose(usable, settings.canonical_tags)
    faults = [_fault(transcript, settings.min_intron) for transcript, _ in best]
    kept = [pair for pair, fault in zip(best, faults, strict=True) if not fault]
    dropped += [left_out_of(t, fault) for (t, _), fault in zip(best, faults, strict=True) if fault]
    members = [transcript for transcript, _ in kept]
    splits = assign_splits(genome, members, settings.test, settings.validation)
    splits = without_paralogues(genome, members, splits, settings)
    dropped += [left_out_of(t, split) for t, split in zip(members, splits, strict=True) if split not in SPLITS]
    found = [ChosenGene(*pair, split) for pair, split in zip(kept, splits, strict=True) if split in SPLITS]
    _check_splits(found, Counter(item.reason for item in dropped), settings)
    place = {name: index for index, name in enumerate(genome.names)}
    found.sort(key=lambda gene: (place[gene.transcript.chrom], *gene.transcript.exons[0], gene.transcript.id))
    return found, dropped


def _of_other_biotypes(transcripts: Sequence[Transcript], usable: Sequence[Transcript]) -> list[LeftOut]:
    """The genes that have no usable transcript, each by its first one."""
    genes = {(t.gene, t.chrom, t.strand) for t in usable}
    others: dict[tuple[str, str, str], Transcript] = {}
    for t in transcripts:
        if (t.gene, t.chrom, t.strand) not in genes:
            others.setdefault((t.gene, t.chrom, t.strand), t)
    return [left_out_of(t, f"biotype {t.biotype or 'not given'}") for t in others.values()]


def _of_biotypes(transcripts: Sequence[Transcript], biotypes: Sequence[str]) -> list[Transcript]:
    known = Counter(transcript.biotype for transcript in transcripts if transcript.biotype)
    if not known or not biotypes:
        return list(transcripts)
    found = [transcript for transcript in transcripts if transcript.biotype in biotypes]
    if not found:
        there = ", ".join(name for name, _ in known.most_common(6))
        raise ValueError(
            f"splice.genes.biotypes: no transcript is {' or '.join(biotypes)}; the annotation has {there}; name "
            "some of those, or leave the list empty for all"
        )
    return found


def _fault(transcript: Transcript, min_intron: int) -> str:
    """Why a transcript gives no gene; empty if it does."""
    if len(transcript.exons) == 1:
        return "one exon"
    if min(end - start for start, end in transcript.introns) < min_intron:
        return f"intron below {min_intron} bp"
    # Its one base would be acceptor and donor at once.
    if any(end - start == 1 for start, end in transcript.exons[1:-1]):
        return "inner exon of one base"
    return ""


def _check_splits(found: Sequence[ChosenGene], dropped: Counter[str], settings: Genes) -> None:
    why = ", ".join(f"{number} with {reason}" for reason, number in dropped.most_common())
    if not found:
        raise ValueError(f"no gene is left ({why or 'the annotation has none'}); see the keys of splice.genes")
    for split, texts in (("test", settings.test), ("validation", settings.validation)):
        if split not in {gene.split for gene in found}:
            chroms = Counter(gene.transcript.chrom for gene in found)
            where = ", ".join(f"{chrom} ({number})" for chrom, number in chroms.most_common(6))
            raise ValueError(
                f"splice.genes.{split}: no gene in {', '.join(texts)}; genes are on {where}; left out were "
                f"{why or 'none'}; hold out another part"
            )


def _count(genes: GeneSet, exons: ExonTable, split: str) -> dict[str, int]:
    chosen = np.array([name == split for name in genes.splits])
    return {
        "genes": int(chosen.sum()),
        "bases": int(genes.lengths[chosen].sum()),
        "introns": int((exons.rank[chosen[exons.gene]] > 0).sum()),
        "internal_coding_exons": int(exons.is_internal_coding[chosen[exons.gene]].sum()),
    }


def write_left_out(path: str | Path, left_out: Sequence[LeftOut]) -> None:
    """Write what was left out, a row each, sorted by line of the annotation."""
    rows = [(t.transcript, t.gene, t.chrom, int(t.where.rpartition(":")[2] or 0), t.reason) for t in left_out]
    LEFT_OUT.write_rows(path, sorted(rows, key=lambda row: (row[3], row[0])))


def cut_genes(genome: Genome, transcripts: Sequence[Transcript], splits: Sequence[str], flank: int = 0) -> GeneSet:
    """Cut the sequences of transcripts out of the genome and label their splice sites."""
    spans = [transcript.end - transcript.start for transcript in transcripts]
    genes = GeneSet(
        names=tuple(transcript.gene for transcript in transcripts),
        transcripts=tuple(transcript.id for transcript in transcripts),
        chroms=tuple(transcript.chrom for transcript in transcripts),
        strands=tuple(transcript.strand for transcript in transcripts),
        splits=tuple(splits),
        starts=np.array([transcript.start for transcript in transcripts], dtype=np.int64),
        ends=np.array([transcript.end for transcript in transcripts], dtype=np.int64),
        offsets=np.concatenate([[0], np.cumsum(spans, dtype=np.int64)]),
        codes=np.concatenate([window(genome, t, 0, span) for t, span in zip(transcripts, spans, strict=True)]),
        labels=np.concatenate([splice_labels(transcript) for transcript in transcripts]),
        upstream=np.stack([window(genome, transcript, -flank, 0) for transcript in transcripts]),
        downstream=np.stack(
            [window(genome, t, span, span + flank) for t, span in zip(transcripts, spans, strict=True)]
        ),
    )
    check_gene_set(genes)
    return genes
