"""Put the strength of simulated splice sites and decoys beside what the model says of them."""

from cisgrammar.script import run, set_threads


def main(snakemake):
    set_threads(snakemake.threads)
    from cisgrammar.files.atomic import write_table
    from cisgrammar.simulate.splice_recovery import recovered_splice_sites
    from cisgrammar.splice.genes.gene_set import read_gene_set
    from cisgrammar.splice.models.saved import load_models
    from cisgrammar.tables.io import read_table

    given = snakemake.input
    thresholds = read_table(given.thresholds, ["channel", "threshold"]).set_index("channel").threshold
    model = load_models(given.models, "cpu").with_thresholds(thresholds[["acceptor", "donor"]].to_numpy())
    genes = read_gene_set(given.genes).subset("test")
    write_table(snakemake.output.table, recovered_splice_sites(model, genes, read_table(given.truth)))


run(snakemake, main)
