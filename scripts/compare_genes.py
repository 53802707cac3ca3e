"""Put the strength of simulated splice sites and decoys beside the model's log-odds."""

from cisgrammar.script import run


def main(snakemake):
    from cisgrammar.simulate.splice_recovery import recovered_splice_sites
    from cisgrammar.splice.genes.gene_set import read_gene_set
    from cisgrammar.splice.models.saved import load_models
    from cisgrammar.tables.contracts import simulate, splice

    given = snakemake.input
    thresholds = splice.THRESHOLDS.read(given.thresholds).set_index("channel").threshold
    model = load_models(given.models, "cpu").with_thresholds(thresholds[["acceptor", "donor"]].to_numpy())
    genes = read_gene_set(given.genes).subset("test")
    found = recovered_splice_sites(model, genes, simulate.PLANTED_SPLICE_SITES.read(given.truth))
    simulate.RECOVERED_SPLICE_SITES.write(snakemake.output.table, found)


run(snakemake, main)
