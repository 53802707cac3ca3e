"""Score a fold's predictions beside baselines, measure footprints, and judge both."""

from pathlib import Path

from cisgrammar.script import optional_path, run


def main(snakemake):
    from cisgrammar.config.profile import Evaluate
    from cisgrammar.files.progress import Progress
    from cisgrammar.gates import write_gates
    from cisgrammar.profile.data.scored import read_scored
    from cisgrammar.profile.evaluate import evaluate, of_model
    from cisgrammar.profile.evaluate.fitted_baselines import FoldBaselines
    from cisgrammar.profile.fit.train import ProfileData
    from cisgrammar.profile.models.saved import load_model
    from cisgrammar.profile.prediction_file import PredictionFile
    from cisgrammar.tables.contracts import profile as contracts

    given, out, device = snakemake.input, snakemake.output, snakemake.params.device
    data = ProfileData.open(given.genome, given.signal, given.regions, optional_path(given.control))
    settings = Evaluate.model_validate(snakemake.params.evaluate)
    regions = read_scored(given.regions, data.genome, settings)
    predictions = PredictionFile(given.predictions)
    evaluate.check_windows(regions, predictions.chroms, predictions.starts, given.predictions)
    model = load_model(given.model, device)
    progress, names = Progress(f"evaluate on {device}", 4, "steps"), snakemake.wildcards
    with progress.part(1):
        fitted = {head.name: FoldBaselines(data, head.name, model.output_length) for head in model.heads}
    with progress.part(2):
        found = evaluate.evaluate(data, regions, predictions, fitted, snakemake.params.seed, Path(out.summary).parent)
    with progress.part(1):
        shown = of_model.of_model(model, data, settings, fitted, device)
    judged = of_model.judge(found, shown, model.output_length, names.sample, names.fold)
    contracts.PER_REGION.write_blocks(out.per_region, found.scores.frames())
    contracts.SUMMARY.write(out.summary, found.summary)
    contracts.FOOTPRINTS.write(out.footprints, shown.footprints)
    if shown.preference is not None:
        contracts.PREFERENCE.write(out.preference, shown.preference)
    if hasattr(given, "truth"):
        from cisgrammar.simulate.truth_gates import peak_footprint_gates

        paths = given.truth, given.truth_rates, given.truth_sites
        judged += peak_footprint_gates(paths, data.genome, regions, predictions, names.sample, names.fold)
    write_gates(out.gates, judged)


run(snakemake, main)
