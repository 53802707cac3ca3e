# INPUTS   the config as a dictionary, and the sheets that it names
# OUTPUTS  RUN, CFG, DRAWING, and how outputs of rules are filled in
#
# Every job on a cluster reads the rules again: what they import is light, and all that they compute is in cisgrammar.run.

from snakemake.iocontainers import Wildcards

from cisgrammar.run import predicting, targets, tracing
from cisgrammar.run.drawing import Drawing
from cisgrammar.run.run import growing, one_of, section
from cisgrammar.run.scoring import Scoring
from cisgrammar.run.session import Session

RUN = beginning.run_of(workflow, config, CHECKOUT, WorkflowError)

# It changes Snakemake within its process: never that of another workflow, and not with CISGRAMMAR_FAST_DAG=0.
ALONE = beginning.is_entry(workflow.main_snakefile, CHECKOUT)
if beginning.wants_speed(ALONE):

    include: "speed.smk"


CFG = RUN.config
DRAWING = Drawing(RUN, "<results>")
SCORING = Scoring(RUN, "<results>")
SESSION = Session(RUN, DRAWING.places(), CHECKOUT, Wildcards, WorkflowError, ALONE)
FIGURES = "<results>/figures/{place}"


wildcard_constraints:
    **RUN.wildcards,
    seed=r"\d+",
    shard=r"\d+",
    place=r"[^/]+(/[^/]+)?",


def filled(outputs):
    """Outputs of rules, each `<rule>.<name>`, for every sample, fold and model that there is."""
    named = [output.split(".") for output in outputs]
    patterns = [(getattr(getattr(rules, rule).output, name), RUN.names_of(rule)) for rule, name in named]
    return [path for pattern, names in patterns for path in expand(pattern, **names)]


def stage_files(stage):
    """The last files of a stage."""
    if stage == "figures":
        return expand(FIGURES, place=DRAWING.places())
    return filled(targets.asked_outputs(RUN, stage, WorkflowError))


def manifests(stages):
    """The manifests of stages."""
    return expand(rules.write_manifest.output.manifest, stage=stages)


def of_libraries(wildcards, name):
    """An output of `count_selex` for every library of a model."""
    libraries = RUN.libraries_of(wildcards.model)
    return expand(getattr(rules.count_selex.output, name), model=wildcards.model, library=libraries)


def of_fits(wildcards, name):
    """An output of every fit of a model: pairs are fitted on top of the motifs, if there are any."""
    pairs = RUN.model_settings(wildcards.model).cooperativity
    fit = rules.fit_cooperativity if pairs else rules.fit_psam
    return expand(getattr(fit.output, name), model=wildcards.model, seed=RUN.fits)


def ablated(rule, name):
    """An output of every binding model whose motifs are ablated."""
    return filled([f"{rule}.{name}"] if RUN.ablated_models else [])


def asked_for(stage):
    """What `snakemake <stage>` makes: the stage's last files and its manifest."""
    return stage_files(stage) + manifests([stage] if stage in tracing.traced_stages(RUN) else [])
