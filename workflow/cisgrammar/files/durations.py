"""How long jobs of a rule take: of earlier runs in this folder, or else of the demo."""

from __future__ import annotations

import statistics
from pathlib import Path

_OTHER = 2.0
# Seconds in the demo on two cores of 2.5 GHz. Only their ratios matter: the run's own times scale them.
_DEMO = {
    "ablate_sites": 99,
    "attribute_peaks": 23,
    "calibrate_splice": 6,
    "check_frames": 11,
    "choose_bias": 6,
    "draw_figures": 10,
    "evaluate_binding": 15,
    "evaluate_profiles": 42,
    "export_binding": 4,
    "find_sites": 6,
    "fit_cooperativity": 22,
    "fit_psam": 9,
    "marginalize_motifs": 30,
    "predict_profiles": 10,
    "simulate": 11,
    "train_bias": 21,
    "train_combined": 74,
    "train_splice": 30,
    "train_transformation": 5,
}


class Durations:
    """Seconds that a job is expected to take, by its rule.

    Parameters
    ----------
    benchmarks
        Folder with Snakemake's benchmark files of earlier runs, `<rule>.tsv` at any depth; it may be absent.
    """

    def __init__(self, benchmarks: str | Path) -> None:
        self._folder = Path(benchmarks)
        self._known: dict[str, float] = {}

    def of(self, rule: str) -> float:
        """Median of the earlier jobs of a rule; the demo's if there is none; 2 s for a rule of neither."""
        if rule not in self._known:
            found = self.measured(rule)
            self._known[rule] = float(_DEMO.get(rule, _OTHER)) if found is None else found
        return self._known[rule]

    def measured(self, rule: str) -> float | None:
        """Median of the earlier jobs of a rule; None if there is none."""
        found = [seconds for path in self._folder.glob(f"**/{rule}.tsv") if (seconds := _seconds(path)) is not None]
        return statistics.median(found) if found else None


def _seconds(path: Path) -> float | None:
    """Column `s` of a benchmark file; None if it has none."""
    try:
        header, *rows = [line.split("\t") for line in path.read_text().splitlines()]
        return float(rows[-1][header.index("s")])
    except (OSError, ValueError, IndexError):
        return None
