"""Ablate one shard of the sites in every part of the model."""

from cisgrammar.script import run


def main(snakemake):
    from cisgrammar.ablation.effects.model_parts import parts_of
    from cisgrammar.ablation.effects.shard import AblatedShard, write_shard
    from cisgrammar.config.ablation import Ablation
    from cisgrammar.motifs.formats import read_motifs
    from cisgrammar.profile.models.saved import load_model
    from cisgrammar.signal.store import open_genome
    from cisgrammar.signal.table import places_of, read_regions
    from cisgrammar.tables.contracts import ablation

    given, out, params = snakemake.input, snakemake.output, snakemake.params
    settings = Ablation.model_validate(params.ablation)
    place = places_of(read_regions(given.regions)), open_genome(given.genome)
    parts = parts_of(load_model(given.model, settings.device), settings.models)
    # Nothing else holds the tables: of the sites a part is kept.
    tables = ablation.SITES.read(given.sites), ablation.SITE_PAIRS.read(given.pairs)
    motifs, shard = read_motifs(given.motifs), int(snakemake.wildcards.shard)
    found = AblatedShard(parts, *tables, place, settings, params.seed, shard, motifs)
    del tables
    write_shard(found, out.effects, out.profiles)
    ablation.JOINT_EFFECTS.write(out.pairs, found.pair_effects())


run(snakemake, main)
