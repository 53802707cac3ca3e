"""Contributions of every base of one shard of the peaks, and of shuffled peaks."""

from cisgrammar.script import run


def main(snakemake):
    from cisgrammar.ablation.contributions.attribute_peaks import attribute_peaks, explained_peaks
    from cisgrammar.ablation.contributions.contribution_files import write_contributions
    from cisgrammar.ablation.effects.model_parts import parts_of
    from cisgrammar.config.ablation import Ablation
    from cisgrammar.config.profile import Evaluate
    from cisgrammar.profile.models.saved import load_model
    from cisgrammar.signal.store import open_genome
    from cisgrammar.signal.table import read_regions

    given, params = snakemake.input, snakemake.params
    settings, evaluate = Ablation.model_validate(params.ablation), Evaluate.model_validate(params.evaluate)
    regions, genome = read_regions(given.regions), open_genome(given.genome)
    (part,) = parts_of(load_model(given.model, settings.device), [settings.contributions.model])
    shard = (int(snakemake.wildcards.shard), settings.shards)
    rows = explained_peaks(regions, genome, evaluate, settings.contributions.most_peaks, part.input_length, shard)
    found = attribute_peaks(part, regions, genome, rows, settings, params.seed)
    write_contributions(snakemake.output.contributions, found)


run(snakemake, main)
