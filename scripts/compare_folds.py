"""Say how far the models of a sample's folds agree on what each motif is worth."""

from cisgrammar.ablation.tables.fold_agreement import fold_agreement
from cisgrammar.files.atomic import write_table
from cisgrammar.script import run
from cisgrammar.tables.io import read_table


def main(snakemake):
    tables = dict(zip(snakemake.params.folds, map(read_table, snakemake.input.sites), strict=True))
    write_table(snakemake.output.table, fold_agreement(tables))


run(snakemake, main)
