"""Split a file of fragments by groups of barcodes."""

from pathlib import Path

from cisgrammar.script import run


def main(snakemake):
    from cisgrammar.config.read.barcodes import read_barcodes
    from cisgrammar.signal.cells.split import split_fragments

    groups, wanted = read_barcodes(str(snakemake.input.barcodes)), snakemake.params.groups
    split_fragments(str(snakemake.input.fragments), groups, wanted, Path(snakemake.output.groups))


run(snakemake, main)
