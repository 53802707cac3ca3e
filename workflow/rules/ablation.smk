# INPUTS   <results>/prepare/*, <results>/combined/{sample}/{fold}/combined.safetensors, <results>/binding/{model}/*
# OUTPUTS  <results>/ablation/{sample}/{fold}/{sites,site_pairs}.tsv, motifs.json     sites, decoys, controls
#          <results>/ablation/{sample}/{fold}/shard_{shard}/*                         effects of a share of the sites
#          <results>/ablation/{sample}/{fold}/{sufficiency,spacing}.tsv               motifs put into background
#          <results>/ablation/{sample}/{fold}/{site_effects,motif_table,pair_effects,pair_classes,spacings}.tsv,
#                    site_effects.bed, effects.h5, table.html, gates.json
#          <results>/ablation/{sample}/{fold}/{truth,truth_spacings}.tsv, truth_gates.json
#                                                                                     planted sites and pairs beside those found
#          <results>/ablation/{sample}/{fold}/contributions.h5, contributions_{counts,profile}.bw, seqlets.{tsv,bed}
#          <results>/ablation/{sample}/all/fold_agreement.tsv                         the folds' effects, where there are several


if CFG.ablation:
    SHARDS = range(CFG.ablation.shards)

    rule find_sites:
        input:
            checked=ancient(str(rules.preflight.output.checked)),
            genome=rules.prepare_genome.output.genome,
            regions=rules.select_regions.output.regions,
            binding_models=ablated("export_binding", "model"),
            binding_hits=ablated("export_binding", "hits"),
            given=[path for path in (CFG.ablation.annotations, CFG.ablation.motifs) if path],
            discovered=rules.call_hits.output.bed if RUN.discovered_sites else [],
        output:
            sites="<results>/ablation/{sample}/{fold}/sites.tsv",
            motifs="<results>/ablation/{sample}/{fold}/motifs.json",
            pairs="<results>/ablation/{sample}/{fold}/site_pairs.tsv",
        log:
            "<logs>/ablation/{sample}/{fold}/find_sites.log",
        benchmark:
            "<benchmarks>/ablation/{sample}/{fold}/find_sites.tsv"
        priority: 3
        conda:
            "../../envs/cpu.yaml"
        resources:
            mem_mb=growing(4000),
            runtime=growing(60),
        params:
            ablation=section(CFG.ablation, "contributions"),
            evaluate=RUN.scored_windows,
            seed=CFG.seed,
        script:
            "../../scripts/find_sites.py"

    rule ablate_sites:
        input:
            genome=rules.prepare_genome.output.genome,
            regions=rules.select_regions.output.regions,
            model=rules.train_combined.output.combined,
            sites=rules.find_sites.output.sites,
            motifs=rules.find_sites.output.motifs,
            pairs=rules.find_sites.output.pairs,
        output:
            effects="<results>/ablation/{sample}/{fold}/shard_{shard}/effects.tsv",
            pairs="<results>/ablation/{sample}/{fold}/shard_{shard}/pairs.tsv",
            profiles="<results>/ablation/{sample}/{fold}/shard_{shard}/profiles.h5",
        log:
            "<logs>/ablation/{sample}/{fold}/shard_{shard}/ablate_sites.log",
        benchmark:
            "<benchmarks>/ablation/{sample}/{fold}/shard_{shard}/ablate_sites.tsv"
        priority: 3
        conda:
            "../../envs/cpu.yaml"
        threads: CFG.threads
        resources:
            **RUN.gpu(CFG.ablation.device),
            mem_mb=growing(8000),
            runtime=growing(240),
        params:
            ablation=section(CFG.ablation, "contributions"),
            seed=CFG.seed,
        script:
            "../../scripts/ablate_sites.py"

    rule marginalize_motifs:
        input:
            genome=rules.prepare_genome.output.genome,
            regions=rules.select_regions.output.regions,
            model=rules.train_combined.output.combined,
            motifs=rules.find_sites.output.motifs,
            binding_spacings=ablated("evaluate_binding", "spacing"),
        output:
            sufficiency="<results>/ablation/{sample}/{fold}/sufficiency.tsv",
            spacing="<results>/ablation/{sample}/{fold}/spacing.tsv",
        log:
            "<logs>/ablation/{sample}/{fold}/marginalize_motifs.log",
        benchmark:
            "<benchmarks>/ablation/{sample}/{fold}/marginalize_motifs.tsv"
        priority: 2
        conda:
            "../../envs/cpu.yaml"
        threads: CFG.threads
        resources:
            **RUN.gpu(CFG.ablation.device),
            mem_mb=growing(8000),
            runtime=growing(240),
        params:
            ablation=section(CFG.ablation, "contributions"),
            seed=CFG.seed,
        script:
            "../../scripts/marginalize_motifs.py"

    rule collect_ablation:
        input:
            sites=rules.find_sites.output.sites,
            motifs=rules.find_sites.output.motifs,
            pairs=rules.find_sites.output.pairs,
            sufficiency=rules.marginalize_motifs.output.sufficiency,
            spacing=rules.marginalize_motifs.output.spacing,
            binding_spacings=ablated("evaluate_binding", "spacing"),
            effects=expand(rules.ablate_sites.output.effects, shard=SHARDS, allow_missing=True),
            pair_effects=expand(rules.ablate_sites.output.pairs, shard=SHARDS, allow_missing=True),
            profiles=expand(rules.ablate_sites.output.profiles, shard=SHARDS, allow_missing=True),
        output:
            sites="<results>/ablation/{sample}/{fold}/site_effects.tsv",
            bed="<results>/ablation/{sample}/{fold}/site_effects.bed",
            effects="<results>/ablation/{sample}/{fold}/effects.h5",
            motifs="<results>/ablation/{sample}/{fold}/motif_table.tsv",
            pairs="<results>/ablation/{sample}/{fold}/pair_effects.tsv",
            pair_classes="<results>/ablation/{sample}/{fold}/pair_classes.tsv",
            spacings="<results>/ablation/{sample}/{fold}/spacings.tsv",
            page=report(
                "<results>/ablation/{sample}/{fold}/table.html",
                caption="../report/ablation_table.rst",
                category=targets.category_of("ablation"),
                labels={"figure": "Every site", "of": "{sample}/{fold}"},
            ),
            gates="<results>/ablation/{sample}/{fold}/gates.json",
        log:
            "<logs>/ablation/{sample}/{fold}/collect_ablation.log",
        priority: 3
        conda:
            "../../envs/cpu.yaml"
        resources:
            mem_mb=growing(4000),
            runtime=growing(60),
        params:
            ablation=section(CFG.ablation, "contributions"),
        script:
            "../../scripts/collect_ablation.py"

    if CFG.ablation.contributions:

        rule attribute_peaks:
            input:
                genome=rules.prepare_genome.output.genome,
                regions=rules.select_regions.output.regions,
                model=rules.train_combined.output.combined,
            output:
                contributions="<results>/ablation/{sample}/{fold}/shard_{shard}/contributions.h5",
            log:
                "<logs>/ablation/{sample}/{fold}/shard_{shard}/attribute_peaks.log",
            benchmark:
                "<benchmarks>/ablation/{sample}/{fold}/shard_{shard}/attribute_peaks.tsv"
            priority: 3
            conda:
                "../../envs/cpu.yaml"
            threads: CFG.threads
            resources:
                **RUN.gpu(CFG.ablation.device),
                mem_mb=growing(8000),
                runtime=growing(240),
            params:
                ablation=CFG.ablation.model_dump(mode="json", include={"contributions", "device", "shards"}),
                evaluate=RUN.scored_windows,
                seed=CFG.seed,
            script:
                "../../scripts/attribute_peaks.py"

        rule collect_contributions:
            input:
                genome=rules.prepare_genome.output.genome,
                sites=rules.find_sites.output.sites,
                shards=expand(rules.attribute_peaks.output.contributions, shard=SHARDS, allow_missing=True),
            output:
                contributions="<results>/ablation/{sample}/{fold}/contributions.h5",
                seqlets="<results>/ablation/{sample}/{fold}/seqlets.tsv",
                bed="<results>/ablation/{sample}/{fold}/seqlets.bed",
                tracks=[
                    "<results>/ablation/{sample}/{fold}/contributions_%s.bw" % output
                    for output in CFG.ablation.contributions.outputs
                ],
            log:
                "<logs>/ablation/{sample}/{fold}/collect_contributions.log",
            priority: 3
            conda:
                "../../envs/cpu.yaml"
            resources:
                mem_mb=growing(8000),
                runtime=growing(60),
            params:
                ablation=CFG.ablation.model_dump(mode="json", include={"contributions", "device", "shards"}),
            script:
                "../../scripts/collect_contributions.py"

    if RUN.known_truth:

        rule compare_sites:
            input:
                **RUN.truth("truth.json", "truth_sites.tsv", "truth_pairs.tsv"),
                genome=rules.prepare_genome.output.genome,
                regions=rules.select_regions.output.regions,
                sites=rules.collect_ablation.output.sites,
                spacings=rules.collect_ablation.output.spacings,
                pair_effects=rules.collect_ablation.output.pairs,
            output:
                table="<results>/ablation/{sample}/{fold}/truth.tsv",
                spacings="<results>/ablation/{sample}/{fold}/truth_spacings.tsv",
                gates="<results>/ablation/{sample}/{fold}/truth_gates.json",
            log:
                "<logs>/ablation/{sample}/{fold}/compare_sites.log",
            priority: 3
            conda:
                "../../envs/cpu.yaml"
            params:
                significance=CFG.ablation.significance,
                evaluate=RUN.scored_windows,
            script:
                "../../scripts/compare_sites.py"

    if len(RUN.folds) > 1:

        rule compare_folds:
            input:
                sites=expand(rules.collect_ablation.output.sites, fold=RUN.folds, allow_missing=True),
            output:
                table="<results>/ablation/{sample}/all/fold_agreement.tsv",
            log:
                "<logs>/ablation/{sample}/all/compare_folds.log",
            conda:
                "../../envs/cpu.yaml"
            params:
                folds=RUN.folds,
            script:
                "../../scripts/compare_folds.py"
