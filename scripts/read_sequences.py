"""Read the sequences that a set predicts into a store of their own."""

from cisgrammar.script import run


def main(snakemake):
    from cisgrammar.sequence.fasta import read_fasta
    from cisgrammar.signal.store import write_genome

    write_genome(snakemake.output.sequences, read_fasta(snakemake.input.fasta))


run(snakemake, main)
