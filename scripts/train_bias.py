"""Train the bias model of one threshold on background windows."""

from pathlib import Path

from cisgrammar.script import run


def main(snakemake):
    from cisgrammar.config.profile import Bias
    from cisgrammar.profile.data.thresholds import keep_below
    from cisgrammar.profile.evaluate.choose_bias import chosen_threshold
    from cisgrammar.profile.fit.train import ProfileData, train_bias
    from cisgrammar.profile.models.saved import save_model
    from cisgrammar.training.history import write_history
    from cisgrammar.training.team import leads

    data = ProfileData.open(snakemake.input.genome, snakemake.input.signal, snakemake.input.regions)
    section = Bias.model_validate(snakemake.params.bias)
    swept = next(iter(snakemake.input.swept), None)
    threshold = chosen_threshold(swept) if swept else float(snakemake.wildcards.threshold)
    peaks = data.windows("train", "peak")
    kept = [
        keep_below(data.windows(split, "background"), peaks, threshold, section).windows
        for split in ("train", "validation")
    ]
    checkpoint = Path(snakemake.params.checkpoints, "checkpoint.pt")
    model, history = train_bias(
        data, section, tuple(kept), snakemake.params.output_length, snakemake.params.seed, checkpoint
    )
    if not leads():
        return
    write_history(snakemake.output.history, history)
    save_model(snakemake.output.model, model, data=data.fingerprint(), config=section.model_dump(mode="json"))
    checkpoint.unlink(missing_ok=True)


run(snakemake, main)
