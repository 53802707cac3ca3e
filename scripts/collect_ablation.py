"""Join the shards, test every site against its controls, and write the tables of sites and motifs."""

from cisgrammar.config.ablation import Ablation
from cisgrammar.script import run, set_threads


def main(snakemake):
    set_threads(snakemake.threads)
    import pandas as pd

    from cisgrammar.ablation.effects.shard import read_profiles
    from cisgrammar.ablation.tables.gates import ablation_gates
    from cisgrammar.ablation.tables.motif_table import motif_table
    from cisgrammar.ablation.tables.site_table import pair_table, site_table, write_bed, write_effects
    from cisgrammar.ablation.tables.spacing_tables import beside_in_vitro, read_spacings
    from cisgrammar.files.atomic import atomic_path, write_table
    from cisgrammar.gates import write_gates
    from cisgrammar.motifs.formats import read_motifs
    from cisgrammar.report.ablation_page import Shown, ablation_page
    from cisgrammar.tables.io import read_table

    given, out, names = snakemake.input, snakemake.output, snakemake.wildcards
    settings = Ablation.model_validate(snakemake.params.ablation)
    effects, joint = (
        pd.concat(map(read_table, paths), ignore_index=True) for paths in (given.effects, given.pair_effects)
    )
    table = site_table(read_table(given.sites), effects)
    motifs, put_in, spaced = read_motifs(given.motifs), read_table(given.sufficiency), read_table(given.spacing)
    measured = read_spacings(given.binding_spacings)
    summary = motif_table(table, motifs, put_in, spaced, measured, settings.significance)
    profiles = read_profiles(given.profiles)
    write_table(out.sites, table)
    write_bed(out.bed, table)
    write_effects(out.effects, table, profiles)
    write_table(out.motifs, summary)
    write_table(out.spacings, beside_in_vitro(spaced, measured))
    write_table(out.pairs, pair_table(read_table(given.pairs), joint))
    title = f"Ablation: {names.sample}, {names.fold}"
    shown = Shown(motifs, *profiles, settings.models[0])
    with atomic_path(out.page) as partial:
        partial.write_text(ablation_page(title, table, summary, shown, settings.significance), encoding="utf-8")
    write_gates(out.gates, ablation_gates(table, summary, settings, names.sample, names.fold))


run(snakemake, main)
