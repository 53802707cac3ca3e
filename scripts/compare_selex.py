"""Put the truth of a simulated SELEX experiment beside what was estimated."""

from cisgrammar.files.atomic import write_table
from cisgrammar.script import run
from cisgrammar.simulate.selex_truth import compare_truth, read_truth
from cisgrammar.tables.io import read_table


def main(snakemake):
    given = snakemake.input
    tables = (read_table(given[name]) for name in ("matrix", "spacing", "position_bias", "parameters"))
    write_table(snakemake.output.table, compare_truth(read_truth(given.truth), *tables))


run(snakemake, main)
