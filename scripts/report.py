"""Write the one page that holds the run's gates and figures."""

import json
from pathlib import Path

from cisgrammar.atomic import atomic_path
from cisgrammar.figures.remarks import bias_remark, transformation_remark
from cisgrammar.figures.report_page import Figure, Remark, build_page
from cisgrammar.script import run


def read_json(path):
    return json.loads(Path(path).read_text())


def main(snakemake):
    figures = [
        Figure(f["stage"], f"{f['place']}: {f['title']}".removeprefix(": "), Path(f["file"]), f["caption"])
        for f in snakemake.params.figures
    ]
    gates = read_json(snakemake.input.summary)
    places = [f"{sample} {fold}" for sample, fold in snakemake.params.places]
    remarks = [
        Remark("bias", bias_remark(*pair))
        for pair in zip(places, map(read_json, snakemake.input.verdicts), strict=bool(snakemake.input.verdicts))
    ]
    remarks += [
        Remark("transformation", transformation_remark(*pair))
        for pair in zip(places, map(read_json, snakemake.input.fits), strict=bool(snakemake.input.fits))
    ]
    config = json.dumps(snakemake.params.config, indent=2)
    with atomic_path(snakemake.output.report) as path:
        path.write_text(build_page("cisgrammar", gates, figures, config, remarks))


run(snakemake, main)
