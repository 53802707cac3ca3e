"""Write the page of the strongest variants, and both alleles' profiles of those that have a card."""

from cisgrammar.script import optional_path, run


def main(snakemake):
    from pathlib import Path

    from cisgrammar.config.variants import ProfileScores
    from cisgrammar.files.atomic import write_text
    from cisgrammar.profile.models.saved import load_model
    from cisgrammar.report.variants_page import variants_page
    from cisgrammar.sequence.peaks import read_peaks
    from cisgrammar.signal.store import open_genome
    from cisgrammar.tables.contracts.variants import SIGNS
    from cisgrammar.tables.io import rows_of
    from cisgrammar.variants import cards
    from cisgrammar.variants.profile import ProfileScorer
    from cisgrammar.variants.table import count_reasons

    given, out, params = snakemake.input, snakemake.output, snakemake.params
    rows = cards.strongest(rows_of(given.scores), params.shown["rows"])
    found = []
    if given.models:
        profile = ProfileScores.model_validate(params.profile)
        genome, peak_file = open_genome(given.genome), optional_path(given.peaks)
        peaks = read_peaks(peak_file, genome) if peak_file else None
        scorer = ProfileScorer([load_model(path) for path in given.models], genome, peaks, profile, params.seed)
        found = cards.cards(rows[: params.shown["cards"]], scorer)
    cards.write_cards(out.profiles, found)
    name = Path(given.source).name
    counts, signs = count_reasons(given.scores), SIGNS.read(given.signs)
    write_text(out.page, variants_page(f"Variants: {name}", name, rows, counts, found, signs))


run(snakemake, main)
