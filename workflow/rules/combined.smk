# INPUTS   <results>/prepare/*, <results>/transformation/{sample}/{fold}/model.safetensors
# OUTPUTS  <results>/combined/{sample}/{fold}/{combined.safetensors,residual.safetensors,history.tsv,counts_history.tsv,counts.json}


if CFG.combined:

    rule train_combined:
        input:
            checked=rules.preflight.output.checked,
            genome=rules.prepare_genome.output.genome,
            signal=rules.count_reads.output.signal,
            regions=rules.select_regions.output.regions,
            transformation=rules.train_transformation.output.model,
        output:
            **RUN.counts_files(),
            combined="<results>/combined/{sample}/{fold}/combined.safetensors",
            residual="<results>/combined/{sample}/{fold}/residual.safetensors",
            history="<results>/combined/{sample}/{fold}/history.tsv",
        log:
            "<logs>/combined/{sample}/{fold}/train_combined.log",
        benchmark:
            "<benchmarks>/combined/{sample}/{fold}/train_combined.tsv"
        conda:
            "../../envs/cpu.yaml"
        threads: CFG.threads
        resources:
            **RUN.gpu(CFG.combined.training.device, CFG.combined.training.processes),
            processes=CFG.combined.training.processes,
            mem_mb=growing(8000),
            runtime=growing(720),
        params:
            combined=section(CFG.combined),
            output_length=CFG.output_length,
            seed=CFG.seed,
            checkpoints=RUN.checkpoints("combined"),
        script:
            "../../scripts/train_combined.py"
