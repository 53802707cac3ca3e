"""Put the truth of a simulated SELEX experiment beside what was estimated."""

from cisgrammar.script import run


def main(snakemake):
    from cisgrammar.simulate.selex_truth import compare_truth, read_truth
    from cisgrammar.tables.contracts import binding, simulate

    given = snakemake.input
    found = compare_truth(
        read_truth(given.truth[0]),
        binding.MATRIX.read(given.matrix),
        binding.SPACING.read(given.spacing),
        binding.POSITION_BIAS.read(given.position_bias),
        binding.PARAMETERS.read(given.parameters),
    )
    simulate.RECOVERED_BINDING.write(snakemake.output.table, found)


run(snakemake, main)
