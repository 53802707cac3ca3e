# INPUTS   <results>/prepare/*
# OUTPUTS  (the sample may be a group, whose samples share a model)
#          <results>/bias/{sample}/{fold}/threshold_{threshold}/{model.safetensors,history.tsv}   one per threshold, or the first fold's choice
#          <results>/bias/{sample}/{fold}/{model.safetensors,sweep.tsv,verdict.json}              the chosen one


if CFG.bias and CFG.bias.trained:

    rule train_bias:
        input:
            checked=ancient(str(rules.preflight.output.checked)),
            genome=rules.prepare_genome.output.genome,
            signal=rules.count_reads.output.signal,
            regions=rules.select_regions.output.regions,
            swept=RUN.swept_elsewhere,
        output:
            model="<results>/bias/{sample}/{fold}/threshold_{threshold}/model.safetensors",
            history="<results>/bias/{sample}/{fold}/threshold_{threshold}/history.tsv",
        log:
            "<logs>/bias/{sample}/{fold}/threshold_{threshold}/train_bias.log",
        benchmark:
            "<benchmarks>/bias/{sample}/{fold}/threshold_{threshold}/train_bias.tsv"
        priority: 4
        conda:
            "../../envs/cpu.yaml"
        threads: CFG.threads
        resources:
            **RUN.gpu(CFG.bias.training.device, CFG.bias.training.processes),
            processes=CFG.bias.training.processes,
            mem_mb=growing(4000),
            runtime=growing(240),
        params:
            bias=section(CFG.bias, "model", "share", "reads", "thresholds", "sweep"),
            output_length=CFG.output_length,
            seed=CFG.seed,
            checkpoints=RUN.checkpoints("bias"),
        script:
            "../../scripts/train_bias.py"

    rule choose_bias:
        input:
            genome=rules.prepare_genome.output.genome,
            signal=rules.count_reads.output.signal,
            regions=rules.select_regions.output.regions,
            swept=RUN.swept_elsewhere,
            models=RUN.of_thresholds("model.safetensors"),
            histories=RUN.of_thresholds("history.tsv"),
        output:
            model="<results>/bias/{sample}/{fold}/model.safetensors",
            sweep="<results>/bias/{sample}/{fold}/sweep.tsv",
            verdict="<results>/bias/{sample}/{fold}/verdict.json",
        log:
            "<logs>/bias/{sample}/{fold}/choose_bias.log",
        benchmark:
            "<benchmarks>/bias/{sample}/{fold}/choose_bias.tsv"
        priority: 4
        conda:
            "../../envs/cpu.yaml"
        threads: CFG.threads
        resources:
            mem_mb=growing(4000),
            runtime=growing(60),
        params:
            bias=section(CFG.bias, "model", "share", "reads"),
            output_length=CFG.output_length,
            min_counts=CFG.evaluate.min_counts,
        script:
            "../../scripts/choose_bias.py"


# A given model, in the place of one that is trained: held against the sample, and judged like it.
if CFG.bias and CFG.bias.model:

    rule import_bias:
        input:
            genome=rules.prepare_genome.output.genome,
            signal=rules.count_reads.output.signal,
            regions=rules.select_regions.output.regions,
            given=CFG.bias.model,
        output:
            model="<results>/bias/{sample}/{fold}/model.safetensors",
            verdict="<results>/bias/{sample}/{fold}/verdict.json",
        log:
            "<logs>/bias/{sample}/{fold}/import_bias.log",
        benchmark:
            "<benchmarks>/bias/{sample}/{fold}/import_bias.tsv"
        priority: 5
        conda:
            "../../envs/cpu.yaml"
        threads: CFG.threads
        resources:
            mem_mb=growing(4000),
            runtime=growing(60),
        params:
            output_length=CFG.output_length,
            input_length=RUN.input_length,
            min_counts=CFG.evaluate.min_counts,
        script:
            "../../scripts/import_bias.py"
