# INPUTS   the sheet <binding.libraries>: FASTQ of each round or a count table for each library (or `simulate_selex`)
# OUTPUTS  <results>/simulate/selex/*                                  reads and their truth
#          <results>/binding/{model}/{library}/counts.{tsv.gz,json}    reads and their counts by round
#          <results>/binding/{model}/seed_{seed}/{motifs,model}.{pt,history.tsv}   fits: without and with cooperativity
#          <results>/binding/{model}/*.tsv, gates.json                 what was found, with its errors
#          <results>/binding/{model}/{model.json,model.safetensors,motifs.meme,motifs.jaspar,pfm/,hits.bed.gz}
#
# A model holds one or several libraries that share its matrices; its fits differ by their seed.


if CFG.simulate_selex:

    rule simulate_selex:
        output:
            reads=expand("<results>/simulate/selex/round{round}.fastq.gz", round=CFG.simulate_selex.sequenced),
            truth="<results>/simulate/selex/truth.json",
        log:
            "<logs>/simulate/simulate_selex.log",
        priority: 5
        conda:
            "../../envs/cpu.yaml"
        resources:
            mem_mb=growing(2000),
            runtime=growing(20),
        params:
            simulate=section(CFG.simulate_selex),
        script:
            "../../scripts/simulate_selex.py"


if CFG.binding:

    rule count_selex:
        input:
            reads=RUN.selex_files,
        output:
            counts="<results>/binding/{model}/{library}/counts.tsv.gz",
            stats="<results>/binding/{model}/{library}/counts.json",
        log:
            "<logs>/binding/{model}/{library}/count_selex.log",
        benchmark:
            "<benchmarks>/binding/{model}/{library}/count_selex.tsv"
        priority: 5
        conda:
            "../../envs/cpu.yaml"
        resources:
            mem_mb=growing(4000),
            runtime=growing(60),
        params:
            library=RUN.selex_row,
        script:
            "../../scripts/count_selex.py"

    rule fit_psam:
        input:
            counts=lambda wildcards: of_libraries(wildcards, "counts"),
            stats=lambda wildcards: of_libraries(wildcards, "stats"),
        output:
            state="<results>/binding/{model}/seed_{seed}/motifs.pt",
            history="<results>/binding/{model}/seed_{seed}/motifs.history.tsv",
        log:
            "<logs>/binding/{model}/seed_{seed}/fit_psam.log",
        benchmark:
            "<benchmarks>/binding/{model}/seed_{seed}/fit_psam.tsv"
        priority: 2
        conda:
            "../../envs/cpu.yaml"
        resources:
            mem_mb=growing(4000),
            runtime=growing(240),
        params:
            binding=section(CFG.binding, "models", "seeds", "hits_p_value"),
            model=RUN.binding_model,
            libraries=RUN.selex_rows,
            seed=lambda wildcards: RUN.fit_seed(wildcards.seed),
            split_seed=CFG.seed,
            checkpoints=RUN.checkpoints("binding"),
        script:
            "../../scripts/fit_psam.py"

    rule fit_cooperativity:
        input:
            counts=lambda wildcards: of_libraries(wildcards, "counts"),
            stats=lambda wildcards: of_libraries(wildcards, "stats"),
            motifs=rules.fit_psam.output.state,
        output:
            state="<results>/binding/{model}/seed_{seed}/model.pt",
            history="<results>/binding/{model}/seed_{seed}/model.history.tsv",
        log:
            "<logs>/binding/{model}/seed_{seed}/fit_cooperativity.log",
        benchmark:
            "<benchmarks>/binding/{model}/seed_{seed}/fit_cooperativity.tsv"
        priority: 2
        conda:
            "../../envs/cpu.yaml"
        resources:
            mem_mb=growing(4000),
            runtime=growing(480),
        params:
            binding=section(CFG.binding, "models", "seeds", "hits_p_value"),
            model=RUN.binding_model,
            libraries=RUN.selex_rows,
            seed=lambda wildcards: RUN.fit_seed(wildcards.seed),
            split_seed=CFG.seed,
            checkpoints=RUN.checkpoints("binding"),
        script:
            "../../scripts/fit_cooperativity.py"

    rule evaluate_binding:
        input:
            counts=lambda wildcards: of_libraries(wildcards, "counts"),
            stats=lambda wildcards: of_libraries(wildcards, "stats"),
            states=lambda wildcards: of_fits(wildcards, "state"),
            histories=lambda wildcards: of_fits(wildcards, "history"),
            truth=RUN.selex_truth,
        output:
            **{
                name: f"<results>/binding/{{model}}/{name}.tsv"
                for name in (
                    "agreement",
                    "matrix",
                    "pairs",
                    "position_bias",
                    "spacing",
                    "parameters",
                    "heldout",
                    "enrichment",
                    "history",
                )
            },
            covariance="<results>/binding/{model}/covariance.h5",
            gates="<results>/binding/{model}/gates.json",
        log:
            "<logs>/binding/{model}/evaluate_binding.log",
        benchmark:
            "<benchmarks>/binding/{model}/evaluate_binding.tsv"
        priority: 2
        conda:
            "../../envs/cpu.yaml"
        resources:
            mem_mb=growing(4000),
            runtime=growing(240),
        params:
            binding=section(CFG.binding, "models", "seeds", "hits_p_value"),
            model=RUN.binding_model,
            libraries=RUN.selex_rows,
            seeds=[RUN.fit_seed(fit) for fit in RUN.fits],
            split_seed=CFG.seed,
        script:
            "../../scripts/evaluate_binding.py"

    rule export_binding:
        input:
            counts=lambda wildcards: of_libraries(wildcards, "counts"),
            stats=lambda wildcards: of_libraries(wildcards, "stats"),
            states=lambda wildcards: of_fits(wildcards, "state"),
            histories=lambda wildcards: of_fits(wildcards, "history"),
            spacing=rules.evaluate_binding.output.spacing,
            genome=[rules.prepare_genome.output.genome] if CFG.genome else [],
        output:
            model="<results>/binding/{model}/model.json",
            weights="<results>/binding/{model}/model.safetensors",
            meme="<results>/binding/{model}/motifs.meme",
            jaspar="<results>/binding/{model}/motifs.jaspar",
            pfm=directory("<results>/binding/{model}/pfm"),
            hits=["<results>/binding/{model}/hits.bed.gz"] if CFG.genome else [],
        log:
            "<logs>/binding/{model}/export_binding.log",
        benchmark:
            "<benchmarks>/binding/{model}/export_binding.tsv"
        priority: 2
        conda:
            "../../envs/cpu.yaml"
        resources:
            mem_mb=growing(4000),
            runtime=growing(60),
        params:
            binding=section(CFG.binding, "models", "seeds"),
            model=RUN.binding_model,
            libraries=RUN.selex_rows,
            seeds=[RUN.fit_seed(fit) for fit in RUN.fits],
            split_seed=CFG.seed,
        script:
            "../../scripts/export_binding.py"

    if RUN.simulated_models:

        rule compare_selex:
            input:
                truth=RUN.selex_truth,
                matrix=rules.evaluate_binding.output.matrix,
                spacing=rules.evaluate_binding.output.spacing,
                position_bias=rules.evaluate_binding.output.position_bias,
                parameters=rules.evaluate_binding.output.parameters,
            output:
                table="<results>/binding/{model}/truth.tsv",
            log:
                "<logs>/binding/{model}/compare_selex.log",
            conda:
                "../../envs/cpu.yaml"
            script:
                "../../scripts/compare_selex.py"
