# INPUTS   <results>/prepare/*
# OUTPUTS  <results>/bias/{sample}/{fold}/threshold_{threshold}/{model.safetensors,history.tsv}   one per threshold, or the first fold's choice
#          <results>/bias/{sample}/{fold}/{model.safetensors,sweep.tsv,verdict.json}              the chosen one


if CFG.bias:

    rule train_bias:
        input:
            checked=rules.preflight.output.checked,
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
        conda:
            "../../envs/cpu.yaml"
        threads: CFG.threads
        resources:
            **RUN.gpu(CFG.bias.training.device, CFG.bias.training.processes),
            processes=CFG.bias.training.processes,
            mem_mb=growing(4000),
            runtime=growing(240),
        params:
            bias=section(CFG.bias, "thresholds", "sweep"),
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
