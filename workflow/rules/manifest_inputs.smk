# INPUTS   the config and its sheets
# OUTPUTS  the helpers of manifest.smk: what of the config and which files belong to a stage

from cisgrammar.config.fields import path_fields

# Stage -> the sections of the config that its files depend on.
SECTIONS = {
    "simulate": ("simulate", "simulate_selex", "simulate_genes"),
    "prepare": ("genome", "folds", "prepare"),
    "bias": ("bias",),
    "transformation": ("transformation",),
    "combined": ("combined",),
    "predict": ("evaluate",),
    "evaluate": ("evaluate",),
    "binding": ("genome", "binding"),
    "splice": ("genome", "splice"),
    "ablation": ("evaluate", "ablation"),
}
# Stage -> the stages whose files it reads.
UPSTREAM = {
    "bias": ("prepare",),
    "transformation": ("bias",),
    "combined": ("transformation",),
    "predict": ("combined",),
    "evaluate": ("predict",),
    "ablation": ("combined", "binding"),
}


def traced_stages():
    """The stages of this run that have a manifest."""
    there = {
        "simulate": CFG.simulate or CFG.simulate_selex or CFG.simulate_genes,
        "prepare": SAMPLES,
        "predict": CFG.combined,
        "evaluate": CFG.combined,
    }
    return [stage for stage in SECTIONS if there.get(stage, getattr(CFG, stage, None))]


def traced_sections(stage):
    """The sections of the config that a stage's files depend on, those that are there."""
    return {name: getattr(CFG, name) for name in SECTIONS[stage] if getattr(CFG, name) is not None}


def sheet_rows(stage):
    """The rows of the sheet that a stage reads, by sample or model."""
    return {"prepare": SAMPLES, "binding": LIBRARIES}.get(stage, {})


def traced_settings(wildcards):
    """A stage's part of the config as plain values, with the rows of its sheet."""
    sections = {name: section(value) for name, value in traced_sections(wildcards.stage).items()}
    rows = {name: [section(row) for row in rows] for name, rows in sheet_rows(wildcards.stage).items()}
    sheet = {"rows": rows} if rows else {}
    return {"seed": CFG.seed, "output_length": CFG.output_length, "threads": CFG.threads, **sections, **sheet}


def traced_inputs(wildcards):
    """Every file that a stage's sections and sheet name."""
    stage = wildcards.stage
    rows = [row for rows in sheet_rows(stage).values() for row in rows]
    named = {path for part in traced_sections(stage).values() for path in path_fields(part)}
    if stage == "prepare":
        named |= {CFG.samples, *fold_files()}
        named |= {path for row in rows for path in (row.peaks, *row.signal_paths)}
    if stage == "binding":
        named |= {path for row in rows for path in row.files}
    return sorted(named)


def traced_files(wildcards):
    """The files of a stage that its manifest vouches for: the last ones, and models."""
    stage = wildcards.stage
    if stage == "simulate":
        return sorted(
            path for name in SECTIONS[stage] if getattr(CFG, name) for path in getattr(rules, name).output
        )
    models = {"bias": per_fold("<results>/bias/{sample}/{fold}/model.safetensors")}
    if stage == "splice" and not CFG.splice.model.weights:
        models["splice"] = splice_models()
    return stage_files(stage) + models.get(stage, [])


def manifests(stages):
    """The manifests of those of the stages that are in this run."""
    return [f"<results>/{stage}/manifest.json" for stage in stages if stage in traced_stages()]


def asked_for(stage):
    """What `snakemake <stage>` makes: the stage's last files and its manifest."""
    return stage_files(stage) + manifests([stage])
