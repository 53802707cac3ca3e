"""Check whether a splice model depends on reading frames, beside two oracles that do and do not."""

from cisgrammar.script import run


def main(snakemake):
    from cisgrammar.config.splice import Checks
    from cisgrammar.gates import write_gates
    from cisgrammar.splice.calibration.tables import read_thresholds
    from cisgrammar.splice.frames.checks import run_checks
    from cisgrammar.splice.frames.gates import frame_gates
    from cisgrammar.splice.genes.exon_table import read_exon_table
    from cisgrammar.splice.genes.gene_set import read_gene_set
    from cisgrammar.splice.models.saved import load_models
    from cisgrammar.tables.contracts import splice

    given, params, out = snakemake.input, snakemake.params, snakemake.output
    genes, exons = read_gene_set(given.genes), read_exon_table(given.exons)
    model = load_models(given.models, params.device, read_thresholds(given.calibration))
    found = run_checks(model, genes, exons, Checks.model_validate(params.checks), params.seed)
    for name, table in found.tables.items():
        splice.FRAME_TABLES[name].write(out[name], table)
    splice.FRAME_SUMMARY.write(out.summary, found.summary)
    splice.FRAME_CONTROLS.write(out.controls, found.controls)
    write_gates(out.gates, frame_gates(found))


run(snakemake, main)
