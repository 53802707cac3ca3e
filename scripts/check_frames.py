"""Check whether a splice model knows of reading frames, beside two oracles that do and do not."""

from cisgrammar.atomic import write_json, write_table
from cisgrammar.script import run, set_threads
from cisgrammar.splice_section import Checks


def main(snakemake):
    set_threads(snakemake.threads)
    from cisgrammar.splice.calibration_tables import read_thresholds
    from cisgrammar.splice.exon_table import read_exon_table
    from cisgrammar.splice.frame_checks import run_checks
    from cisgrammar.splice.frame_gates import frame_gates
    from cisgrammar.splice.gene_store import read_gene_set
    from cisgrammar.splice.io import load_models

    given, params, out = snakemake.input, snakemake.params, snakemake.output
    genes, exons = read_gene_set(given.genes), read_exon_table(given.exons)
    model = load_models(given.models, params.device, read_thresholds(given.calibration))
    found = run_checks(model, genes, exons, Checks.model_validate(params.checks), params.seed)
    for name, table in found.tables.items():
        write_table(out[name], table)
    write_table(out.summary, found.summary)
    write_table(out.controls, found.controls)
    write_json(out.gates, frame_gates(found))


run(snakemake, main)
