# INPUTS   every table of the stages that ran
# OUTPUTS  <results>/figures/{place}/{figure}.{pdf,png,tsv}      place: {sample}/{fold}, binding/{model}
#          <results>/summary.json      the gates: stage, sample, fold, name, value, bar, verdict
#          <results>/report.html       one page that holds its figures


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
        verdicts=(expand(rules.choose_bias.output.verdict, **RUN.names) if CFG.bias else []),
        checked=stage_files("prepare") if RUN.samples else [],
        stages=lambda wildcards: manifests(tracing.traced_stages(RUN)),
    output:
        summary="<results>/summary.json",
    log:
        "<logs>/summarise.log",
    conda:
        "../../envs/cpu.yaml"
    params:
        places=RUN.places if CFG.bias else [],
        stages=SESSION.stages,
    script:
        "../../scripts/summarise.py"


rule report:
    input:
        summary=rules.summarise.output.summary,
        figures=stage_files("figures"),
        verdicts=expand(rules.choose_bias.output.verdict, **RUN.names) if CFG.bias else [],
        fits=expand(rules.train_transformation.output.fit, **RUN.names) if CFG.transformation else [],
        reads=expand(rules.count_reads.output.shift, **RUN.names) if RUN.samples else [],
        windows=expand(rules.select_regions.output.background, **RUN.names) if RUN.samples else [],
        motifs=expand(rules.collect_ablation.output.motifs, **RUN.names) if CFG.ablation else [],
        discovered=expand(rules.call_hits.output.motifs, **RUN.names) if CFG.discover else [],
        stages=lambda wildcards: manifests(tracing.traced_stages(RUN)),
    output:
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
        places=RUN.places,
        motif_places=RUN.places if CFG.ablation else [],
        discovered_samples=RUN.names["sample"] if CFG.discover else [],
        stages=SESSION.stages,
    script:
        "../../scripts/report.py"
