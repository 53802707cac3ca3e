"""Count the reads of a SELEX library: its variable regions by round."""

from cisgrammar.script import run


def main(snakemake):
    from cisgrammar.binding.reads.count_library import count_library
    from cisgrammar.binding.reads.count_table import write_count_table
    from cisgrammar.config.selex_sheet import SelexLibrary
    from cisgrammar.files.atomic import write_json

    library = SelexLibrary.model_validate(snakemake.params.library)
    table, stats = count_library(library, list(snakemake.input.reads))
    write_count_table(snakemake.output.counts, table)
    write_json(snakemake.output.stats, stats)


run(snakemake, main)
