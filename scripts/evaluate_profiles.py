"""Score a fold's predictions beside baselines, measure footprints, and judge both."""

from cisgrammar.script import run


def main(snakemake):
    from cisgrammar.config.profile import Evaluate
    from cisgrammar.gates import write_gates
    from cisgrammar.profile.evaluate import evaluate, footprints, gates, paired, preference
    from cisgrammar.profile.evaluate.fitted_baselines import FoldBaselines
    from cisgrammar.profile.fit.train import ProfileData
    from cisgrammar.profile.models.saved import load_model
    from cisgrammar.profile.predict import read_predictions
    from cisgrammar.signal.table import read_regions
    from cisgrammar.tables.contracts import profile as contracts

    given, out, device = snakemake.input, snakemake.output, snakemake.params.device
    data = ProfileData.open(given.genome, given.signal, given.regions)
    settings = Evaluate.model_validate(snakemake.params.evaluate)
    regions = evaluate.scored_regions(read_regions(given.regions), data.genome, settings)
    predictions, chroms, starts = read_predictions(given.predictions)
    evaluate.check_windows(regions, chroms, starts, given.predictions)
    model = load_model(given.model, device)
    fitted = {head.name: FoldBaselines(data, head.name, model.output_length) for head in model.heads}
    found = evaluate.evaluate(data, regions, predictions, fitted, snakemake.params.seed)
    codes = evaluate.footprint_backgrounds(data, model.input_length, settings.footprint_backgrounds)
    enzyme = evaluate.enzyme_motifs(settings, fitted)
    prints = footprints.marginal_footprints(model, codes, {**settings.motifs, **enzyme}, device=device)
    learned = preference.learned_preference(model, codes)
    bar, names = footprints.footprint_bar(model.output_length), snakemake.wildcards
    heights = {part: footprints.largest(prints, part, enzyme) for part in predictions}
    gains = paired.gains_of_table(found.per_region, "combined", "peak", gates.OF_COUNTS)
    gain = gates.residual_gain(found.per_region.to_dict("records"))
    judged = gates.profile_gates(found.summary.to_dict("records"), heights, bar, names.sample, names.fold, gain)
    contracts.PER_REGION.write(out.per_region, found.per_region)
    contracts.SUMMARY.write(out.summary, found.summary)
    contracts.FOOTPRINTS.write(out.footprints, evaluate.footprint_table(prints, {**settings.motifs, **enzyme}))
    weights = next(iter(fitted.values())).weights
    contracts.PREFERENCE.write(out.preference, preference.preference_table(learned, weights))
    if hasattr(given, "truth"):
        from cisgrammar.simulate.truth_gates import peak_footprint_gates

        paths = given.truth, given.truth_rates, given.truth_sites
        judged += peak_footprint_gates(paths, data.genome, regions, predictions, names.sample, names.fold)
    write_gates(out.gates, judged + gates.gain_gates(gains, names.sample, names.fold))


run(snakemake, main)
