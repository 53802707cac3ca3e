"""Merge the motifs of all samples into one set."""

from cisgrammar.script import run


def main(snakemake):
    from cisgrammar.discover.merge import members_of, merge_motifs
    from cisgrammar.discover.pattern_files import read_patterns
    from cisgrammar.motifs.formats import read_motif_files, write_meme
    from cisgrammar.tables.contracts.discover import MERGED, MOTIFS

    given, params = snakemake.input, snakemake.params
    members = []
    for sample, patterns, motifs in zip(params.samples, given.patterns, given.motifs, strict=True):
        members += members_of(sample, read_patterns(patterns), MOTIFS.read(motifs))
    table, motifs = merge_motifs(members, params.samples, read_motif_files(given.known), params.match_q)
    MERGED.write(snakemake.output.motifs, table)
    write_meme(snakemake.output.meme, motifs)


run(snakemake, main)
