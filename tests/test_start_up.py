"""What a job loads before it works: torch takes a second, scipy.stats half of one, and a run has many small jobs."""

import ast
import subprocess
import sys

from places import ROOT

SCRIPTS = {path.stem: path for path in (ROOT / "scripts").glob("*.py")}
WITH_TORCH = {
    # They train, fit or run a model.
    *("train_bias", "train_combined", "train_splice", "train_transformation", "fit_psam", "fit_cooperativity"),
    *("choose_bias", "import_bias", "predict_profiles", "predict_regions", "predict_splice", "evaluate_profiles"),
    *("evaluate_binding", "export_binding", "average_predictions", "calibrate_splice", "check_frames", "compare_genes"),
    *("ablate_sites", "marginalize_motifs", "attribute_peaks", "attribute_windows", "call_hits"),
    *("score_profiles", "score_affinities", "score_splicing", "show_variants"),
    # tangermeme calls its seqlets.
    "collect_contributions",
}
"""Scripts whose jobs load torch. One of tables does not belong here: what it reads stands in a module without torch
(`profile/data/scored.py`, `ablation/effects/profile_files.py`), or is loaded in the function that computes."""
SLOW = ("scipy.stats", "tangermeme", "numba", "matplotlib", "pysam", "pyBigWig", "jinja2", "snakemake.workflow")
"""Modules of 0.2 s and more that no job needs in order to begin."""
ASKED = {
    "draw_figures": {"matplotlib"},
    "collect_ablation": {"jinja2"},
    "show_variants": {"jinja2"},
    "report": {"jinja2"},
    "collect_variants": {"pysam"},
}
"""Scripts that are there for what such a module does."""


def imports_of(name: str) -> str:
    """All import statements of a script, those within functions too, as lines."""
    tree = ast.parse(SCRIPTS[name].read_text())
    return "\n".join(ast.unparse(n) for n in ast.walk(tree) if isinstance(n, ast.Import | ast.ImportFrom))


def loaded(names: list[str], looked_for: tuple[str, ...]) -> list[str]:
    """Which script loads which of some modules, as `script module`: those of all scripts in one process."""
    lines = ["import sys", "seen = set()"]
    for name in names:
        lines += [imports_of(name), f"new = set({looked_for!r}) & set(sys.modules) - seen"]
        lines += [f"for one in sorted(new): print({name!r}, one)", "seen |= new"]
    done = subprocess.run([sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_every_script_is_there():
    assert WITH_TORCH | set(ASKED) <= set(SCRIPTS)


def test_jobs_of_tables_load_no_torch():
    tables = sorted(SCRIPTS.keys() - WITH_TORCH - set(ASKED)) + sorted(set(ASKED) - WITH_TORCH)
    found = loaded(tables, ("torch", *SLOW))
    assert [line for line in found if line.split()[1] not in ASKED.get(line.split()[0], set())] == []


def test_jobs_with_models_load_no_more_than_torch():
    found = loaded(sorted(WITH_TORCH - set(ASKED)), SLOW)
    # bigWigs are written and read as values of one's own sequences.
    assert [line for line in found if line != "predict_regions pyBigWig"] == []
