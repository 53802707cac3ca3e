"""Draw the figures of one place from the files of a run, each as picture beside the table that it shows."""

from pathlib import Path

from cisgrammar.script import run


def main(snakemake):
    from cisgrammar.config.figures import Figures
    from cisgrammar.figures.draw import check_font, draw, draw_own, write_drawn
    from cisgrammar.files.progress import counted

    look = Figures.model_validate(snakemake.params.look)
    check_font(look.font)
    tables = {}
    for name, path in snakemake.input.items():
        figure, table = name.split("__")
        tables.setdefault(figure, {})[table] = path
    folder = Path(snakemake.output[0])
    folder.mkdir(parents=True, exist_ok=True)
    for figure, files in counted(tables.items(), "draw on cpu", "figures"):
        script = files.pop("script", None)
        drawn = draw_own(script, files) if script else draw(figure, files)
        write_drawn(drawn, folder / figure, look)


run(snakemake, main)
