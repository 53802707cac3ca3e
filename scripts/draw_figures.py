"""Draw the figures of one place from the files of a run, each as PDF and PNG beside the table that it shows."""

from pathlib import Path

from cisgrammar.figures.draw import draw, write_drawn
from cisgrammar.script import run


def main(snakemake):
    tables = {}
    for name, path in snakemake.input.items():
        figure, table = name.split("__")
        tables.setdefault(figure, {})[table] = path
    folder = Path(snakemake.output[0])
    folder.mkdir(parents=True, exist_ok=True)
    for figure, files in tables.items():
        write_drawn(draw(figure, files), folder / figure)


run(snakemake, main)
