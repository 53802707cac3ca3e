# INPUTS   every table of the stages that ran
# OUTPUTS  <results>/figures/{place}/{figure}.{pdf,png,tsv}      place: {sample}/{fold}, binding/{model}
#          <results>/summary.json      the gates: stage, sample, fold, name, value, bar, verdict
#          <results>/report.html       one page that holds its figures
#          <results>/first_cause.txt   its first line, what to mend first; empty if nothing is to mend
#          <results>/report/{sample}.html      if the run has many figures: a page of thumbnails for each sample
#          <results>/browser/{igv_session.xml,hub.txt,genomes.txt,trackDb.txt,genome.2bit}   all tracks of the run
#          <results>/browser/observed/{sample}/observed.{head}.{task}.bw                  5' ends after the shift


report: "../report/workflow.rst"


# All figures of a place in one job: most of a figure's time is the start of a job, and on a cluster all of it.
rule draw_figures:
    input:
        unpack(DRAWING.files),
    output:
        report(
            directory(FIGURES),
            patterns=["{figure}.png"],
            caption="../report/figure.rst",
            category=DRAWING.category,
            labels=DRAWING.labels,
        ),
    log:
        "<logs>/figures/{place}/draw_figures.log",
    conda:
        "../../envs/cpu.yaml"
    params:
        look=section(CFG.figures, "select", "own"),
        captions=DRAWING.captions(),
    script:
        "../../scripts/draw_figures.py"


rule summarise:
    input:
        gates=filled(targets.gate_outputs(RUN)),
        verdicts=filled(targets.bias_verdicts(RUN)),
        checked=stage_files("prepare") if RUN.samples else [],
        stages=lambda wildcards: manifests(tracing.traced_stages(RUN)),
    output:
        summary="<results>/summary.json",
    log:
        "<logs>/summarise.log",
    conda:
        "../../envs/cpu.yaml"
    params:
        places=RUN.bias_places if CFG.bias else [],
        stages=SESSION.stages,
    script:
        "../../scripts/summarise.py"


rule report:
    input:
        summary=rules.summarise.output.summary,
        figures=stage_files("figures"),
        verdicts=filled(targets.bias_verdicts(RUN)),
        fits=expand(rules.train_transformation.output.fit, **RUN.names) if CFG.transformation else [],
        reads=filled(["count_reads.shift"] if RUN.samples else []),
        windows=expand(rules.select_regions.output.background, **RUN.names) if RUN.samples else [],
        histories=expand(rules.train_combined.output.history, **RUN.names) if CFG.combined else [],
        motifs=expand(rules.collect_ablation.output.motifs, **RUN.names) if CFG.ablation else [],
        discovered=expand(rules.call_hits.output.motifs, **RUN.names) if CFG.discover else [],
        logos=expand(rules.call_hits.output.logos, **RUN.names) if CFG.discover else [],
        stages=lambda wildcards: manifests(tracing.traced_stages(RUN)),
    output:
        **({"pages": directory("<results>/report")} if DRAWING.apart() else {}),
        cause="<results>/first_cause.txt",
        report=report(
            "<results>/report.html",
            caption="../report/first_page.rst",
            category="0. first page",
            labels={"figure": "gates, motifs, figures", "of": "the run"},
        ),
    log:
        "<logs>/report.log",
    conda:
        "../../envs/cpu.yaml"
    params:
        config=section(CFG),
        figures=DRAWING.pictures(),
        corrected=CFG.bias is not None or CFG.combined is None,
        places=RUN.places,
        bias_places=RUN.bias_places if CFG.bias else [],
        motif_places=RUN.places if CFG.ablation else [],
        discovered_samples=RUN.names["sample"] if CFG.discover else [],
        stages=SESSION.stages,
        apart=DRAWING.apart(),
    script:
        "../../scripts/report.py"


rule write_observed:
    input:
        genome=lambda wildcards: rules.prepare_genome.output.genome,
        signal=lambda wildcards: expand(rules.count_reads.output.signal, sample=wildcards.sample),
    output:
        tracks=directory("<results>/browser/observed/{sample}"),
    log:
        "<logs>/browser/observed/{sample}/write_observed.log",
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=growing(4000),
        runtime=growing(60),
    script:
        "../../scripts/write_observed.py"


rule tie_tracks:
    input:
        genome=lambda wildcards: rules.prepare_genome.output.genome,
        tracks=lambda wildcards: filled(targets.track_outputs(RUN)),
        predicted=lambda wildcards: expand(
            rules.predict_regions.output.tracks, prediction=predicting.on_genome(RUN.predictions)
        ),
        peaks=lambda wildcards: sorted({tracks[0].peaks for tracks in RUN.samples.values()}),
    output:
        **predicting.own_assembly(CFG),
        session="<results>/browser/igv_session.xml",
        hub=expand("<results>/browser/{file}.txt", file=("hub", "genomes", "trackDb")),
    log:
        "<logs>/browser/tie_tracks.log",
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        browser=section(CFG.browser) if CFG.browser else {},
        fasta=CFG.genome.fasta if CFG.genome else "",
    script:
        "../../scripts/tie_tracks.py"
