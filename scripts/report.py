"""Write the one page that holds the run's gates and figures."""

import json
from pathlib import Path

from cisgrammar.script import run


def read_json(path):
    return json.loads(Path(path).read_text())


def main(snakemake):
    from cisgrammar.files.atomic import atomic_path
    from cisgrammar.provenance.stage import check_stages
    from cisgrammar.report.page import Figure, build_page, motif_rows
    from cisgrammar.report.remarks import remarks_of
    from cisgrammar.tables.contracts import ablation, discover

    given, params = snakemake.input, snakemake.params
    check_stages(given.stages, params.stages)
    figures = [
        Figure(f["stage"], f"{f['place']}: {f['title']}".removeprefix(": "), Path(f["file"]), f["caption"])
        for f in params.figures
    ]
    places = [f"{sample} {fold}" for sample, fold in params.places]
    written = (given.windows, given.verdicts, given.fits, given.reads)
    remarks = remarks_of(places, *(map(read_json, paths) for paths in written))
    motifs = motif_rows(params.motif_places, map(ablation.MOTIFS.read, given.motifs))
    tables = zip(params.discovered_samples, map(discover.MOTIFS.read, given.discovered), strict=True)
    discovered = [{**row, "sample": sample} for sample, table in tables for row in table.to_dict("records")]
    config = json.dumps(params.config, indent=2)
    page = build_page("cisgrammar", read_json(given.summary), figures, config, remarks, motifs, discovered)
    with atomic_path(snakemake.output.report) as path:
        path.write_text(page, encoding="utf-8")


run(snakemake, main)
