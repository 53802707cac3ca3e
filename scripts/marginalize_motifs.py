"""Put motifs and decoys into background windows, one by one and in pairs at one distance after another."""

from cisgrammar.script import run


def main(snakemake):
    from cisgrammar.ablation.effects.model_parts import parts_of
    from cisgrammar.ablation.effects.motif import motif_effects, motif_pairs
    from cisgrammar.ablation.sites.peak_inputs import background_inputs
    from cisgrammar.ablation.tables.spacing_tables import read_spacings
    from cisgrammar.config.ablation import Ablation
    from cisgrammar.motifs.formats import read_motifs
    from cisgrammar.profile.models.saved import load_model
    from cisgrammar.signal.store import open_genome
    from cisgrammar.signal.table import read_regions
    from cisgrammar.tables.contracts import ablation

    given, out = snakemake.input, snakemake.output
    settings = Ablation.model_validate(snakemake.params.ablation)
    motifs, regions, genome = read_motifs(given.motifs), read_regions(given.regions), open_genome(given.genome)
    pairs = motif_pairs(settings, motifs, read_spacings(given.binding_spacings))
    parts = parts_of(load_model(given.model, settings.device), settings.models)
    codes = {part.name: background_inputs(regions, genome, settings.backgrounds, part.input_length) for part in parts}
    put_in, spaced = motif_effects(parts, codes, motifs, pairs, settings, snakemake.params.seed)
    ablation.SUFFICIENCY.write(out.sufficiency, put_in)
    ablation.SCANNED_SPACING.write(out.spacing, spaced)


run(snakemake, main)
