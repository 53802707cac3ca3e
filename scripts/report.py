"""Write the one page that holds the run's gates and figures."""

import json
from pathlib import Path

from cisgrammar.atomic import atomic_path
from cisgrammar.figures.report_page import Figure, build_page
from cisgrammar.script import run


def main(snakemake):
    given = zip(snakemake.input.figures, snakemake.params.figures, strict=True)
    figures = [
        Figure(f["stage"], f"{f['sample']} {f['fold']}: {f['title']}", Path(path), f["caption"]) for path, f in given
    ]
    gates = json.loads(Path(snakemake.input.summary).read_text())
    config = json.dumps(snakemake.params.config, indent=2)
    with atomic_path(snakemake.output.report) as path:
        path.write_text(build_page("cisgrammar", gates, figures, config))


run(snakemake, main)
