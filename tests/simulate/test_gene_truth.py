"""Files of simulated genes: FASTA, GTF and the table of planted motifs."""

import numpy as np
import pandas as pd
import pytest

from cisgrammar.config.splice import SimulateGenes
from cisgrammar.sequence.alphabet import decode
from cisgrammar.sequence.annotation import read_annotation
from cisgrammar.sequence.fasta import read_fasta
from cisgrammar.simulate.gene_truth import write_gene_fasta, write_gtf, write_splice_sites
from cisgrammar.simulate.genes import simulate_genes

SETTINGS = SimulateGenes(chromosomes=3, genes_per_chromosome=12, seed=3)


@pytest.fixture(scope="module")
def simulated():
    return simulate_genes(SETTINGS)


def test_what_is_written_is_read_back(tmp_path, simulated):
    write_gene_fasta(tmp_path / "a.fa", simulated)
    write_gtf(tmp_path / "a.gtf", simulated.transcripts)
    genome = read_fasta(tmp_path / "a.fa")
    for name, codes in simulated.chromosomes.items():
        assert np.array_equal(genome.chromosome(name), codes)
    found = read_annotation(tmp_path / "a.gtf")
    for ours, theirs in zip(found, simulated.transcripts, strict=True):
        for name in ("id", "gene", "chrom", "strand", "exons", "coding", "frame", "tags", "biotype"):
            assert getattr(ours, name) == getattr(theirs, name), name


def test_the_truth_table_points_at_the_chromosomes(tmp_path, simulated):
    write_splice_sites(tmp_path / "sites.tsv", simulated)
    table = pd.read_csv(tmp_path / "sites.tsv", sep="\t")
    donors = table[(table.kind == "donor")]
    for row in donors.itertuples():
        codes = simulated.chromosomes[row.chrom]
        found = (
            codes[row.position + 1 : row.position + 3] if row.strand == "+" else codes[row.position - 2 : row.position]
        )
        assert decode(found) == ("GT" if row.strand == "+" else "AC")
    assert set(table[table.frame_dependent == 1].role) == {"poison"}
