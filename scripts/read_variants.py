"""Read a file of variants and check each against the genome."""

from cisgrammar.script import run


def main(snakemake):
    import logging

    from cisgrammar.signal.store import open_genome
    from cisgrammar.variants.table import write_variants

    given, settings = snakemake.input, snakemake.params.variants
    genome = open_genome(given.genome)
    checker = write_variants(snakemake.output.variants, given.variants, settings["layout"], genome, settings["longest"])
    for line in checker.lines():
        logging.getLogger(__name__).info("%s: %s", given.variants, line)


run(snakemake, main)
