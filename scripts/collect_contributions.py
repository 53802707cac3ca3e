"""Join the shards of the contributions; write HDF5, bigWigs and seqlets."""

from pathlib import Path

from cisgrammar.script import run


def main(snakemake):
    from cisgrammar.ablation.contributions.contribution_files import (
        ContributionFile,
        joined_contributions,
        write_contribution_track,
        write_contributions,
    )
    from cisgrammar.ablation.contributions.seqlets import find_seqlets, write_seqlets
    from cisgrammar.config.ablation import Ablation
    from cisgrammar.signal.store import open_genome
    from cisgrammar.tables.contracts import ablation

    given, out = snakemake.input, snakemake.output
    settings = Ablation.model_validate(snakemake.params.ablation).contributions
    write_contributions(out.contributions, joined_contributions(given.shards))
    found = ContributionFile(out.contributions)
    genome = open_genome(given.genome)
    for output, path in zip(settings.outputs, out.tracks, strict=True):
        write_contribution_track(Path(path), found, output, genome)
    seqlets = find_seqlets(found, ablation.SITES.read(given.sites), settings.seqlet_fdr)
    ablation.SEQLETS.write_blocks(out.seqlets, seqlets.blocks())
    write_seqlets(out.bed, seqlets)


run(snakemake, main)
