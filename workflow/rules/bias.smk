# INPUTS   <results>/prepare/*
# OUTPUTS  <results>/bias/{sample}/{fold}/threshold_{threshold}/{model.safetensors,history.tsv}   one per threshold
#          <results>/bias/{sample}/{fold}/{model.safetensors,sweep.tsv,verdict.json}              the chosen one


if CFG.bias:

    rule train_bias:
        input:
            checked="<results>/prepare/{sample}/checked.json",
            genome="<results>/prepare/genome.h5",
            signal="<results>/prepare/{sample}/signal.h5",
            regions="<results>/prepare/{sample}/{fold}/regions.tsv",
        output:
            model="<results>/bias/{sample}/{fold}/threshold_{threshold}/model.safetensors",
            history="<results>/bias/{sample}/{fold}/threshold_{threshold}/history.tsv",
        log:
            "<logs>/bias/{sample}/{fold}/threshold_{threshold}/train_bias.log",
        benchmark:
            "<benchmarks>/bias/{sample}/{fold}/threshold_{threshold}/train_bias.tsv"
        conda:
            "../../envs/cpu.yaml"
        threads: CFG.threads
        resources:
            **gpu(CFG.bias.training.device, CFG.bias.training.processes),
            processes=CFG.bias.training.processes,
            mem_mb=growing(4000),
            runtime=growing(240),
        params:
            bias=section(CFG.bias, "thresholds"),
            threshold=lambda wildcards: float(wildcards.threshold),
            output_length=CFG.output_length,
            seed=CFG.seed,
            checkpoints=checkpoints("bias"),
        script:
            "../../scripts/train_bias.py"

    rule choose_bias:
        input:
            genome="<results>/prepare/genome.h5",
            signal="<results>/prepare/{sample}/signal.h5",
            regions="<results>/prepare/{sample}/{fold}/regions.tsv",
            models=expand(
                "<results>/bias/{{sample}}/{{fold}}/threshold_{threshold}/model.safetensors",
                threshold=THRESHOLDS,
            ),
            histories=expand(
                "<results>/bias/{{sample}}/{{fold}}/threshold_{threshold}/history.tsv",
                threshold=THRESHOLDS,
            ),
        output:
            model="<results>/bias/{sample}/{fold}/model.safetensors",
            sweep="<results>/bias/{sample}/{fold}/sweep.tsv",
            verdict="<results>/bias/{sample}/{fold}/verdict.json",
        log:
            "<logs>/bias/{sample}/{fold}/choose_bias.log",
        benchmark:
            "<benchmarks>/bias/{sample}/{fold}/choose_bias.tsv"
        conda:
            "../../envs/cpu.yaml"
        threads: CFG.threads
        resources:
            mem_mb=growing(4000),
            runtime=growing(60),
        params:
            bias=section(CFG.bias),
            output_length=CFG.output_length,
            min_counts=CFG.evaluate.min_counts,
        script:
            "../../scripts/choose_bias.py"
