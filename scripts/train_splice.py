"""Train a SpliceAI network on the training genes."""

from pathlib import Path

from cisgrammar.script import run


def main(snakemake):
    from cisgrammar.config.splice import SpliceModel, SpliceTraining
    from cisgrammar.splice.genes.gene_set import read_gene_set
    from cisgrammar.splice.models.saved import save_model
    from cisgrammar.splice.models.train import train_splice
    from cisgrammar.training.history import write_history
    from cisgrammar.training.team import leads

    genes = read_gene_set(snakemake.input.genes)
    shape = SpliceModel.model_validate(snakemake.params.model)
    training = SpliceTraining.model_validate(snakemake.params.training)
    checkpoint = Path(snakemake.params.checkpoints, "checkpoint.pt")
    model, history = train_splice(genes, shape.context, training, snakemake.params.seed, checkpoint)
    if not leads():
        return
    write_history(snakemake.output.history, history)
    save_model(snakemake.output.model, model, genes=genes.fingerprint(), config=training.model_dump(mode="json"))
    checkpoint.unlink(missing_ok=True)


run(snakemake, main)
