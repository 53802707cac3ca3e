"""Train the residual model beside the frozen, transformed bias, or a model by itself in a run without bias."""

from pathlib import Path

from cisgrammar.script import optional_path, run


def main(snakemake):
    from cisgrammar.config.profile import Combined
    from cisgrammar.files.atomic import write_json
    from cisgrammar.profile.fit.blend import with_counts
    from cisgrammar.profile.fit.refit_counts import refit_trained
    from cisgrammar.profile.fit.train import ProfileData, train_combined, train_plain
    from cisgrammar.profile.fit.train_counts import train_counts
    from cisgrammar.profile.models.saved import load_model, save_model
    from cisgrammar.tables.contracts.profile import COUNTS_HISTORY
    from cisgrammar.training.history import write_history
    from cisgrammar.training.team import leads

    given = snakemake.input
    data = ProfileData.open(given.genome, given.signal, given.regions, optional_path(given.control))
    section = Combined.model_validate(snakemake.params.combined)
    checkpoint = Path(snakemake.params.checkpoints, "checkpoint.pt")
    bias, length = optional_path(given.transformation), snakemake.params.output_length
    if bias is None:
        model, history = train_plain(data, section, length, snakemake.params.seed, checkpoint)
    else:
        model, history = train_combined(data, load_model(bias), section, snakemake.params.seed, checkpoint)
    if not leads():
        return
    write_history(snakemake.output.history, history)
    provenance = {"data": data.fingerprint(), "config": section.model_dump(mode="json")}
    provenance["counts_heads"] = refit_trained(model, data, section)
    if section.blended:
        networks, of_counts = train_counts(data, section, model.output_length, snakemake.params.seed, checkpoint.parent)
        write_history(snakemake.output.counts_history, of_counts, COUNTS_HISTORY)
        model, choices = with_counts(model, networks, data, section.blended)
        provenance["counts"] = {head: choice._asdict() for head, choice in choices.items()}
        write_json(snakemake.output.counts_choice, provenance["counts"])
    if bias is not None:
        save_model(snakemake.output.residual, model.residual, **provenance)
    save_model(snakemake.output.combined, model, **provenance)
    for state in checkpoint.parent.glob("*.pt"):
        state.unlink()


run(snakemake, main)
