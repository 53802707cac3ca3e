# One target for each stage: `snakemake bias` runs up to the bias models. A stage that is not in the config says so.


rule prepare:
    input:
        lambda wildcards: asked_for("prepare"),


rule bias:
    input:
        lambda wildcards: asked_for("bias"),


rule transformation:
    input:
        lambda wildcards: asked_for("transformation"),


rule combined:
    input:
        lambda wildcards: asked_for("combined"),


rule predict:
    input:
        lambda wildcards: asked_for("predict"),


rule evaluate:
    input:
        lambda wildcards: asked_for("evaluate"),


rule binding:
    input:
        lambda wildcards: asked_for("binding"),


rule splice:
    input:
        lambda wildcards: asked_for("splice"),


rule discover:
    input:
        lambda wildcards: asked_for("discover"),


rule ablation:
    input:
        lambda wildcards: asked_for("ablation"),


rule browser:
    input:
        lambda wildcards: asked_for("browser"),


rule variants:
    input:
        lambda wildcards: asked_for("variants"),


rule figures:
    input:
        lambda wildcards: asked_for("figures"),


# After all rules, which the results that are there are compared with.
SESSION.plan(rules, workflow.is_main_process)


onstart:
    SESSION.begin()
