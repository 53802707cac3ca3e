"""Draw one figure from the files of a run, as PDF and PNG beside the table that it shows."""

from importlib import import_module

from cisgrammar.figures.style import write_figure
from cisgrammar.script import run


def main(snakemake):
    drawn = import_module(f"cisgrammar.figures.{snakemake.wildcards.figure}").draw(dict(snakemake.input.items()))
    write_figure(drawn, snakemake.output.pdf, snakemake.output.png, snakemake.output.table)


run(snakemake, main)
