"""Predict splice sites of genes, regions and sequences: a table of sites, and tracks of probabilities."""

from cisgrammar.script import run


def main(snakemake):
    from cisgrammar.config.splice import SpliceCalibration, SplicePredict
    from cisgrammar.sequence.fasta import read_fasta
    from cisgrammar.splice.calibration.tables import read_temperature, read_thresholds
    from cisgrammar.splice.genes.gene_set import read_gene_set
    from cisgrammar.splice.models.saved import load_models
    from cisgrammar.splice.predict import Tiling
    from cisgrammar.splice.sites.predict_sets import predict_sets, sets_of, write_sets

    given, out = snakemake.input, snakemake.output
    asked = SplicePredict.model_validate(snakemake.params.predict)
    settings = SpliceCalibration.model_validate(snakemake.params.calibration)
    model = load_models(given.models, settings.device, read_thresholds(given.calibration))
    batch = settings.batch_size * (settings.tile + model.model_cl)
    sets = sets_of(asked, read_gene_set(given.genes), read_fasta(given.fasta))
    tiling = Tiling(settings.tile, batch, settings.precision)
    found = predict_sets(model, sets, asked.least, read_temperature(given.calibration), tiling)
    write_sets(found, out.sites, out.tracks)


run(snakemake, main)
