"""Count the reads of a SELEX library: its variable regions by round."""

from cisgrammar.atomic import write_json
from cisgrammar.binding.count_library import count_library
from cisgrammar.binding.count_tables import write_count_table
from cisgrammar.script import run
from cisgrammar.selex_sheet import SelexLibrary


def main(snakemake):
    library = SelexLibrary.model_validate(snakemake.params.library)
    table, stats = count_library(library, list(snakemake.input.reads))
    write_count_table(snakemake.output.counts, table)
    write_json(snakemake.output.stats, stats)


run(snakemake, main)
