"""Bring the numbers of a sample's folds together."""

import json
from pathlib import Path

from cisgrammar.files.atomic import atomic_path, write_table
from cisgrammar.profile.evaluate.fold_average import average_gates, average_summaries, pool_regions
from cisgrammar.script import run
from cisgrammar.tables.io import read_table


def main(snakemake):
    folds = snakemake.params.folds
    regions = dict(zip(folds, map(read_table, snakemake.input.per_region), strict=True))
    summaries = dict(zip(folds, map(read_table, snakemake.input.summaries), strict=True))
    gates = {f: json.loads(Path(p).read_text()) for f, p in zip(folds, snakemake.input.gates, strict=True)}
    write_table(snakemake.output.per_region, pool_regions(regions))
    write_table(snakemake.output.summary, average_summaries(summaries))
    with atomic_path(snakemake.output.gates) as path:
        path.write_text(json.dumps(average_gates(gates), indent=1) + "\n")


run(snakemake, main)
