# INPUTS   <results>/prepare/*, <results>/combined/{sample}/{fold}/combined.safetensors
# OUTPUTS  <results>/predict/{sample}/{fold}/predictions.h5      the windows that are scored
#          <results>/predict/{sample}/{fold}/tracks/<part>.<head>.<task>.bw
#                    parts: combined, residual, transformation (the transformed bias), bias
#          <results>/predict/sets/{prediction}/{predictions.h5,counts.tsv,tracks/}   of the section `predict`;
#                    prediction: the set, and the sample or `given`
#          <results>/evaluate/{sample}/{fold}/{per_region.tsv,summary.tsv,footprints.tsv,gates.json}
#          <results>/{evaluate,predict}/{sample}/all/*                of all folds together, if there are several


if CFG.combined:

    rule predict_profiles:
        input:
            genome=rules.prepare_genome.output.genome,
            signal=rules.count_reads.output.signal,
            regions=rules.select_regions.output.regions,
            control=RUN.control,
            model=rules.train_combined.output.combined,
        output:
            predictions="<results>/predict/{sample}/{fold}/predictions.h5",
            tracks=directory("<results>/predict/{sample}/{fold}/tracks"),
        log:
            "<logs>/predict/{sample}/{fold}/predict_profiles.log",
        benchmark:
            "<benchmarks>/predict/{sample}/{fold}/predict_profiles.tsv"
        priority: 2
        conda:
            "../../envs/cpu.yaml"
        threads: CFG.threads
        resources:
            **RUN.gpu(CFG.combined.training.device),
            mem_mb=growing(4000),
            runtime=growing(120),
        params:
            evaluate=RUN.scored_windows,
            device=CFG.combined.training.device,
        script:
            "../../scripts/predict_profiles.py"

    rule evaluate_profiles:
        input:
            **(RUN.truth("truth.json", "truth_rates.h5", "truth_sites.tsv") if CFG.bias else {}),
            genome=rules.prepare_genome.output.genome,
            signal=rules.count_reads.output.signal,
            regions=rules.select_regions.output.regions,
            control=RUN.control,
            model=rules.train_combined.output.combined,
            predictions=rules.predict_profiles.output.predictions,
        output:
            **RUN.with_bias(preference="<results>/evaluate/{sample}/{fold}/preference.tsv"),
            per_region="<results>/evaluate/{sample}/{fold}/per_region.tsv",
            summary="<results>/evaluate/{sample}/{fold}/summary.tsv",
            footprints="<results>/evaluate/{sample}/{fold}/footprints.tsv",
            gates="<results>/evaluate/{sample}/{fold}/gates.json",
        log:
            "<logs>/evaluate/{sample}/{fold}/evaluate_profiles.log",
        benchmark:
            "<benchmarks>/evaluate/{sample}/{fold}/evaluate_profiles.tsv"
        priority: 2
        conda:
            "../../envs/cpu.yaml"
        threads: CFG.threads
        resources:
            **RUN.gpu(CFG.combined.training.device),
            mem_mb=growing(4000),
            runtime=growing(120),
        params:
            evaluate=section(CFG.evaluate),
            seed=CFG.seed,
            device=CFG.combined.training.device,
        script:
            "../../scripts/evaluate_profiles.py"

    if len(RUN.folds) > 1:

        rule average_folds:
            input:
                per_region=expand(
                    rules.evaluate_profiles.output.per_region, fold=RUN.folds, allow_missing=True
                ),
                summaries=expand(rules.evaluate_profiles.output.summary, fold=RUN.folds, allow_missing=True),
                gates=expand(rules.evaluate_profiles.output.gates, fold=RUN.folds, allow_missing=True),
            output:
                per_region="<results>/evaluate/{sample}/all/per_region.tsv",
                summary="<results>/evaluate/{sample}/all/summary.tsv",
                gates="<results>/evaluate/{sample}/all/gates.json",
            log:
                "<logs>/evaluate/{sample}/all/average_folds.log",
            conda:
                "../../envs/cpu.yaml"
            params:
                folds=RUN.folds,
            script:
                "../../scripts/average_folds.py"

        # The mean of all folds' models on the windows of all folds: tracks to look at. Most of the models have seen a
        # window in training, so no metric is taken from them; held-out predictions are each fold's own.
        rule average_predictions:
            input:
                genome=rules.prepare_genome.output.genome,
                regions=expand(rules.select_regions.output.regions, fold=RUN.folds, allow_missing=True),
                control=RUN.control,
                models=expand(rules.train_combined.output.combined, fold=RUN.folds, allow_missing=True),
            output:
                predictions="<results>/predict/{sample}/all/predictions.h5",
                tracks=directory("<results>/predict/{sample}/all/tracks"),
            log:
                "<logs>/predict/{sample}/all/average_predictions.log",
            benchmark:
                "<benchmarks>/predict/{sample}/all/average_predictions.tsv"
            conda:
                "../../envs/cpu.yaml"
            threads: CFG.threads
            resources:
                **RUN.gpu(CFG.combined.training.device),
                mem_mb=growing(4000),
                runtime=growing(240),
            params:
                evaluate=RUN.scored_windows,
                device=CFG.combined.training.device,
            script:
                "../../scripts/average_predictions.py"


# A FASTA of its own, as codes on disk that are read through a memory map.
rule read_sequences:
    input:
        fasta=lambda wildcards: CFG.predict.named[wildcards.set].fasta,
    output:
        sequences="<results>/predict/sequences/{set}.h5",
    log:
        "<logs>/predict/sequences/{set}/read_sequences.log",
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=growing(4000),
        runtime=growing(30),
    script:
        "../../scripts/read_sequences.py"


# The mean of given models, or of those that the last stage has fitted to a sample in all folds.
rule predict_regions:
    input:
        genome=lambda wildcards: (
            expand(rules.read_sequences.output.sequences, set=RUN.predictions[wildcards.prediction].name)
            if RUN.predictions[wildcards.prediction].settings.fasta
            else rules.prepare_genome.output.genome
        ),
        regions=lambda wildcards: RUN.predictions[wildcards.prediction].regions,
        models=lambda wildcards: (
            RUN.predictions[wildcards.prediction].settings.models
            or expand(
                {
                    "combined": lambda: rules.train_combined.output.combined,
                    "transformation": lambda: rules.train_transformation.output.model,
                    "bias": lambda: rules.choose_bias.output.model,
                }[predicting.fitted_stage(CFG)](),
                sample=RUN.predictions[wildcards.prediction].sample,
                fold=RUN.folds,
            )
        ),
    output:
        predictions="<results>/predict/sets/{prediction}/predictions.h5",
        counts="<results>/predict/sets/{prediction}/counts.tsv",
        tracks=directory("<results>/predict/sets/{prediction}/tracks"),
    log:
        "<logs>/predict/sets/{prediction}/predict_regions.log",
    benchmark:
        "<benchmarks>/predict/sets/{prediction}/predict_regions.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: CFG.threads
    resources:
        **RUN.gpu(CFG.predict.device if CFG.predict else "cpu"),
        mem_mb=growing(4000),
        runtime=growing(240),
    params:
        settings=lambda wildcards: section(
            RUN.predictions[wildcards.prediction].settings, "fasta", "models", "regions"
        ),
        batch_size=CFG.predict.batch_size if CFG.predict else None,
        device=CFG.predict.device if CFG.predict else "cpu",
    script:
        "../../scripts/predict_regions.py"
