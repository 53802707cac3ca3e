"""Put what simulated variants do beside their scores."""

from cisgrammar.script import run


def main(snakemake):
    from cisgrammar.gates import write_gates
    from cisgrammar.simulate.variants.recovery import recovered_variants, variant_gates
    from cisgrammar.tables.contracts.simulate import PLANTED_VARIANTS, RECOVERED_VARIANTS
    from cisgrammar.tables.contracts.variants import SCORES

    given, out = snakemake.input, snakemake.output
    table = recovered_variants(PLANTED_VARIANTS.read(given.truth), SCORES.read(given.scores))
    RECOVERED_VARIANTS.write(out.table, table)
    write_gates(out.gates, variant_gates(table, snakemake.params.draws))


run(snakemake, main)
