"""Ablate one shard of the sites in every part of the model."""

from cisgrammar.script import run


def main(snakemake):
    from cisgrammar.ablation.effects.model_parts import parts_of
    from cisgrammar.ablation.effects.profile_files import write_profiles
    from cisgrammar.ablation.effects.shard import ablate_shard
    from cisgrammar.config.ablation import Ablation
    from cisgrammar.motifs.formats import read_motifs
    from cisgrammar.profile.models.saved import load_model
    from cisgrammar.signal.store import open_genome
    from cisgrammar.signal.table import read_regions
    from cisgrammar.tables.contracts import ablation

    given, out, params = snakemake.input, snakemake.output, snakemake.params
    settings = Ablation.model_validate(params.ablation)
    place = read_regions(given.regions), open_genome(given.genome)
    parts = parts_of(load_model(given.model, settings.device), settings.models)
    sites, pairs = ablation.SITES.read(given.sites), ablation.SITE_PAIRS.read(given.pairs)
    motifs, shard = read_motifs(given.motifs), int(snakemake.wildcards.shard)
    found = ablate_shard(parts, sites, pairs, place, settings, params.seed, shard, motifs)
    ablation.EFFECTS.write(out.effects, found.effects)
    ablation.JOINT_EFFECTS.write(out.pairs, found.pairs)
    write_profiles(out.profiles, found)


run(snakemake, main)
