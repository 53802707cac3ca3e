"""Join the shards, test every site against its controls, and write the tables of sites and motifs."""

from cisgrammar.script import run


def main(snakemake):
    import pandas as pd

    from cisgrammar.ablation.effects.profile_files import Profiles
    from cisgrammar.ablation.tables.gates import ablation_gates
    from cisgrammar.ablation.tables.motif_table import motif_table
    from cisgrammar.ablation.tables.pair_tables import pair_classes, pair_table
    from cisgrammar.ablation.tables.site_table import site_table, write_bed, write_effects
    from cisgrammar.ablation.tables.spacing_tables import beside_in_vitro, read_spacings
    from cisgrammar.config.ablation import Ablation
    from cisgrammar.files.atomic import atomic_path
    from cisgrammar.files.progress import Progress
    from cisgrammar.gates import write_gates
    from cisgrammar.motifs.formats import read_motifs
    from cisgrammar.report.ablation_page import Shown, ablation_page
    from cisgrammar.tables.contract import in_blocks
    from cisgrammar.tables.contracts import ablation as tables

    given, out, names = snakemake.input, snakemake.output, snakemake.wildcards
    settings = Ablation.model_validate(snakemake.params.ablation)
    effects = pd.concat(map(tables.EFFECTS.read, given.effects), ignore_index=True)
    joint = pd.concat(map(tables.JOINT_EFFECTS.read, given.pair_effects), ignore_index=True)
    progress = Progress("tests of sites on cpu", 2, "steps")
    with progress.part(1):
        table = site_table(tables.SITES.read(given.sites), effects)
    put_in, spaced = tables.SUFFICIENCY.read(given.sufficiency), tables.SCANNED_SPACING.read(given.spacing)
    motifs, measured = read_motifs(given.motifs), read_spacings(given.binding_spacings)
    summary = motif_table(table, motifs, put_in, spaced, measured, settings.significance)
    profiles = Profiles(given.profiles)
    tables.SITE_EFFECTS.write_blocks(out.sites, in_blocks(table))
    write_bed(out.bed, table)
    write_effects(out.effects, table, profiles)
    tables.MOTIFS.write(out.motifs, summary)
    tables.SPACINGS.write(out.spacings, beside_in_vitro(spaced, measured))
    paired = pair_table(tables.SITE_PAIRS.read(given.pairs), joint)
    tables.PAIR_EFFECTS.write(out.pairs, paired)
    tables.PAIR_CLASSES.write(out.pair_classes, pair_classes(paired, settings.significance))
    title = f"Ablation: {names.sample}, {names.fold}"
    shown = Shown(motifs, profiles, settings.models[0])
    with atomic_path(out.page) as partial, partial.open("w", encoding="utf-8") as page:
        page.writelines(ablation_page(title, table, summary, shown, settings.significance))
    write_gates(out.gates, ablation_gates(table, summary, settings, names.sample, names.fold))


run(snakemake, main)
