"""The genes that travel with the package: a few of the fly, to try the calibration of a model on."""

from __future__ import annotations

from pathlib import Path

from cisgrammar.sequence.fasta import read_fasta
from cisgrammar.splice.genes.build import cut_genes
from cisgrammar.splice.genes.gene_set import GeneSet
from cisgrammar.splice.genes.gene_table import read_gene_table

FOLDER = Path(__file__).parent / "fly_genes"
"""Sequences, exons, their source and their licence."""


def validation_genes() -> GeneSet:
    """The 99 genes of `FOLDER`, 373 kb with 306 acceptors and 306 donors, without flanks, all of split `validation`."""
    transcripts = read_gene_table(FOLDER / "genes.tsv")
    return cut_genes(read_fasta(FOLDER / "genes.fa.gz"), transcripts, ["validation"] * len(transcripts))
