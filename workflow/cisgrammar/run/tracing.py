"""What of the config, and which files, the manifest of a stage holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cisgrammar.config.fields import Section, path_fields
from cisgrammar.run.run import Run, section
from cisgrammar.run.targets import runs

SECTIONS = {
    "simulate": ("simulate", "simulate_selex", "simulate_genes"),
    "prepare": ("genome", "folds", "prepare"),
    "bias": ("bias",),
    "transformation": ("transformation",),
    "combined": ("combined",),
    "predict": ("evaluate", "predict"),
    "evaluate": ("evaluate",),
    "binding": ("genome", "binding"),
    "splice": ("genome", "splice"),
    "discover": ("discover",),
    "ablation": ("evaluate", "ablation"),
    "browser": ("genome", "browser"),
    "variants": ("genome", "variants"),
}
"""Stage -> the sections of the config that its files depend on."""
UPSTREAM = {
    "bias": ("prepare",),
    "transformation": ("bias",),
    "combined": ("transformation",),
    "predict": ("combined",),
    "evaluate": ("predict",),
    "discover": ("combined",),
    "ablation": ("combined", "binding", "discover"),
    "browser": ("prepare", "predict", "binding", "ablation"),
    "variants": ("combined", "binding", "splice"),
}
"""Stage -> the stages whose files it reads."""


def traced_stages(run: Run) -> list[str]:
    """The stages of this run that have a manifest."""
    return [stage for stage in SECTIONS if runs(run, stage)]


def upstream(run: Run, stage: str) -> list[str]:
    """The stages of this run whose files a stage reads."""
    without_bias = ("prepare",) if stage == "combined" and run.config.transformation is None else ()
    return [name for name in (*UPSTREAM.get(stage, ()), *without_bias) if runs(run, name)]


def traced_settings(run: Run, stage: str) -> dict[str, Any]:
    """A stage's part of the config as plain values, with the rows of its sheet."""
    config = run.config
    sections = {name: section(value) for name, value in _sections(run, stage).items()}
    rows = {name: [section(row) for row in rows] for name, rows in _sheet(run, stage).items()}
    sheet = {"rows": rows} if rows else {}
    return {"seed": config.seed, "output_length": config.output_length, "threads": config.threads, **sections, **sheet}


def traced_inputs(run: Run, stage: str) -> list[str]:
    """Every file that a stage's sections and sheet name."""
    named = {path for part in _sections(run, stage).values() for path in path_fields(part)}
    if stage == "prepare":
        tracks = [track for tracks in run.samples.values() for track in tracks]
        named |= {path for track in tracks for path in (track.peaks, *track.signal_paths)}
        named |= {path for track in tracks if track.control for path in track.control_track.signal_paths}
        named |= {*([run.config.barcodes] if run.config.barcodes else [])}
        named |= {*([run.config.samples] if run.config.samples else []), *run.fold_files}
    if stage == "variants" and run.config.variants and run.config.variants.binding:
        folders = set(run.config.variants.binding.models)
        named = {path for path in named if path not in folders}
        named |= {path for model in run.affinity_models for path in run.given_affinity(model) if folders}
    if stage == "binding":
        named |= {path for rows in run.libraries.values() for row in rows for path in row.files}
    return sorted(named)


def _sections(run: Run, stage: str) -> dict[str, Section]:
    found = {name: getattr(run.config, name) for name in SECTIONS[stage]}
    return {name: value for name, value in found.items() if value is not None}


def _sheet(run: Run, stage: str) -> Mapping[str, Sequence[Section]]:
    """The rows of the sheet that a stage reads, by sample or model."""
    if stage == "prepare":
        return run.samples
    return run.libraries if stage == "binding" else {}
