# INPUTS   <results>/prepare/*, <results>/combined/{sample}/{fold}/combined.safetensors of all folds
# OUTPUTS  <results>/discover/{sample}/shard_{shard}/contributions.h5    of a share of the windows and of their shuffles
#          <results>/discover/{sample}/patterns.h5, patterns.json, seqlets.tsv
#          <results>/discover/{sample}/{motifs.tsv,motifs.meme,hits.tsv,hits.bed.gz,hits.bb,contributions_{output}.bw,
#                    logos.tsv,summary.json,gates.json}
#          <results>/discover/{sample}/{truth.tsv,truth_gates.json}      found beside planted motifs
#          <results>/discover/{motifs.tsv,motifs.meme}                   one set over samples


if CFG.discover:

    rule attribute_windows:
        input:
            checked=ancient(str(rules.preflight.output.checked)),
            genome=rules.prepare_genome.output.genome,
            regions=expand(rules.select_regions.output.regions, fold=RUN.folds, allow_missing=True),
            models=expand(rules.train_combined.output.combined, fold=RUN.folds, allow_missing=True),
            given=[CFG.discover.regions] if CFG.discover.regions else [],
        output:
            contributions="<results>/discover/{sample}/shard_{shard}/contributions.h5",
        log:
            "<logs>/discover/{sample}/shard_{shard}/attribute_windows.log",
        benchmark:
            "<benchmarks>/discover/{sample}/shard_{shard}/attribute_windows.tsv"
        priority: 2
        conda:
            "../../envs/cpu.yaml"
        threads: CFG.threads
        resources:
            **RUN.gpu(CFG.discover.device),
            mem_mb=growing(8000),
            runtime=growing(240),
        params:
            discover=RUN.discovery_of(
                "outputs", "regions", "most_windows", "references", "shuffles", "shards", "device"
            ),
            seed=CFG.seed,
            checkpoints=RUN.checkpoints("discover"),
        script:
            "../../scripts/attribute_windows.py"

    rule find_patterns:
        input:
            shards=expand(
                rules.attribute_windows.output.contributions,
                shard=range(CFG.discover.shards),
                allow_missing=True,
            ),
        output:
            patterns="<results>/discover/{sample}/patterns.h5",
            numbers="<results>/discover/{sample}/patterns.json",
            seqlets="<results>/discover/{sample}/seqlets.tsv",
        log:
            "<logs>/discover/{sample}/find_patterns.log",
        benchmark:
            "<benchmarks>/discover/{sample}/find_patterns.tsv"
        priority: 2
        conda:
            "../../envs/cpu.yaml"
        threads: CFG.threads
        resources:
            mem_mb=growing(4000),
            runtime=growing(60),
        params:
            discover=RUN.discovery_of("outputs", "seqlet_fdr", "min_seqlets", "most_seqlets"),
        script:
            "../../scripts/find_patterns.py"

    rule call_hits:
        input:
            genome=rules.prepare_genome.output.genome,
            shards=rules.find_patterns.input.shards,
            patterns=rules.find_patterns.output.patterns,
            numbers=rules.find_patterns.output.numbers,
            known=CFG.discover.motifs,
            binding=filled(["export_binding.meme"] if CFG.binding else []),
        output:
            motifs="<results>/discover/{sample}/motifs.tsv",
            meme="<results>/discover/{sample}/motifs.meme",
            logos="<results>/discover/{sample}/logos.tsv",
            hits="<results>/discover/{sample}/hits.tsv",
            bed="<results>/discover/{sample}/hits.bed.gz",
            big_bed="<results>/discover/{sample}/hits.bb",
            tracks=[
                "<results>/discover/{sample}/contributions_%s.bw" % output
                for output in RUN.discovery["outputs"]
            ],
            numbers="<results>/discover/{sample}/summary.json",
            gates="<results>/discover/{sample}/gates.json",
        log:
            "<logs>/discover/{sample}/call_hits.log",
        benchmark:
            "<benchmarks>/discover/{sample}/call_hits.tsv"
        priority: 2
        conda:
            "../../envs/cpu.yaml"
        threads: CFG.threads
        resources:
            mem_mb=growing(4000),
            runtime=growing(60),
        params:
            discover=RUN.discovery_of("outputs", "min_seqlets", "hit_fdr", "motifs", "match_q"),
        script:
            "../../scripts/call_hits.py"

    rule merge_motifs:
        input:
            patterns=expand(rules.find_patterns.output.patterns, **RUN.names),
            motifs=expand(rules.call_hits.output.motifs, **RUN.names),
            known=CFG.discover.motifs,
        output:
            motifs="<results>/discover/motifs.tsv",
            meme="<results>/discover/motifs.meme",
        log:
            "<logs>/discover/merge_motifs.log",
        conda:
            "../../envs/cpu.yaml"
        params:
            samples=RUN.names["sample"],
            match_q=CFG.discover.match_q,
        script:
            "../../scripts/merge_motifs.py"

    if RUN.known_truth:

        rule compare_motifs:
            input:
                **RUN.truth("truth.json", "truth_sites.tsv"),
                shards=rules.find_patterns.input.shards,
                motifs=rules.call_hits.output.motifs,
                meme=rules.call_hits.output.meme,
                hits=rules.call_hits.output.hits,
            output:
                table="<results>/discover/{sample}/truth.tsv",
                gates="<results>/discover/{sample}/truth_gates.json",
            log:
                "<logs>/discover/{sample}/compare_motifs.log",
            conda:
                "../../envs/cpu.yaml"
            script:
                "../../scripts/compare_motifs.py"
