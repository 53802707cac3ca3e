# INPUTS   every table of the stages that ran
# OUTPUTS  <results>/figures/{place}/{figure}.{pdf,png,tsv}      place: {sample}/{fold}, binding/{model}
#          <results>/summary.json      the gates: stage, sample, fold, name, value, bar, verdict
#          <results>/report.html       one page that holds its figures


report: "../report/workflow.rst"


# All figures of a place in one job: most of a figure's time is the start of a job, and on a cluster all of it.
rule draw_figures:
    input:
        unpack(place_tables),
    output:
        report(
            directory("<results>/figures/{place}"),
            patterns=["{figure}.png"],
            caption="../report/figure.rst",
            category=report_category,
            labels=report_labels,
        ),
    log:
        "<logs>/figures/{place}/draw_figures.log",
    conda:
        "../../envs/cpu.yaml"
    params:
        look=section(CFG.figures, "select", "own"),
        captions={name: figure["caption"] for name, figure in FIGURES.items()},
    script:
        "../../scripts/draw_figures.py"


rule summarise:
    input:
        gates=gate_files(),
        verdicts=(per_fold("<results>/bias/{sample}/{fold}/verdict.json") if CFG.bias else []),
        checked=stage_files("prepare") if SAMPLES else [],
    output:
        summary="<results>/summary.json",
    log:
        "<logs>/summarise.log",
    conda:
        "../../envs/cpu.yaml"
    params:
        places=[(sample, fold) for sample in SAMPLES for fold in FOLDS] if CFG.bias else [],
    script:
        "../../scripts/summarise.py"


rule report:
    input:
        summary="<results>/summary.json",
        figures=stage_files("figures"),
        verdicts=per_fold("<results>/bias/{sample}/{fold}/verdict.json") if CFG.bias else [],
        fits=per_fold("<results>/transformation/{sample}/{fold}/fit.json") if CFG.transformation else [],
        motifs=per_fold("<results>/ablation/{sample}/{fold}/motif_table.tsv") if CFG.ablation else [],
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
        figures=pictures(),
        places=[(sample, fold) for sample in SAMPLES for fold in FOLDS],
        motif_places=[(sample, fold) for sample in SAMPLES for fold in FOLDS] if CFG.ablation else [],
    script:
        "../../scripts/report.py"
