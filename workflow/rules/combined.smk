# INPUTS   <results>/prepare/*, <results>/transformation/{sample}/{fold}/model.safetensors
# OUTPUTS  <results>/combined/{sample}/{fold}/{combined.safetensors,residual.safetensors,history.tsv,counts_history.tsv,counts.json}
#          without the section `bias` there is no residual: one model


if CFG.combined:

    rule train_combined:
        input:
            checked=ancient(str(rules.preflight.output.checked)),
            genome=rules.prepare_genome.output.genome,
            signal=rules.count_reads.output.signal,
            regions=rules.select_regions.output.regions,
            control=RUN.control,
            start=[CFG.combined.start] if CFG.combined.start else [],
            transformation=rules.train_transformation.output.model if CFG.transformation else [],
        output:
            **RUN.counts_files(),
            **RUN.with_bias(residual="<results>/combined/{sample}/{fold}/residual.safetensors"),
            combined="<results>/combined/{sample}/{fold}/combined.safetensors",
            history="<results>/combined/{sample}/{fold}/history.tsv",
        log:
            "<logs>/combined/{sample}/{fold}/train_combined.log",
        benchmark:
            "<benchmarks>/combined/{sample}/{fold}/train_combined.tsv"
        priority: 4
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
