"""Bring all gates of a run into one file, in the order of the stages."""

import json
from pathlib import Path

from cisgrammar.profile.evaluate.gates import bias_gate, read_summary, write_summary
from cisgrammar.script import run


def main(snakemake):
    places, verdicts = snakemake.params.places, snakemake.input.verdicts
    judged = zip(places, map(Path, verdicts), strict=True)
    gates = [bias_gate(*place, json.loads(path.read_text())) for place, path in judged]
    gates += [gate for path in snakemake.input.gates for gate in read_summary(path)]
    write_summary(snakemake.output.summary, gates)


run(snakemake, main)
