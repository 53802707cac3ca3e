"""Bring the numbers of a sample's folds together."""

from cisgrammar.script import run


def main(snakemake):
    from cisgrammar.gates import read_gates, write_gates
    from cisgrammar.profile.evaluate.fold_average import average_gates, average_summaries, pool_regions
    from cisgrammar.tables.contracts import profile

    folds = snakemake.params.folds
    regions = dict(zip(folds, map(profile.PER_REGION.read, snakemake.input.per_region), strict=True))
    summaries = dict(zip(folds, map(profile.SUMMARY.read, snakemake.input.summaries), strict=True))
    gates = dict(zip(folds, map(read_gates, snakemake.input.gates), strict=True))
    profile.PER_REGION.write(snakemake.output.per_region, pool_regions(regions))
    profile.FOLD_SUMMARY.write(snakemake.output.summary, average_summaries(summaries))
    write_gates(snakemake.output.gates, average_gates(gates))


run(snakemake, main)
