# INPUTS   <results>/prepare/*, <results>/bias/{sample}/{fold}/model.safetensors
# OUTPUTS  <results>/transformation/{sample}/{fold}/{model.safetensors,history.tsv,fit.json,bins.tsv}


if CFG.transformation:

    rule train_transformation:
        input:
            checked=ancient(str(rules.preflight.output.checked)),
            genome=rules.prepare_genome.output.genome,
            signal=rules.count_reads.output.signal,
            regions=rules.select_regions.output.regions,
            bias=RUN.bias_model,
        output:
            model="<results>/transformation/{sample}/{fold}/model.safetensors",
            history="<results>/transformation/{sample}/{fold}/history.tsv",
            fit="<results>/transformation/{sample}/{fold}/fit.json",
            bins="<results>/transformation/{sample}/{fold}/bins.tsv",
        log:
            "<logs>/transformation/{sample}/{fold}/train_transformation.log",
        benchmark:
            "<benchmarks>/transformation/{sample}/{fold}/train_transformation.tsv"
        priority: 4
        conda:
            "../../envs/cpu.yaml"
        threads: CFG.threads
        resources:
            mem_mb=growing(4000),
            runtime=growing(120),
        params:
            transformation=section(CFG.transformation),
            seed=CFG.seed,
        script:
            "../../scripts/train_transformation.py"
