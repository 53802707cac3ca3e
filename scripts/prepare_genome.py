"""Read the genome FASTA into the store."""

from cisgrammar.script import run


def main(snakemake):
    from cisgrammar.sequence.fasta import read_fasta
    from cisgrammar.signal.store import write_genome

    write_genome(snakemake.output.genome, read_fasta(snakemake.input.fasta))


run(snakemake, main)
