"""Say how far the models of a sample's folds agree on the effect of each motif."""

from cisgrammar.script import run


def main(snakemake):
    from cisgrammar.ablation.tables.fold_agreement import fold_agreement
    from cisgrammar.tables.contracts import ablation

    tables = dict(zip(snakemake.params.folds, map(ablation.SITE_EFFECTS.read, snakemake.input.sites), strict=True))
    ablation.FOLD_AGREEMENT.write(snakemake.output.table, fold_agreement(tables))


run(snakemake, main)
