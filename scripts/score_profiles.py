"""Score variants with the profile models of one source."""

from cisgrammar.script import optional_path, run


def main(snakemake):
    from cisgrammar.config.variants import ProfileScores
    from cisgrammar.profile.models.saved import load_model
    from cisgrammar.sequence.peaks import read_peaks
    from cisgrammar.signal.store import open_genome
    from cisgrammar.variants.profile import ProfileScorer
    from cisgrammar.variants.profile_table import write_profile_scores

    given, params = snakemake.input, snakemake.params
    settings = ProfileScores.model_validate(params.profile)
    genome, peak_file = open_genome(given.genome), optional_path(given.peaks)
    peaks = read_peaks(peak_file, genome) if peak_file else None
    scorer = ProfileScorer([load_model(path) for path in given.models], genome, peaks, settings, params.seed)
    write_profile_scores(snakemake.output.scores, given.variants, scorer)


run(snakemake, main)
