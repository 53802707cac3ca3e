"""Score variants with a splice model, in every gene that they touch."""

from cisgrammar.script import optional_path, run


def main(snakemake):
    from cisgrammar.signal.store import open_genome
    from cisgrammar.splice.calibration.tables import read_thresholds
    from cisgrammar.splice.models.saved import load_models
    from cisgrammar.variants.splice import Settings, read_splice_genes
    from cisgrammar.variants.splice_table import write_splice_scores

    given, params = snakemake.input, snakemake.params.splice
    genome, calibration = open_genome(given.genome), optional_path(given.calibration)
    thresholds = read_thresholds(calibration) if calibration else None
    model = load_models(given.models, params["device"], thresholds)
    settings = Settings(params["distance"], params["mask"], params["batch_size"])
    genes = read_splice_genes(given.genes, genome)
    write_splice_scores(snakemake.output.scores, given.variants, genome, genes, model, settings)


run(snakemake, main)
