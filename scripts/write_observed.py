"""Write a sample's observed, shifted 5' ends as bigWigs."""

from pathlib import Path

from cisgrammar.script import run


def main(snakemake):
    from cisgrammar.browser.observed import write_observed
    from cisgrammar.signal.store import open_genome, open_signal

    genome, signal = open_genome(snakemake.input.genome), open_signal(str(snakemake.input.signal))
    write_observed(Path(snakemake.output.tracks), genome, signal)


run(snakemake, main)
