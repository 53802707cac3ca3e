"""The config's sections of the splice stage (genes, model, training, calibration, checks) and of its simulation."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from cisgrammar.config.fields import Fraction, NonNegative, PathStr, Positive, Section, Seed
from cisgrammar.config.training import Training

Check = Literal["codon_replacement", "deletion", "adjacent_deletions", "poison_exons", "phase_handedness", "minigene"]
Split = Literal["train", "validation", "test"]
Share = Annotated[float, Field(gt=0, le=1)]
FRAME_TABLES: dict[Check, str] = {
    "codon_replacement": "codons",
    "deletion": "deletions",
    "adjacent_deletions": "adjacent_deletions",
    "poison_exons": "poison_exons",
    "phase_handedness": "handedness",
    "minigene": "minigenes",
}
"""Frame check -> name of its table."""


class Genes(Section):
    """Which genes there are, one transcript each, and which of them train, validate and test."""

    fasta: PathStr | None = Field(None, description="genome FASTA; default: genome.fasta")
    annotation: PathStr | None = Field(None, description="GTF, GFF3, BED12, genePred or refFlat, plain or compressed")
    table: PathStr | None = Field(
        None,
        description="instead of `annotation`: a table of SpliceAI (canonical_dataset.txt, or grch38.txt with header)",
    )
    chromosomes: tuple[str, ...] = Field((), description="chromosomes to use; empty: all that the annotation names")
    exclude: tuple[str, ...] = Field((), description="ids of genes or transcripts to leave out, faulty ones too")
    biotypes: tuple[str, ...] = Field(
        ("protein_coding", "mRNA"), description="biotypes to use, where the annotation has any; empty: all"
    )
    canonical_tags: tuple[str, ...] = Field(
        ("MANE_Select", "Ensembl_canonical", "appris_principal"),
        description="tags of the transcript to use, best first; without: longest CDS, then most exonic bases, then id",
    )
    coding: Literal["annotated", "longest_orf"] = Field(
        "annotated", description="reading frames: CDS rows, or the longest ORF of each transcript (GTF without CDS)"
    )
    min_orf: Annotated[int, Field(ge=3)] = Field(300, description="bp, shortest reading frame that `longest_orf` takes")
    min_intron: Annotated[int, Field(ge=1)] = Field(
        25, description="bp; transcripts with a shorter intron are left out"
    )
    min_canonical: Fraction = Field(
        0.8, description="smallest share of GT-AG and GC-AG introns; below it the FASTA is taken to be another assembly"
    )
    test: tuple[str, ...] = Field(min_length=1, description="chromosomes, or chrom:start-end, held out for test")
    validation: tuple[str, ...] = Field(min_length=1, description="the same, for early stopping and thresholds")
    flank: Annotated[int, Field(ge=0)] = Field(
        0, description="bp of genome kept on each side of a gene; 0: N outside of genes, as SpliceAI is trained"
    )
    paralogues: Literal["keep", "drop"] = Field(
        "drop", description="held-out genes that resemble a training gene: keep them, or leave them out"
    )
    paralogue_kmer: Annotated[int, Field(ge=8, le=31)] = Field(20, description="bp, length of the k-mers compared")
    paralogue_share: Share = Field(
        0.05, description="a held-out gene with more than this share of its exonic k-mers in training genes is left out"
    )

    @model_validator(mode="after")
    def _one_source(self) -> Genes:
        if (self.annotation is None) == (self.table is None):
            raise ValueError("give exactly one of `annotation` (GTF, GFF3) and `table` (SpliceAI's)")
        both = sorted(set(self.test) & set(self.validation))
        if both:
            raise ValueError(f"{both} in both test and validation; a gene may be in one only")
        return self


class SpliceModel(Section):
    """The network: one that is trained here, or weights that are given."""

    context: Literal[80, 400, 2000, 10000] = Field(
        400, description="bases that SpliceAI sees, half of them on each side"
    )
    weights: tuple[PathStr, ...] = Field(
        (),
        description="instead of training: SpliceAI's Keras .h5, OpenSpliceAI's .pt or this project's model files; "
        "several are averaged as probabilities; their context is their own",
    )


class SpliceTraining(Training):
    """The training of a splice model on blocks of genes, each read on its own strand."""

    epochs: Annotated[int, Field(ge=1)] = Field(10, description="most epochs")
    batch_size: Annotated[int, Field(ge=1)] = Field(12, description="blocks per step")
    learning_rate: Positive = Field(1e-3, description="Adam's step size at the start")
    block: Annotated[int, Field(ge=100)] = Field(5000, description="bp that a block predicts")


class SpliceCalibration(Section):
    """Thresholds on validation genes, accuracy on test genes, and how sure both are."""

    tile: Annotated[int, Field(ge=100)] = Field(10_000, description="bp predicted at a time, however long a gene is")
    batch_size: Annotated[int, Field(ge=1)] = Field(8, description="tiles at a time")
    bootstrap: Annotated[int, Field(ge=0)] = Field(1000, description="draws of genes for the intervals; 0 for none")
    confidence: Annotated[float, Field(gt=0, lt=1)] = Field(0.95, description="of the intervals")
    precision: Literal["fp32", "bf16"] = Field("fp32", description="arithmetic of the convolutions")
    device: Literal["cpu", "cuda"] = Field("cpu", description="where to predict; an absent GPU is an error")


class Checks(Section):
    """The frame alignment checks."""

    which: tuple[Check, ...] = Field(
        ("codon_replacement", "deletion", "adjacent_deletions", "poison_exons", "phase_handedness"),
        description="checks to make",
    )
    limit: Annotated[int, Field(ge=1)] | None = Field(None, description="exons per check, at most; drawn; null for all")
    min_exon: Annotated[int, Field(ge=1)] = Field(100, description="bp, shortest exon that is changed")
    distance: Annotated[int, Field(ge=4)] = Field(40, description="bp between a splice site and a change in the exon")
    most_deleted: Annotated[int, Field(ge=1)] = Field(9, description="bp, longest deletion")
    max_intron: Annotated[int, Field(ge=1)] = Field(
        1000, description="bp, longest intron between the two exons of an adjacent deletion"
    )
    bootstrap: Annotated[int, Field(ge=0)] = Field(1000, description="draws of genes for the intervals; 0 for none")
    confidence: Annotated[float, Field(gt=0, lt=1)] = Field(0.95, description="of the intervals")
    inclusion: PathStr | None = Field(
        None,
        description="TSV of exons with measured inclusion (gene_id, start, end, inclusion), for the poison exon check; "
        "default: the gene set's exons, without a comparison at like inclusion",
    )
    variants: PathStr | None = Field(
        None,
        description="TSV of measured variants, for the minigene check (gene_id, start, end, sequence, exon_start, "
        "exon_end, measured)",
    )

    @model_validator(mode="after")
    def _checks_fit(self) -> Checks:
        if 2 * (self.distance + self.most_deleted) > self.min_exon:
            need = 2 * (self.distance + self.most_deleted)
            raise ValueError(
                f"min_exon: {self.min_exon} bp leave no room for deletions of {self.most_deleted} bp {self.distance} "
                f"bp from both ends; use at least {need}, or a smaller distance"
            )
        if "minigene" in self.which and self.variants is None:
            raise ValueError("the minigene check needs `variants`; give the table, or take minigene out of `which`")
        return self


class SplicePredict(Section):
    """What sites and tracks are predicted for: genes of the set, regions of the genome, sequences of one's own."""

    splits: tuple[Split, ...] = Field(
        ("test",), description="splits of the gene set whose genes are predicted; empty for none"
    )
    regions: PathStr | None = Field(
        None,
        description="BED of regions of the genome, with the genome around them; on their strand, on both without one",
    )
    fasta: PathStr | None = Field(None, description="FASTA of other sequences, with N around them")
    fasta_strands: Literal["forward", "both"] = Field("forward", description="strands of those sequences to predict")
    least: Share = Field(0.001, description="smallest probability that a track holds")

    @model_validator(mode="after")
    def _anything(self) -> SplicePredict:
        if not self.splits and self.regions is None and self.fasta is None:
            raise ValueError("nothing to predict; give splits, regions or fasta")
        return self


class Splice(Section):
    """Splice sites: gene set, model, calibration, frame checks, predictions."""

    genes: Genes
    model: SpliceModel = SpliceModel()
    training: SpliceTraining = SpliceTraining()
    calibration: SpliceCalibration = SpliceCalibration()
    checks: Checks | None = Field(Checks(), description="null for none")
    predict: SplicePredict | None = Field(
        None, description="table of sites and tracks of probabilities; `{}` for test genes"
    )


class SimulateGenes(Section):
    """Genes with known splice sites, decoys and reading frames."""

    chromosomes: Annotated[int, Field(ge=3)] = Field(6, description="number of chromosomes")
    genes_per_chromosome: Annotated[int, Field(ge=1)] = Field(80, description="genes on each chromosome")
    exons: tuple[Annotated[int, Field(ge=2)], Annotated[int, Field(ge=2)]] = Field(
        (3, 6), description="fewest and most exons of a gene"
    )
    exon_length: tuple[Annotated[int, Field(ge=40)], Annotated[int, Field(ge=40)]] = Field(
        (90, 180), description="bp, shortest and longest coding part of an exon"
    )
    intron_length: tuple[Annotated[int, Field(ge=60)], Annotated[int, Field(ge=60)]] = Field(
        (80, 240), description="bp, shortest and longest intron, or part of one beside a poison exon"
    )
    sharpness: Annotated[float, Field(ge=0.8, le=2)] = Field(
        1.0, description="exponent of the splice motifs' probabilities; larger is easier to learn"
    )
    decoys: NonNegative = Field(1.0, description="weak sites per intron, of either kind; at most what fits")
    broken_decoys: NonNegative = Field(
        0.0,
        description="strong motifs per intron that lack a letter of GT or AG; at most what fits. A network that sees "
        "none of them may still call a site that is broken",
    )
    poison: Fraction = Field(
        0.25,
        description="share of introns with a poison exon: sites as strong as true ones, stops in the reading frame",
    )
    phase_zero: Fraction = Field(0.8, description="share of introns put between codons; the rest fall anywhere")
    gc: Annotated[float, Field(ge=0.2, le=0.8)] = Field(0.45, description="GC content outside of motifs")
    variants: Annotated[int, Field(ge=0)] = Field(
        0,
        description="variants with known effects, on the last third of the chromosomes: at splice sites, in poison "
        "exons and decoys, and without an effect (results/simulate/genes/variants.vcf, truth_variants.tsv)",
    )
    seed: Seed = Field(1, description="seed of the simulation")

    @model_validator(mode="after")
    def _ordered(self) -> SimulateGenes:
        for name in ("exons", "exon_length", "intron_length"):
            fewest, most = getattr(self, name)
            if fewest > most:
                raise ValueError(f"{name}: {fewest} is above {most}; write the smaller one first")
        return self
