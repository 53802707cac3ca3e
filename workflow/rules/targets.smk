# One target for each stage: `snakemake bias` runs up to the bias models. A stage that is not in the config says so.


rule prepare:
    input:
        lambda wildcards: stage_files("prepare"),


rule bias:
    input:
        lambda wildcards: stage_files("bias"),


rule transformation:
    input:
        lambda wildcards: stage_files("transformation"),


rule combined:
    input:
        lambda wildcards: stage_files("combined"),


rule predict:
    input:
        lambda wildcards: stage_files("predict"),


rule evaluate:
    input:
        lambda wildcards: stage_files("evaluate"),


rule binding:
    input:
        lambda wildcards: stage_files("binding"),


rule splice:
    input:
        lambda wildcards: stage_files("splice"),


rule ablation:
    input:
        lambda wildcards: stage_files("ablation"),


rule figures:
    input:
        lambda wildcards: stage_files("figures"),
