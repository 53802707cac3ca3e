"""Set thresholds and a temperature on validation genes, and measure them on test genes beside position weights."""

from cisgrammar.script import run


def main(snakemake):
    from cisgrammar.config.splice import SpliceCalibration
    from cisgrammar.files.atomic import write_json
    from cisgrammar.gates import write_gates
    from cisgrammar.splice.calibration import tables
    from cisgrammar.splice.calibration.calibrate import calibrate
    from cisgrammar.splice.genes.gene_set import read_gene_set
    from cisgrammar.splice.models.position_weights import fit_position_weights
    from cisgrammar.splice.models.saved import load_models
    from cisgrammar.splice.predict import Tiling
    from cisgrammar.statistics.bootstrap import Bootstrap
    from cisgrammar.tables.contracts import splice

    settings, out = SpliceCalibration.model_validate(snakemake.params.calibration), snakemake.output
    genes = read_gene_set(snakemake.input.genes)
    counted, validation, test = (genes.subset(split) for split in (genes.known_split, "validation", "test"))
    model = load_models(snakemake.input.models, settings.device)
    draws = Bootstrap(settings.bootstrap, snakemake.params.seed, settings.confidence)
    batch = settings.batch_size * (settings.tile + model.model_cl)
    found = calibrate(model, validation, test, draws, Tiling(settings.tile, batch, settings.precision))
    simple = calibrate(fit_position_weights(counted), validation, test, draws)
    both = {"model": found, "position_weights": simple}
    splice.THRESHOLDS.write(out.thresholds, tables.thresholds_table(found))
    splice.ACCURACY.write(out.accuracy, tables.accuracy_table(both))
    splice.PR.write(out.pr, tables.pr_table(both))
    splice.RELIABILITY.write(out.reliability, tables.reliability_table(found))
    write_gates(out.gates, tables.gates(found, simple, "", ""))
    write_json(out.calibration, tables.as_json(found, genes=genes.fingerprint(), models=list(snakemake.input.models)))


run(snakemake, main)
