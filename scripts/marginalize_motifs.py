"""Put motifs and decoys into background windows, one by one and in pairs at one distance after another."""

from cisgrammar.config.ablation import Ablation
from cisgrammar.script import run, set_threads


def main(snakemake):
    set_threads(snakemake.threads)
    import pandas as pd

    from cisgrammar.ablation.effects.model_parts import parts_of
    from cisgrammar.ablation.effects.motif import motif_pairs, spacing_effects, sufficiency
    from cisgrammar.ablation.sites.peak_inputs import background_inputs
    from cisgrammar.ablation.sites.scan_motif import read_motifs
    from cisgrammar.ablation.tables.spacing_tables import read_spacings
    from cisgrammar.files.atomic import write_table
    from cisgrammar.profile.models.saved import load_model
    from cisgrammar.signal.store import open_genome
    from cisgrammar.signal.table import read_regions

    given, out = snakemake.input, snakemake.output
    settings = Ablation.model_validate(snakemake.params.ablation)
    motifs, regions, genome = read_motifs(given.motifs), read_regions(given.regions), open_genome(given.genome)
    pairs = motif_pairs(settings, motifs, read_spacings(given.binding_spacings))
    put_in, spaced = [], pd.DataFrame()
    for number, part in enumerate(parts_of(load_model(given.model, settings.device), settings.models)):
        codes = background_inputs(regions, genome, settings.backgrounds, part.input_length)
        put_in.append(sufficiency(part, motifs.values(), codes, settings))
        if number == 0:
            spaced = spacing_effects(part, [(motifs[a], motifs[b]) for a, b in pairs], codes, settings)
    write_table(out.sufficiency, pd.concat(put_in, ignore_index=True))
    write_table(out.spacing, spaced)


run(snakemake, main)
