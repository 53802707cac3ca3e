# cisgrammar: what regulatory DNA says, learned and proved.
# Paths   <results>/<stage>/<sample>/<fold>/<file>
#         Files of all samples leave out <sample>/<fold>; files of all folds of a sample leave out <fold>, and
#         numbers over all folds have the fold `all`. logs/ and benchmarks/rules/ mirror these paths.
# Names   A rule runs the script of its name: rule train_bias -> scripts/train_bias.py.
# Stages  simulate, prepare, bias, transformation, combined, predict, evaluate, binding, splice, ablation, variants, figures, report.
#         A stage runs if its section is in the config; `snakemake bias` runs up to a stage.


include: "workflow/rules/checkout.smk"


# A config given on the command line replaces the demo's instead of being merged into it, which would simulate.
if not workflow.overwrite_configfiles:

    configfile: beginning.readable("config/config.yaml", WorkflowError)


include: "workflow/rules/common.smk"


pathvars:
    results=CFG.results,
    logs=RUN.mirror("logs"),
    benchmarks=RUN.mirror("benchmarks/rules"),


container: CFG.container


include: "workflow/rules/prepare.smk"
include: "workflow/rules/bias.smk"
include: "workflow/rules/transformation.smk"
include: "workflow/rules/combined.smk"
include: "workflow/rules/evaluate.smk"
include: "workflow/rules/binding.smk"
include: "workflow/rules/splice.smk"
include: "workflow/rules/discover.smk"
include: "workflow/rules/ablation.smk"
include: "workflow/rules/variants.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/manifest.smk"
include: "workflow/rules/targets.smk"


rule all:
    default_target: True
    input:
        filled(targets.final_outputs(RUN)),
        rules.report.output.report,
        rules.collect_manifests.output.manifest,


onsuccess:
    print(SESSION.ended())


onerror:
    print(SESSION.ended(well=False))
