# INPUTS   <results>/prepare/*, <results>/combined/{sample}/{fold}/combined.safetensors, <results>/binding/{model}/*
# OUTPUTS  <results>/ablation/{sample}/{fold}/{sites,site_pairs}.tsv, motifs.json     sites, decoys, controls
#          <results>/ablation/{sample}/{fold}/shard_{shard}/*                         effects of a share of the sites
#          <results>/ablation/{sample}/{fold}/{sufficiency,spacing}.tsv               motifs put into background
#          <results>/ablation/{sample}/{fold}/{site_effects,motif_table,pair_effects,spacings}.tsv, site_effects.bed,
#                    effects.h5, table.html, gates.json
#          <results>/ablation/{sample}/{fold}/{truth,truth_spacings}.tsv              planted sites and pairs beside those found
#          <results>/ablation/{sample}/{fold}/contributions.h5, contributions_{counts,profile}.bw, seqlets.{tsv,bed}
#          <results>/ablation/{sample}/all/fold_agreement.tsv                         the folds' effects, where there are several

if CFG.ablation:

    rule find_sites:
        input:
            checked="<results>/prepare/{sample}/checked.json",
            genome="<results>/prepare/genome.h5",
            regions="<results>/prepare/{sample}/{fold}/regions.tsv",
            binding_models=ablated_models("model.json"),
            binding_hits=ablated_models("hits.bed.gz"),
            given=[path for path in (CFG.ablation.annotations, CFG.ablation.motifs) if path],
        output:
            sites="<results>/ablation/{sample}/{fold}/sites.tsv",
            motifs="<results>/ablation/{sample}/{fold}/motifs.json",
            pairs="<results>/ablation/{sample}/{fold}/site_pairs.tsv",
        log:
            "<logs>/ablation/{sample}/{fold}/find_sites.log",
        benchmark:
            "<benchmarks>/ablation/{sample}/{fold}/find_sites.tsv"
        conda:
            "../../envs/cpu.yaml"
        resources:
            mem_mb=growing(4000),
            runtime=growing(60),
        params:
            ablation=section(CFG.ablation, "contributions"),
            evaluate=section(CFG.evaluate, "footprint_backgrounds", "bias_motifs", "motifs"),
            seed=CFG.seed,
        script:
            "../../scripts/find_sites.py"

    rule ablate_sites:
        input:
            genome="<results>/prepare/genome.h5",
            regions="<results>/prepare/{sample}/{fold}/regions.tsv",
            model="<results>/combined/{sample}/{fold}/combined.safetensors",
            sites="<results>/ablation/{sample}/{fold}/sites.tsv",
            pairs="<results>/ablation/{sample}/{fold}/site_pairs.tsv",
        output:
            effects="<results>/ablation/{sample}/{fold}/shard_{shard}/effects.tsv",
            pairs="<results>/ablation/{sample}/{fold}/shard_{shard}/pairs.tsv",
            profiles="<results>/ablation/{sample}/{fold}/shard_{shard}/profiles.h5",
        log:
            "<logs>/ablation/{sample}/{fold}/shard_{shard}/ablate_sites.log",
        benchmark:
            "<benchmarks>/ablation/{sample}/{fold}/shard_{shard}/ablate_sites.tsv"
        conda:
            "../../envs/cpu.yaml"
        threads: CFG.threads
        resources:
            **gpu(CFG.ablation.device),
            mem_mb=growing(8000),
            runtime=growing(240),
        params:
            ablation=section(CFG.ablation, "contributions"),
            seed=CFG.seed,
        script:
            "../../scripts/ablate_sites.py"

    rule marginalize_motifs:
        input:
            genome="<results>/prepare/genome.h5",
            regions="<results>/prepare/{sample}/{fold}/regions.tsv",
            model="<results>/combined/{sample}/{fold}/combined.safetensors",
            motifs="<results>/ablation/{sample}/{fold}/motifs.json",
            binding_spacings=ablated_models("spacing.tsv"),
        output:
            sufficiency="<results>/ablation/{sample}/{fold}/sufficiency.tsv",
            spacing="<results>/ablation/{sample}/{fold}/spacing.tsv",
        log:
            "<logs>/ablation/{sample}/{fold}/marginalize_motifs.log",
        benchmark:
            "<benchmarks>/ablation/{sample}/{fold}/marginalize_motifs.tsv"
        conda:
            "../../envs/cpu.yaml"
        threads: CFG.threads
        resources:
            **gpu(CFG.ablation.device),
            mem_mb=growing(8000),
            runtime=growing(240),
        params:
            ablation=section(CFG.ablation, "contributions"),
        script:
            "../../scripts/marginalize_motifs.py"

    rule collect_ablation:
        input:
            sites="<results>/ablation/{sample}/{fold}/sites.tsv",
            motifs="<results>/ablation/{sample}/{fold}/motifs.json",
            pairs="<results>/ablation/{sample}/{fold}/site_pairs.tsv",
            sufficiency="<results>/ablation/{sample}/{fold}/sufficiency.tsv",
            spacing="<results>/ablation/{sample}/{fold}/spacing.tsv",
            binding_spacings=ablated_models("spacing.tsv"),
            effects=shards("effects.tsv"),
            pair_effects=shards("pairs.tsv"),
            profiles=shards("profiles.h5"),
        output:
            sites="<results>/ablation/{sample}/{fold}/site_effects.tsv",
            bed="<results>/ablation/{sample}/{fold}/site_effects.bed",
            effects="<results>/ablation/{sample}/{fold}/effects.h5",
            motifs="<results>/ablation/{sample}/{fold}/motif_table.tsv",
            pairs="<results>/ablation/{sample}/{fold}/pair_effects.tsv",
            spacings="<results>/ablation/{sample}/{fold}/spacings.tsv",
            page=report(
                "<results>/ablation/{sample}/{fold}/table.html",
                caption="../report/ablation_table.rst",
                category=category_of("ablation"),
                labels={"figure": "Every site", "of": "{sample}/{fold}"},
            ),
            gates="<results>/ablation/{sample}/{fold}/gates.json",
        log:
            "<logs>/ablation/{sample}/{fold}/collect_ablation.log",
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
                genome="<results>/prepare/genome.h5",
                regions="<results>/prepare/{sample}/{fold}/regions.tsv",
                model="<results>/combined/{sample}/{fold}/combined.safetensors",
            output:
                contributions="<results>/ablation/{sample}/{fold}/shard_{shard}/contributions.h5",
            log:
                "<logs>/ablation/{sample}/{fold}/shard_{shard}/attribute_peaks.log",
            benchmark:
                "<benchmarks>/ablation/{sample}/{fold}/shard_{shard}/attribute_peaks.tsv"
            conda:
                "../../envs/cpu.yaml"
            threads: CFG.threads
            resources:
                **gpu(CFG.ablation.device),
                mem_mb=growing(8000),
                runtime=growing(240),
            params:
                ablation=CFG.ablation.model_dump(mode="json", include={"contributions", "device", "shards"}),
                evaluate=section(CFG.evaluate, "footprint_backgrounds", "bias_motifs", "motifs"),
                seed=CFG.seed,
            script:
                "../../scripts/attribute_peaks.py"

        rule collect_contributions:
            input:
                genome="<results>/prepare/genome.h5",
                sites="<results>/ablation/{sample}/{fold}/sites.tsv",
                shards=shards("contributions.h5"),
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
            conda:
                "../../envs/cpu.yaml"
            resources:
                mem_mb=growing(8000),
                runtime=growing(60),
            params:
                ablation=CFG.ablation.model_dump(mode="json", include={"contributions", "device", "shards"}),
            script:
                "../../scripts/collect_contributions.py"

    if CFG.simulate:

        rule compare_sites:
            input:
                truth="<results>/simulate/truth_sites.tsv",
                pairs="<results>/simulate/truth_pairs.tsv",
                genome="<results>/prepare/genome.h5",
                regions="<results>/prepare/{sample}/{fold}/regions.tsv",
                sites="<results>/ablation/{sample}/{fold}/site_effects.tsv",
                spacings="<results>/ablation/{sample}/{fold}/spacings.tsv",
            output:
                table="<results>/ablation/{sample}/{fold}/truth.tsv",
                spacings="<results>/ablation/{sample}/{fold}/truth_spacings.tsv",
            log:
                "<logs>/ablation/{sample}/{fold}/compare_sites.log",
            conda:
                "../../envs/cpu.yaml"
            params:
                significance=CFG.ablation.significance,
                evaluate=section(CFG.evaluate, "footprint_backgrounds", "bias_motifs", "motifs"),
                favoured=(CFG.simulate.pair_offsets, CFG.simulate.pair_effects),
            script:
                "../../scripts/compare_sites.py"

    if len(FOLDS) > 1:

        rule compare_folds:
            input:
                sites=expand("<results>/ablation/{{sample}}/{fold}/site_effects.tsv", fold=FOLDS),
            output:
                table="<results>/ablation/{sample}/all/fold_agreement.tsv",
            log:
                "<logs>/ablation/{sample}/all/compare_folds.log",
            conda:
                "../../envs/cpu.yaml"
            params:
                folds=FOLDS,
            script:
                "../../scripts/compare_folds.py"
