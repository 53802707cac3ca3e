"""Which outputs of which rules each stage ends with, and which of them hold gates. An output is `<rule>.<name>`."""

from __future__ import annotations

from cisgrammar.config.fields import ConfigError
from cisgrammar.run.run import Run

# Stage -> the section that makes it run, where that has another name.
_SECTIONS = {"prepare": "samples", "predict": "combined", "evaluate": "combined"}
CATEGORIES = (
    *("simulate", "bias", "transformation", "combined", "evaluate"),
    *("binding", "splice", "discover", "ablation", "variants"),
)
"""The headings of Snakemake's report, in order."""


def runs(run: Run, stage: str) -> bool:
    """Whether a stage is in this run."""
    if stage == "simulate":
        return bool(simulations(run))
    if stage == "predict" and run.config.predict is not None:
        return True
    return bool(run.samples) if stage == "prepare" else getattr(run.config, _SECTIONS.get(stage, stage)) is not None


def simulations(run: Run) -> list[str]:
    """The rules that simulate: they are called like the sections that ask for them."""
    return [name for name in ("simulate", "simulate_selex", "simulate_genes") if getattr(run.config, name)]


def last_outputs(run: Run, stage: str) -> list[str]:
    """The outputs that a stage ends with.

    Raises
    ------
    ConfigError
        If the config has no such stage; it names the section.
    """
    section = _SECTIONS.get(stage, stage)
    if getattr(run.config, section) is None and not runs(run, stage):
        raise ConfigError(f"no stage {stage} in this run: the config has no section `{section}`; add it to run {stage}")
    return {
        "prepare": ["preflight.checked"],
        "bias": bias_verdicts(run),
        "transformation": ["train_transformation.model"],
        "combined": ["train_combined.combined"],
        "predict": _predictions(run),
        "evaluate": _profile_gates(run),
        "binding": ["evaluate_binding.gates", "export_binding.model"],
        "splice": [*_splice_gates(run), *_splice_sites(run)],
        "discover": ["call_hits.motifs", "merge_motifs.motifs", *(["compare_motifs.table"] if run.known_truth else [])],
        "ablation": _ablation(run),
        "browser": ["tie_tracks.session"],
        "variants": [
            "collect_variants.scores",
            "show_variants.page",
            *(["compare_variants.table"] if run.variants_known else []),
        ],
    }[stage]


def asked_outputs(run: Run, stage: str, error: type[Exception]) -> list[str]:
    """As `last_outputs`; `error` with one line if the run has no such stage."""
    try:
        return last_outputs(run, stage)
    except ConfigError as fault:
        raise error(str(fault)) from None


def bias_verdicts(run: Run) -> list[str]:
    """The output that says what the bias models are, trained or given; none without them."""
    bias = run.config.bias
    return [] if bias is None else ["choose_bias.verdict" if bias.trained else "import_bias.verdict"]


def track_outputs(run: Run) -> list[str]:
    """Every output that is a track on the run's genome, or a folder of them, but those of the sets of `predict`."""
    config, several = run.config, len(run.folds) > 1
    explained = config.ablation is not None and config.ablation.contributions is not None
    return [
        *(["write_observed.tracks"] if run.samples else []),
        *(["predict_profiles.tracks"] if config.combined else []),
        *(["average_predictions.tracks"] if config.combined and several else []),
        *(["collect_ablation.bed"] if config.ablation else []),
        *(["collect_contributions.tracks", "collect_contributions.bed"] if explained else []),
        *(["export_binding.hits"] if config.binding and config.genome else []),
    ]


def _predictions(run: Run) -> list[str]:
    """Of held-out windows, if there is a combined model, and of the sets that the config names."""
    combined = run.config.combined is not None
    return [
        *(["predict_profiles.predictions"] if combined else []),
        *(["average_predictions.predictions"] if combined and len(run.folds) > 1 else []),
        *(["predict_regions.counts"] if run.predictions else []),
    ]


def _ablation(run: Run) -> list[str]:
    explained = run.config.ablation is not None and run.config.ablation.contributions is not None
    return [
        "collect_ablation.gates",
        *(["compare_sites.table"] if run.known_truth else []),
        *(["collect_contributions.seqlets"] if explained else []),
        *(["compare_folds.table"] if len(run.folds) > 1 else []),
    ]


def _profile_gates(run: Run) -> list[str]:
    return ["evaluate_profiles.gates", *(["average_folds.gates"] if len(run.folds) > 1 else [])]


def _splice_gates(run: Run) -> list[str]:
    checks = run.config.splice is not None and run.config.splice.checks is not None
    return ["calibrate_splice.gates", *(["check_frames.gates"] if checks else [])]


def _splice_sites(run: Run) -> list[str]:
    predicted = run.config.splice is not None and run.config.splice.predict is not None
    return ["predict_splice.sites"] if predicted else []


def gate_outputs(run: Run) -> list[str]:
    """Every output that holds gates."""
    return [
        *(_profile_gates(run) if run.config.combined else []),
        *(["evaluate_binding.gates"] if run.config.binding else []),
        *(_splice_gates(run) if run.config.splice else []),
        *(["call_hits.gates"] if run.config.discover else []),
        *(["compare_motifs.gates"] if run.config.discover and run.known_truth else []),
        *(["collect_ablation.gates"] if run.config.ablation else []),
        *(["compare_sites.gates"] if run.config.ablation and run.known_truth else []),
        *(["compare_variants.gates"] if run.variants_known else []),
    ]


def final_outputs(run: Run) -> list[str]:
    """The last outputs of the stages in the config, also of a run that stops before it can be evaluated."""
    trained = [stage for stage in ("bias", "transformation", "combined") if runs(run, stage)]
    chain = ["prepare", *trained] if run.samples else []
    profiles = ["predict", "evaluate"] if run.config.combined else chain[-1:]
    stages = ("binding", "splice", "discover", "ablation", "browser", "variants")
    alone = [stage for stage in stages if runs(run, stage)]
    alone += ["predict"] if runs(run, "predict") and "predict" not in profiles else []
    return [output for stage in profiles + alone for output in last_outputs(run, stage)]


def category_of(stage: str) -> str:
    """The heading of a stage in Snakemake's report, which sorts them by name."""
    return f"{CATEGORIES.index(stage) + 1}. {stage}"
