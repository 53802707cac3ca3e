"""Put the sites that a simulation planted beside those that ablation found necessary."""

from cisgrammar.atomic import write_table
from cisgrammar.script import run
from cisgrammar.simulate.ablation_recovery import recovered_sites
from cisgrammar.tables import read_table


def main(snakemake):
    sites, truth = read_table(snakemake.input.sites), read_table(snakemake.input.truth)
    write_table(snakemake.output.table, recovered_sites(sites, truth, snakemake.params.significance))


run(snakemake, main)
