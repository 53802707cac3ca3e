"""Bring all gates of a run into one file, in the order of the stages."""

import json
from pathlib import Path

from cisgrammar.script import run


def main(snakemake):
    from cisgrammar.gates import read_gates, write_gates
    from cisgrammar.profile.evaluate.gates import bias_gate
    from cisgrammar.provenance.stage import check_stages

    check_stages(snakemake.input.stages, snakemake.params.stages)
    places, verdicts = snakemake.params.places, snakemake.input.verdicts
    judged = zip(places, map(Path, verdicts), strict=True)
    gates = [bias_gate(*place, json.loads(path.read_text())) for place, path in judged]
    gates += [gate for path in snakemake.input.gates for gate in read_gates(path)]
    write_gates(snakemake.output.summary, gates)


run(snakemake, main)
