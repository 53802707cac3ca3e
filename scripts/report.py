"""Write the page that holds the run's gates and figures, and one for each sample where there are many."""

import json
from pathlib import Path

from cisgrammar.script import run


def read_json(path):
    return json.loads(Path(path).read_text())


def main(snakemake):
    from cisgrammar import __version__
    from cisgrammar.manifest import package_versions
    from cisgrammar.provenance.stage import check_stages
    from cisgrammar.report.data import DataSection, reads_table, windows_table
    from cisgrammar.report.diagnosis import bias_trainings, first_cause, trainings_of
    from cisgrammar.report.discovered import discovered_rows
    from cisgrammar.report.methods import methods
    from cisgrammar.report.page import Content, motif_rows
    from cisgrammar.report.pages import write_report
    from cisgrammar.report.pictures import figures_of
    from cisgrammar.report.remarks import remarks_of
    from cisgrammar.tables.contracts import ablation, discover, profile

    given, params = snakemake.input, snakemake.params
    check_stages(given.stages, params.stages)
    places, of_bias = ([f"{name} {fold}" for name, fold in found] for found in (params.places, params.bias_places))
    summary, windows, reads = read_json(given.summary), [*map(read_json, given.windows)], [*map(read_json, given.reads)]
    given_bias = [*map(read_json, given.verdicts)], [*map(read_json, given.fits)]
    trainings = trainings_of(places, map(profile.HISTORY.read, given.histories))
    cause = first_cause(summary, reads, places, windows, trainings, bias_trainings(of_bias, given_bias[0]))
    samples, folds = (len({place[number] for place in params.places}) for number in (0, 1))
    of_motifs = map(discover.MOTIFS.read, given.discovered), map(discover.LOGOS.read, given.logos)
    content = Content(
        f"cisgrammar: {params.config['results']}",
        summary,
        figures_of(params.figures),
        json.dumps(params.config, indent=2),
        remarks_of(places, windows, *given_bias, reads, params.corrected, of_bias),
        motif_rows(params.motif_places, map(ablation.MOTIFS.read, given.motifs)),
        DataSection(reads_table(reads), windows_table(params.places, windows), cause),
        discovered_rows(params.discovered_samples, *of_motifs),
        methods=methods(params.config, __version__, package_versions(), samples, folds),
    )
    write_report(Path(snakemake.output.report), content, snakemake.output.pages if params.apart else None)


run(snakemake, main)
