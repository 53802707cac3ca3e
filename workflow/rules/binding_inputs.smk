# INPUTS   the section `binding` and the sheet that it names
# OUTPUTS  LIBRARIES: model -> rows of the sheet; FIT_SEEDS; and the helpers of binding.smk

from cisgrammar.config.binding import BindingModel
from cisgrammar.config.selex_sheet import check_models, read_selex_sheet

try:
    LIBRARIES = read_selex_sheet(CFG.binding.libraries) if CFG.binding else {}
    check_models(CFG.binding.models if CFG.binding else (), LIBRARIES)
except ConfigError as error:
    raise WorkflowError(str(error)) from None

FIT_SEEDS = list(range(1, CFG.binding.seeds + 1)) if CFG.binding else []


def model_settings(model):
    """The settings of one model; those that the config does not list take the defaults."""
    return CFG.binding.models.get(model) or BindingModel()


def binding_model(wildcards):
    """The settings of one model as plain values."""
    return section(model_settings(wildcards.model))


def selex_rows(wildcards):
    """The rows of the sheet of one model, as plain values."""
    return [section(row) for row in LIBRARIES[wildcards.model]]


def selex_row(wildcards):
    """The row of one library, as plain values."""
    return next(row for row in selex_rows(wildcards) if row["library"] == wildcards.library)


def selex_files(wildcards):
    """The reads or the count table of one library."""
    rows = LIBRARIES[wildcards.model]
    return next(row.files for row in rows if row.library == wildcards.library)


def selex_counts(wildcards):
    """The count tables of all libraries of a model, and what was found while they were counted."""
    folders = [f"<results>/binding/{wildcards.model}/{row.library}" for row in LIBRARIES[wildcards.model]]
    return {
        "counts": [f"{folder}/counts.tsv.gz" for folder in folders],
        "stats": [f"{folder}/counts.json" for folder in folders],
    }


def fit_seed(wildcards):
    """The seed of one fit: that of the run and the number of the fit."""
    return 1000 * CFG.seed + int(wildcards.seed)


def last_state(model):
    """The name of a model's last fit: pairs are fitted on top of the motifs, if there are any."""
    return "model" if model_settings(model).cooperativity else "motifs"


def fits(wildcards):
    """The fits of a model, one for each seed, and their histories."""
    names = [
        f"<results>/binding/{wildcards.model}/seed_{seed}/{last_state(wildcards.model)}" for seed in FIT_SEEDS
    ]
    return {
        "states": [f"{name}.pt" for name in names],
        "histories": [f"{name}.history.tsv" for name in names],
    }


def per_model(pattern):
    """`pattern` with every model filled in."""
    return [pattern.replace("{model}", model) for model in LIBRARIES]


def simulated_models():
    """The models that are fitted to simulated reads, whose truth is known."""
    if not CFG.simulate_selex:
        return []
    folder = Path(CFG.results, "simulate", "selex")
    return [
        model
        for model, rows in LIBRARIES.items()
        if any(Path(path).parent == folder for row in rows for path in row.files)
    ]


def ablated_models(name):
    """A file of every binding model whose motifs are ablated; none if the config does not ask for them."""
    wanted = CFG.binding and CFG.ablation and CFG.ablation.binding
    return [f"<results>/binding/{model}/{name}" for model in LIBRARIES] if wanted else []


def shards(name):
    """A file of every shard of the ablation."""
    return [
        f"<results>/ablation/{{sample}}/{{fold}}/shard_{number}/{name}"
        for number in range(CFG.ablation.shards)
    ]
