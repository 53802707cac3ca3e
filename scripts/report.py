"""Write the one page that holds the run's gates and figures."""

import json
from pathlib import Path

from cisgrammar.files.atomic import atomic_path
from cisgrammar.report.page import Figure, Remark, build_page
from cisgrammar.report.remarks import bias_remark, transformation_remark
from cisgrammar.script import run
from cisgrammar.tables.io import read_table


def read_json(path):
    return json.loads(Path(path).read_text())


def first_model(table):
    """Rows of the first model and head of a motif table."""
    if not len(table):
        return []
    first = table.iloc[0]
    return table[(table["model"] == first["model"]) & (table["head"] == first["head"])].to_dict("records")


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
    motifs = [
        {"sample": sample, "fold": fold, **row}
        for (sample, fold), path in zip(snakemake.params.motif_places, snakemake.input.motifs, strict=True)
        for row in first_model(read_table(path))
    ]
    config = json.dumps(snakemake.params.config, indent=2)
    with atomic_path(snakemake.output.report) as path:
        path.write_text(build_page("cisgrammar", gates, figures, config, remarks, motifs))


run(snakemake, main)
