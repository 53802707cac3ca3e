"""Join all scores of the variants, and write them into one table and an annotated VCF."""

from cisgrammar.script import optional_path, run


def main(snakemake):
    from cisgrammar.signal.store import open_genome
    from cisgrammar.tables.contracts.variants import QQ, SIGNS
    from cisgrammar.tables.io import rows_of
    from cisgrammar.variants import collect
    from cisgrammar.variants.near import Genes
    from cisgrammar.variants.signs import sign_table
    from cisgrammar.variants.vcf import annotate

    given, out, params = snakemake.input, snakemake.output, snakemake.params
    genome = open_genome(given.genome)
    sources = collect.Sources(
        dict(zip(params.sources, given.profile, strict=True)),
        dict(zip(params.factors, given.binding, strict=True)),
        optional_path(given.splice),
    )
    genes = Genes.read(path, genome) if (path := optional_path(given.genes)) else None
    columns = collect.columns_of(sources)
    collect.write_scores(out.scores, columns, collect.joined(given.variants, sources, genes, params.nearest))
    annotate(out.vcf, out.index, given.source, out.scores, genome)
    QQ.write(out.qq, collect.quantiles(sources))
    SIGNS.write_rows(out.signs, sign_table(rows_of(out.scores)))


run(snakemake, main)
