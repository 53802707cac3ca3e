# INPUTS   <splice.genes.annotation> (GTF, GFF3) or <splice.genes.table>, and a genome FASTA (or `simulate_genes`)
# OUTPUTS  <results>/simulate/genes/*                                 genome, annotation and their truth
#          <results>/splice/{genes.h5,exons.tsv,genes.json}           gene set, its exons, what it holds
#          <results>/splice/left_out.tsv                       transcripts and genes that are not in it, and why
#          <results>/splice/{model.safetensors,history.tsv}           the trained network, unless weights are given
#          <results>/splice/{thresholds,accuracy,pr,reliability}.tsv, calibration.json, gates.json
#          <results>/splice/predict/{sites.tsv,tracks/*.bw}           sites and probabilities of genes, regions, sequences
#          <results>/splice/frames/*                                  frame alignment checks

if CFG.simulate_genes:

    rule simulate_genes:
        output:
            fasta="<results>/simulate/genes/genome.fa",
            annotation="<results>/simulate/genes/genes.gtf",
            truth="<results>/simulate/genes/truth.tsv",
            variants="<results>/simulate/genes/variants.vcf",
            variant_truth="<results>/simulate/genes/truth_variants.tsv",
        log:
            "<logs>/simulate/simulate_genes.log",
        priority: 5
        conda:
            "../../envs/cpu.yaml"
        resources:
            mem_mb=growing(2000),
            runtime=growing(20),
        params:
            simulate=section(CFG.simulate_genes),
        script:
            "../../scripts/simulate_genes.py"


if CFG.splice:

    rule build_genes:
        input:
            fasta=CFG.splice.genes.fasta or CFG.genome.fasta,
            annotation=CFG.splice.genes.annotation or CFG.splice.genes.table,
        output:
            genes="<results>/splice/genes.h5",
            exons="<results>/splice/exons.tsv",
            left_out="<results>/splice/left_out.tsv",
            report="<results>/splice/genes.json",
        log:
            "<logs>/splice/build_genes.log",
        benchmark:
            "<benchmarks>/splice/build_genes.tsv"
        priority: 5
        conda:
            "../../envs/cpu.yaml"
        resources:
            mem_mb=growing(8000),
            runtime=growing(60),
        params:
            genes=section(CFG.splice.genes),
        script:
            "../../scripts/build_genes.py"

    if not CFG.splice.model.weights:

        rule train_splice:
            input:
                genes=rules.build_genes.output.genes,
            output:
                model="<results>/splice/model.safetensors",
                history="<results>/splice/history.tsv",
            log:
                "<logs>/splice/train_splice.log",
            benchmark:
                "<benchmarks>/splice/train_splice.tsv"
            conda:
                "../../envs/cpu.yaml"
            threads: CFG.threads
            resources:
                **RUN.gpu(CFG.splice.training.device, CFG.splice.training.processes),
                processes=CFG.splice.training.processes,
                mem_mb=growing(8000),
                runtime=growing(720),
            params:
                model=section(CFG.splice.model),
                training=section(CFG.splice.training),
                seed=CFG.seed,
                checkpoints=RUN.checkpoints("splice"),
            script:
                "../../scripts/train_splice.py"

    SPLICE_MODELS = list(CFG.splice.model.weights) or [rules.train_splice.output.model]

    rule calibrate_splice:
        input:
            genes=rules.build_genes.output.genes,
            models=SPLICE_MODELS,
        output:
            calibration="<results>/splice/calibration.json",
            thresholds="<results>/splice/thresholds.tsv",
            accuracy="<results>/splice/accuracy.tsv",
            pr="<results>/splice/pr.tsv",
            reliability="<results>/splice/reliability.tsv",
            gates="<results>/splice/gates.json",
        log:
            "<logs>/splice/calibrate_splice.log",
        benchmark:
            "<benchmarks>/splice/calibrate_splice.tsv"
        conda:
            "../../envs/cpu.yaml"
        threads: CFG.threads
        resources:
            **RUN.gpu(CFG.splice.calibration.device),
            mem_mb=growing(4000),
            runtime=growing(240),
        params:
            calibration=section(CFG.splice.calibration),
            seed=CFG.seed,
        script:
            "../../scripts/calibrate_splice.py"

    if CFG.splice.checks:

        rule check_frames:
            input:
                genes=rules.build_genes.output.genes,
                exons=rules.build_genes.output.exons,
                models=SPLICE_MODELS,
                calibration=rules.calibrate_splice.output.calibration,
            output:
                **{name: f"<results>/splice/frames/{name}.tsv" for name in RUN.frame_tables},
                summary="<results>/splice/frames/frame_summary.tsv",
                controls="<results>/splice/frames/frame_controls.tsv",
                gates="<results>/splice/frames/frame_gates.json",
            log:
                "<logs>/splice/check_frames.log",
            benchmark:
                "<benchmarks>/splice/check_frames.tsv"
            conda:
                "../../envs/cpu.yaml"
            threads: CFG.threads
            resources:
                mem_mb=growing(4000),
                runtime=growing(480),
            params:
                checks=section(CFG.splice.checks),
                device=CFG.splice.calibration.device,
                seed=CFG.seed,
            script:
                "../../scripts/check_frames.py"

    if CFG.splice.predict:

        rule predict_splice:
            input:
                fasta=CFG.splice.genes.fasta or CFG.genome.fasta,
                genes=rules.build_genes.output.genes,
                models=SPLICE_MODELS,
                calibration=rules.calibrate_splice.output.calibration,
                regions=CFG.splice.predict.regions or [],
                sequences=CFG.splice.predict.fasta or [],
            output:
                sites="<results>/splice/predict/sites.tsv",
                tracks=directory("<results>/splice/predict/tracks"),
            log:
                "<logs>/splice/predict_splice.log",
            benchmark:
                "<benchmarks>/splice/predict_splice.tsv"
            conda:
                "../../envs/cpu.yaml"
            threads: CFG.threads
            resources:
                **RUN.gpu(CFG.splice.calibration.device),
                mem_mb=growing(8000),
                runtime=growing(480),
            params:
                predict=section(CFG.splice.predict),
                calibration=section(CFG.splice.calibration),
            script:
                "../../scripts/predict_splice.py"

    if CFG.simulate_genes:

        rule compare_genes:
            input:
                truth=rules.simulate_genes.output.truth,
                genes=rules.build_genes.output.genes,
                models=SPLICE_MODELS,
                thresholds=rules.calibrate_splice.output.thresholds,
            output:
                table="<results>/splice/truth.tsv",
            log:
                "<logs>/splice/compare_genes.log",
            conda:
                "../../envs/cpu.yaml"
            threads: CFG.threads
            script:
                "../../scripts/compare_genes.py"
