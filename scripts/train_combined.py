"""Train the residual model beside the frozen, transformed bias."""

from pathlib import Path

from cisgrammar.script import run


def main(snakemake):
    from cisgrammar.config.profile import Combined
    from cisgrammar.files.atomic import write_json
    from cisgrammar.profile.fit.blend import with_counts
    from cisgrammar.profile.fit.train import ProfileData, train_combined
    from cisgrammar.profile.fit.train_counts import train_counts
    from cisgrammar.profile.models.saved import load_model, save_model
    from cisgrammar.tables.contracts.profile import COUNTS_HISTORY
    from cisgrammar.training.history import write_history
    from cisgrammar.training.team import leads

    data = ProfileData.open(snakemake.input.genome, snakemake.input.signal, snakemake.input.regions)
    section = Combined.model_validate(snakemake.params.combined)
    checkpoint = Path(snakemake.params.checkpoints, "checkpoint.pt")
    transformation = load_model(snakemake.input.transformation)
    model, history = train_combined(data, transformation, section, snakemake.params.seed, checkpoint)
    if not leads():
        return
    write_history(snakemake.output.history, history)
    provenance = {"data": data.fingerprint(), "config": section.model_dump(mode="json")}
    if section.blended:
        networks, of_counts = train_counts(data, section, model.output_length, snakemake.params.seed, checkpoint.parent)
        write_history(snakemake.output.counts_history, of_counts, COUNTS_HISTORY)
        model, choices = with_counts(model, networks, data, section.blended)
        provenance["counts"] = {head: choice._asdict() for head, choice in choices.items()}
        write_json(snakemake.output.counts_choice, provenance["counts"])
    save_model(snakemake.output.residual, model.residual, **provenance)
    save_model(snakemake.output.combined, model, **provenance)
    for state in checkpoint.parent.glob("*.pt"):
        state.unlink()


run(snakemake, main)
