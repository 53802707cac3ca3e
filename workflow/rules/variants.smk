# INPUTS   <variants.vcf>, <results>/prepare/genome.h5, <results>/combined/{sample}/{fold}/*, <results>/binding/{model}/*
# OUTPUTS  <results>/variants/<name>/variants.tsv                 every alternate allele, checked against the genome
#          <results>/variants/<name>/profile/{source}.tsv         scores of profile models; source: a sample, or `given`
#          <results>/variants/<name>/binding/{factors}.tsv        scores of binding models
#          <results>/variants/<name>/splice.tsv                   scores of splice models, a row for each gene
#          <results>/variants/<name>/{scores,qq,signs}.tsv, annotated.vcf.gz, annotated.vcf.gz.tbi
#          <results>/variants/<name>/{truth.tsv,truth_gates.json}  simulated variants: truth beside estimate
#          <results>/variants/<name>/{profiles.h5,variants.html}  the strongest variants, with both alleles' profiles


if CFG.variants:

    rule read_variants:
        input:
            variants=CFG.variants.file,
            genome=rules.prepare_genome.output.genome,
        output:
            variants=f"{SCORING.folder}/variants.tsv",
        log:
            "<logs>/variants/read_variants.log",
        benchmark:
            "<benchmarks>/variants/read_variants.tsv"
        priority: 5
        conda:
            "../../envs/cpu.yaml"
        resources:
            mem_mb=growing(4000),
            runtime=growing(60),
        params:
            variants=CFG.variants.model_dump(mode="json", include={"layout", "longest"}),
        script:
            "../../scripts/read_variants.py"

    if CFG.variants.profile:

        rule score_profiles:
            input:
                genome=rules.prepare_genome.output.genome,
                variants=rules.read_variants.output.variants,
                models=SCORING.profile_models,
                peaks=RUN.source_peaks,
            output:
                scores=f"{SCORING.folder}/profile/{{source}}.tsv",
            log:
                "<logs>/variants/profile/{source}/score_profiles.log",
            benchmark:
                "<benchmarks>/variants/profile/{source}/score_profiles.tsv"
            priority: 1
            conda:
                "../../envs/cpu.yaml"
            threads: CFG.threads
            resources:
                **RUN.gpu(CFG.variants.profile.device),
                mem_mb=growing(8000),
                runtime=growing(480),
            params:
                profile=section(CFG.variants.profile),
                seed=CFG.seed,
            script:
                "../../scripts/score_profiles.py"

    if CFG.variants.binding:

        rule score_affinities:
            input:
                genome=rules.prepare_genome.output.genome,
                variants=rules.read_variants.output.variants,
                models=SCORING.affinity_files,
            output:
                scores=f"{SCORING.folder}/binding/{{factors}}.tsv",
            log:
                "<logs>/variants/binding/{factors}/score_affinities.log",
            benchmark:
                "<benchmarks>/variants/binding/{factors}/score_affinities.tsv"
            conda:
                "../../envs/cpu.yaml"
            resources:
                mem_mb=growing(4000),
                runtime=growing(240),
            params:
                binding=CFG.variants.binding.model_dump(mode="json", include={"p_value"}),
            script:
                "../../scripts/score_affinities.py"

    if CFG.variants.splice:

        rule score_splicing:
            input:
                genome=rules.prepare_genome.output.genome,
                variants=rules.read_variants.output.variants,
                genes=CFG.variants.splice.genes or RUN.splice_annotation,
                models=CFG.variants.splice.weights or SPLICE_MODELS,
                calibration=[] if CFG.variants.splice.weights else rules.calibrate_splice.output.calibration,
            output:
                scores=f"{SCORING.folder}/splice.tsv",
            log:
                "<logs>/variants/score_splicing.log",
            benchmark:
                "<benchmarks>/variants/score_splicing.tsv"
            conda:
                "../../envs/cpu.yaml"
            threads: CFG.threads
            resources:
                **RUN.gpu(CFG.variants.splice.device),
                mem_mb=growing(8000),
                runtime=growing(480),
            params:
                splice=section(CFG.variants.splice),
            script:
                "../../scripts/score_splicing.py"

    rule collect_variants:
        input:
            source=CFG.variants.file,
            genome=rules.prepare_genome.output.genome,
            variants=rules.read_variants.output.variants,
            profile=SCORING.tables("profile", RUN.profile_sources),
            binding=SCORING.tables("binding", list(RUN.affinity_models)),
            splice=[rules.score_splicing.output.scores] if CFG.variants.splice else [],
            genes=[path for path in [CFG.variants.genes] if path],
        output:
            scores=f"{SCORING.folder}/scores.tsv",
            vcf=f"{SCORING.folder}/annotated.vcf.gz",
            index=f"{SCORING.folder}/annotated.vcf.gz.tbi",
            qq=f"{SCORING.folder}/qq.tsv",
            signs=f"{SCORING.folder}/signs.tsv",
        log:
            "<logs>/variants/collect_variants.log",
        conda:
            "../../envs/cpu.yaml"
        resources:
            mem_mb=growing(4000),
            runtime=growing(60),
        params:
            nearest=CFG.variants.nearest,
            sources=RUN.profile_sources,
            factors=list(RUN.affinity_models),
        script:
            "../../scripts/collect_variants.py"

    rule show_variants:
        input:
            genome=rules.prepare_genome.output.genome,
            variants=rules.read_variants.output.variants,
            scores=rules.collect_variants.output.scores,
            signs=rules.collect_variants.output.signs,
            source=CFG.variants.file,
            models=SCORING.shown()[0],
            peaks=SCORING.shown()[1],
        output:
            profiles=f"{SCORING.folder}/profiles.h5",
            page=report(
                f"{SCORING.folder}/variants.html",
                caption="../report/variants.rst",
                category=targets.category_of("variants"),
                labels={"figure": "Every variant", "of": CFG.variants.folder},
            ),
        log:
            "<logs>/variants/show_variants.log",
        conda:
            "../../envs/cpu.yaml"
        threads: CFG.threads
        resources:
            mem_mb=growing(8000),
            runtime=growing(60),
        params:
            shown=CFG.variants.model_dump(mode="json", include={"cards", "rows"}),
            profile=section(CFG.variants.profile) if CFG.variants.profile else None,
            seed=CFG.seed,
        script:
            "../../scripts/show_variants.py"

    if CFG.variants.truth:

        rule compare_variants:
            input:
                truth=CFG.variants.truth,
                scores=rules.collect_variants.output.scores,
            output:
                table=f"{SCORING.folder}/truth.tsv",
                gates=f"{SCORING.folder}/truth_gates.json",
            log:
                "<logs>/variants/compare_variants.log",
            conda:
                "../../envs/cpu.yaml"
            params:
                draws=CFG.variants.profile.shuffled if CFG.variants.profile else 0,
            script:
                "../../scripts/compare_variants.py"
