"""Compare the bias models of all thresholds and keep one."""

import json
import shutil

from cisgrammar.script import run


def main(snakemake):
    from cisgrammar.config.profile import Bias
    from cisgrammar.files.atomic import atomic_path
    from cisgrammar.files.progress import counted
    from cisgrammar.profile.data.thresholds import keep_below
    from cisgrammar.profile.evaluate.choose_bias import SweepJudge, choose, chosen_threshold, training_end, write_sweep
    from cisgrammar.profile.fit.train import ProfileData
    from cisgrammar.profile.models.saved import load_model
    from cisgrammar.tables.contracts.profile import HISTORY

    data = ProfileData.open(snakemake.input.genome, snakemake.input.signal, snakemake.input.regions)
    section = Bias.model_validate(snakemake.params.bias)
    judge = SweepJudge(data, snakemake.params.output_length, snakemake.params.min_counts)
    background, peaks = data.windows("train", "background"), data.windows("train", "peak")
    swept = [chosen_threshold(path) for path in snakemake.input.swept]
    thresholds = swept or section.thresholds
    kept = [keep_below(background, peaks, threshold, section) for threshold in thresholds]
    trained = list(zip(snakemake.input.models, thresholds, kept, strict=True))
    rows = [
        judge.assess(load_model(path), threshold, windows)
        for path, threshold, windows in counted(trained, "assess bias models on cpu", "models")
    ]
    rows, verdict = choose(rows, section, judge.nats, len(background))
    chosen = [row.chosen for row in rows].index(True)
    verdict |= training_end(HISTORY.read(snakemake.input.histories[chosen]))
    write_sweep(snakemake.output.sweep, rows)
    with atomic_path(snakemake.output.verdict) as temporary:
        temporary.write_text(json.dumps(verdict, indent=1) + "\n")
    with atomic_path(snakemake.output.model) as temporary:
        shutil.copyfile(snakemake.input.models[chosen], temporary)


run(snakemake, main)
