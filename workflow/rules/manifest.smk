# INPUTS   the last files of a stage, and every file that the config and its sheets name for it
# OUTPUTS  <results>/{stage}/manifest.json   settings, code, packages, inputs, seeds, device, and the stage's files
#          <results>/manifest.json           the whole config, the manifests of all stages, and the figures
#          <results>/archive.tar.gz          the run for a reviewer, if it is asked for: `snakemake archive`
#
# A stage's manifest is written again when its files, its settings or its inputs change, and it names the code of then.

from snakemake import __version__ as snakemake_version


rule write_manifest:
    input:
        inputs=lambda wildcards: tracing.traced_inputs(RUN, wildcards.stage),
        upstream=lambda wildcards: manifests(tracing.upstream(RUN, wildcards.stage)),
        files=lambda wildcards: SESSION.files(wildcards.stage),
    output:
        manifest="<results>/{stage}/manifest.json",
    log:
        "<logs>/{stage}/write_manifest.log",
    wildcard_constraints:
        stage=one_of(tracing.SECTIONS),
    conda:
        "../../envs/cpu.yaml"
    threads: CFG.threads
    resources:
        mem_mb=growing(1000),
        runtime=growing(60),
    params:
        settings=lambda wildcards: tracing.traced_settings(RUN, wildcards.stage),
        snakemake=snakemake_version,
    script:
        "../../scripts/write_manifest.py"


rule collect_manifests:
    input:
        stages=manifests(tracing.traced_stages(RUN)),
        files=[rules.summarise.output.summary, *rules.report.output],
        figures=stage_files("figures"),
    output:
        manifest="<results>/manifest.json",
    log:
        "<logs>/collect_manifests.log",
    conda:
        "../../envs/cpu.yaml"
    params:
        config=section(CFG),
        stages=SESSION.stages,
        snakemake=snakemake_version,
    script:
        "../../scripts/collect_manifests.py"


rule archive:
    input:
        filled(targets.final_outputs(RUN)),
        manifest=rules.collect_manifests.output.manifest,
        stages=manifests(tracing.traced_stages(RUN)),
        sheets=[path for path in (CFG.samples, CFG.binding and CFG.binding.libraries) if path],
    output:
        archive="<results>/archive.tar.gz",
    log:
        "<logs>/archive.log",
    conda:
        "../../envs/cpu.yaml"
    params:
        config=section(CFG),
        stages=SESSION.stages,
    script:
        "../../scripts/archive.py"
