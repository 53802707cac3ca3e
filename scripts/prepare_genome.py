"""Read the genome FASTA into the store."""

from cisgrammar.script import run
from cisgrammar.sequence.fasta import read_fasta
from cisgrammar.signal.store import write_genome


def main(snakemake):
    write_genome(snakemake.output.genome, read_fasta(snakemake.input.fasta))


run(snakemake, main)
