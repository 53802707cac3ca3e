"""Write the one page that holds the run's gates and figures."""

import json
from pathlib import Path

from cisgrammar.script import run


def read_json(path):
    return json.loads(Path(path).read_text())


def main(snakemake):
    from cisgrammar.files.atomic import atomic_path
    from cisgrammar.provenance.stage import check_stages
    from cisgrammar.report.data import DataSection, reads_table, windows_table
    from cisgrammar.report.diagnosis import first_cause, trainings_of
    from cisgrammar.report.discovered import discovered_rows
    from cisgrammar.report.page import Figure, build_page, motif_rows
    from cisgrammar.report.remarks import remarks_of
    from cisgrammar.tables.contracts import ablation, discover, profile

    given, params = snakemake.input, snakemake.params
    check_stages(given.stages, params.stages)
    figures = [
        Figure(f["stage"], f"{f['place']}: {f['title']}".removeprefix(": "), Path(f["file"]), f["caption"])
        for f in params.figures
    ]
    places, of_bias = ([f"{name} {fold}" for name, fold in found] for found in (params.places, params.bias_places))
    summary, windows, reads = read_json(given.summary), [*map(read_json, given.windows)], [*map(read_json, given.reads)]
    given_bias = map(read_json, given.verdicts), map(read_json, given.fits)
    remarks = remarks_of(places, windows, *given_bias, reads, params.corrected, of_bias)
    trainings = trainings_of(places, map(profile.HISTORY.read, given.histories))
    cause = first_cause(summary, reads, places, windows, trainings)
    data = DataSection(reads_table(reads), windows_table(params.places, windows), cause)
    motifs = motif_rows(params.motif_places, map(ablation.MOTIFS.read, given.motifs))
    of_motifs = map(discover.MOTIFS.read, given.discovered), map(discover.LOGOS.read, given.logos)
    discovered = discovered_rows(params.discovered_samples, *of_motifs)
    config = json.dumps(params.config, indent=2)
    title = f"cisgrammar: {params.config['results']}"
    page = build_page(title, summary, figures, config, remarks, motifs, data, discovered)
    with atomic_path(snakemake.output.report) as path:
        path.write_text(page, encoding="utf-8")


run(snakemake, main)
