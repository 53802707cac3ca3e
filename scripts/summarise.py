"""Bring all gates of a run into one file, in the order of the stages."""

import json
from pathlib import Path

from cisgrammar.script import run


def main(snakemake):
    from cisgrammar.gates import read_gates, write_gates
    from cisgrammar.profile.evaluate.gates import verdict_gates
    from cisgrammar.provenance.stage import check_stages

    check_stages(snakemake.input.stages, snakemake.params.stages)
    places, verdicts = snakemake.params.places, snakemake.input.verdicts
    judged = [(place, json.loads(Path(path).read_text())) for place, path in zip(places, verdicts, strict=True)]
    gates = [gate for place, verdict in judged for gate in verdict_gates(*place, verdict)]
    gates += [gate for path in snakemake.input.gates for gate in read_gates(path)]
    write_gates(snakemake.output.summary, gates)


run(snakemake, main)
