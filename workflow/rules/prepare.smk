# INPUTS   <genome.fasta>, <genome.exclude>, each sample's reads or bigWigs and peaks (or the `simulate` section)
# OUTPUTS  <results>/simulate/*                                  genome, peaks, fragments and their truth
#          <results>/pseudobulk/{fragments}/{groups.tsv,<group>.tsv.gz}   fragments of each group of barcodes
#          <results>/prepare/genome.h5                           the genome as base codes
#          <results>/prepare/{sample}/{signal.h5,shift.json}     5' ends per position; the shift and its evidence
#          <results>/prepare/{group}/...                        the same of the samples of a group that share a bias model
#          <results>/prepare/{tiles.h5,{sample}/tiles.h5}        what candidates for background hold
#          <results>/prepare/{sample}/{fold}/{regions,rejected}.tsv, background.json
#          <results>/prepare/{sample}/checked.json               written once everything fits together
#
# Every training waits for its sample's `checked.json`, which all folds share and no job reads: it is `ancient`, so that
# another fold does not train those that are there again. The rules' priority (6) has the checks of all samples run before
# the first training, so that a fault in the last sample is not found hours later. Then comes what most waits for: the
# chain up to the combined model (4), sites and their effects (3), motifs, predictions and scores (2), variants (1);
# splicing and figures fill the other cores.


if CFG.simulate:

    rule simulate:
        output:
            genome="<results>/simulate/genome.fa",
            peaks="<results>/simulate/peaks.narrowPeak",
            fragments="<results>/simulate/fragments.tsv.gz",
            truth="<results>/simulate/truth.json",
            sites="<results>/simulate/truth_sites.tsv",
            pairs="<results>/simulate/truth_pairs.tsv",
            rates="<results>/simulate/truth_rates.h5",
            variants="<results>/simulate/variants.vcf",
            variant_truth="<results>/simulate/truth_variants.tsv",
        log:
            "<logs>/simulate/simulate.log",
        benchmark:
            "<benchmarks>/simulate/simulate.tsv"
        priority: 6
        conda:
            "../../envs/cpu.yaml"
        resources:
            mem_mb=growing(2000),
            runtime=growing(20),
        params:
            simulate=section(CFG.simulate),
        script:
            "../../scripts/simulate.py"


if CFG.genome:

    rule prepare_genome:
        input:
            fasta=CFG.genome.fasta,
        output:
            genome="<results>/prepare/genome.h5",
        log:
            "<logs>/prepare/prepare_genome.log",
        benchmark:
            "<benchmarks>/prepare/prepare_genome.tsv"
        priority: 6
        conda:
            "../../envs/cpu.yaml"
        resources:
            mem_mb=growing(4000),
            runtime=growing(30),
        script:
            "../../scripts/prepare_genome.py"


rule split_fragments:
    input:
        fragments=lambda wildcards: RUN.splitting.files[wildcards.fragments],
        barcodes=CFG.barcodes or [],
    output:
        groups=directory("<results>/pseudobulk/{fragments}"),
    log:
        "<logs>/pseudobulk/{fragments}/split_fragments.log",
    benchmark:
        "<benchmarks>/pseudobulk/{fragments}/split_fragments.tsv"
    priority: 6
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=growing(4000),
        runtime=growing(120),
    params:
        groups=RUN.splitting.groups,
    script:
        "../../scripts/split_fragments.py"


if RUN.samples:

    rule count_reads:
        input:
            genome=rules.prepare_genome.output.genome,
            signals=RUN.signal_files,
        output:
            signal="<results>/prepare/{sample}/signal.h5",
            shift="<results>/prepare/{sample}/shift.json",
        log:
            "<logs>/prepare/{sample}/count_reads.log",
        benchmark:
            "<benchmarks>/prepare/{sample}/count_reads.tsv"
        wildcard_constraints:
            sample=one_of(RUN.samples),
        priority: 6
        conda:
            "../../envs/cpu.yaml"
        resources:
            mem_mb=growing(8000),
            runtime=growing(120),
        params:
            tracks=RUN.tracks,
            prepare=RUN.counting,
        script:
            "../../scripts/count_reads.py"

    # Input DNA, mock or untagged reads, in the model's own way beside the sequence.
    rule count_control:
        input:
            genome=rules.prepare_genome.output.genome,
            signals=RUN.control_files,
        output:
            signal="<results>/prepare/{sample}/control.h5",
            shift="<results>/prepare/{sample}/control.json",
        log:
            "<logs>/prepare/{sample}/count_control.log",
        benchmark:
            "<benchmarks>/prepare/{sample}/count_control.tsv"
        wildcard_constraints:
            sample=one_of(RUN.controlled),
        priority: 6
        conda:
            "../../envs/cpu.yaml"
        resources:
            mem_mb=growing(8000),
            runtime=growing(120),
        params:
            tracks=RUN.control_tracks,
            prepare=RUN.counting,
        script:
            "../../scripts/count_control.py"

    # The reads of a group of samples together, which its bias model is trained on.
    rule pool_reads:
        input:
            signals=RUN.pooled,
        output:
            signal="<results>/prepare/{sample}/signal.h5",
        log:
            "<logs>/prepare/{sample}/pool_reads.log",
        wildcard_constraints:
            sample=one_of(RUN.sources.pools),
        priority: 6
        conda:
            "../../envs/cpu.yaml"
        resources:
            mem_mb=growing(4000),
            runtime=growing(60),
        script:
            "../../scripts/pool_reads.py"

    # What the candidates for background hold is the same in all folds, and of the genome's in all samples.
    rule tile_genome:
        input:
            genome=rules.prepare_genome.output.genome,
        output:
            tiles="<results>/prepare/tiles.h5",
        log:
            "<logs>/prepare/tile_genome.log",
        benchmark:
            "<benchmarks>/prepare/tile_genome.tsv"
        priority: 6
        conda:
            "../../envs/cpu.yaml"
        resources:
            mem_mb=growing(2000),
            runtime=growing(30),
        params:
            shape=RUN.tiles,
        script:
            "../../scripts/tile_genome.py"

    rule tile_signal:
        input:
            genome=rules.prepare_genome.output.genome,
            signal=rules.count_reads.output.signal,
        output:
            tiles="<results>/prepare/{sample}/tiles.h5",
        log:
            "<logs>/prepare/{sample}/tile_signal.log",
        benchmark:
            "<benchmarks>/prepare/{sample}/tile_signal.tsv"
        priority: 6
        conda:
            "../../envs/cpu.yaml"
        resources:
            mem_mb=growing(3000),
            runtime=growing(30),
        params:
            shape=RUN.tiles,
        script:
            "../../scripts/tile_signal.py"

    rule select_regions:
        input:
            genome=rules.prepare_genome.output.genome,
            signal=rules.count_reads.output.signal,
            tiles=[rules.tile_genome.output.tiles, rules.tile_signal.output.tiles],
            peaks=RUN.peak_files,
            exclude=RUN.excluded,
            fold_files=RUN.own_fold_files,
        output:
            regions="<results>/prepare/{sample}/{fold}/regions.tsv",
            rejected="<results>/prepare/{sample}/{fold}/rejected.tsv",
            background="<results>/prepare/{sample}/{fold}/background.json",
        log:
            "<logs>/prepare/{sample}/{fold}/select_regions.log",
        benchmark:
            "<benchmarks>/prepare/{sample}/{fold}/select_regions.tsv"
        priority: 6
        conda:
            "../../envs/cpu.yaml"
        resources:
            mem_mb=growing(4000),
            runtime=growing(30),
        params:
            prepare=section(CFG.prepare),
            folds=RUN.own_fold,
            exclude_chromosomes=CFG.genome.exclude_chromosomes,
            output_length=CFG.output_length,
            input_length=RUN.input_length,
            jitter=RUN.jitter,
            seed=CFG.seed,
        script:
            "../../scripts/select_regions.py"

    # Once for each sample, so that a new sample does not train the others again.
    rule preflight:
        input:
            genome=rules.prepare_genome.output.genome,
            signal=rules.count_reads.output.signal,
            regions=expand(rules.select_regions.output.regions, fold=RUN.folds, allow_missing=True),
            background=expand(rules.select_regions.output.background, fold=RUN.folds, allow_missing=True),
            peaks=RUN.peak_files,
            exclude=RUN.excluded,
            fold_files=RUN.fold_files,
            control=RUN.control,
        output:
            checked="<results>/prepare/{sample}/checked.json",
        log:
            "<logs>/prepare/{sample}/preflight.log",
        priority: 6
        conda:
            "../../envs/cpu.yaml"
        params:
            config=RUN.checked_settings,
            tracks=RUN.tracks,
        script:
            "../../scripts/preflight.py"
