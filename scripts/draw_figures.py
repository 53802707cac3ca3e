"""Draw the figures of one place from the files of a run, each as PDF and PNG beside the table that it shows."""

from importlib import import_module
from pathlib import Path

from cisgrammar.figures.style import write_figure
from cisgrammar.script import run


def main(snakemake):
    tables = {}
    for name, path in snakemake.input.items():
        figure, table = name.split("__")
        tables.setdefault(figure, {})[table] = path
    folder = Path(snakemake.output[0])
    folder.mkdir(parents=True, exist_ok=True)
    for figure, files in tables.items():
        drawn = import_module(f"cisgrammar.figures.{figure}").draw(files)
        write_figure(drawn, *(folder / f"{figure}.{kind}" for kind in ("pdf", "png", "tsv")))


run(snakemake, main)
