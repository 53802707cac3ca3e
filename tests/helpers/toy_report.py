"""What a report shows of a made-up run of many samples and folds."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np

from cisgrammar.report.data import DataSection
from cisgrammar.report.methods import Methods
from cisgrammar.report.page import Content
from cisgrammar.report.pictures import Figure
from cisgrammar.report.remarks import Remark

STAGES = ("bias", "transformation", "combined", "evaluate", "ablation")
GATES = [f"{stage}.peaks.number_{number}" for stage in STAGES for number in range(8)]


def content(results: Path, samples: int, folds: int, pictures: list[Path]) -> Content:
    """What the report shows; the files of figures are copies of `pictures`."""
    rng = np.random.default_rng(0)
    names = [(f"sample_{s}", f"fold{f}") for s in range(samples) for f in range(folds)]
    gates, figures = [], []
    for sample, fold in names:
        verdicts = rng.choice(["pass", "warn", "fail"], len(GATES), p=[0.9, 0.06, 0.04])
        for name, verdict in zip((*GATES, "combined.peaks.median_jsd"), (*verdicts, "pass"), strict=True):
            place = {"stage": name.split(".")[0], "sample": sample, "fold": fold}
            gates.append({**place, "name": name, "value": float(rng.random()), "bar": 0.5, "verdict": str(verdict)})
        for number, picture in enumerate(pictures):
            path = results / "figures" / sample / fold / f"figure_{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(picture, path)
            figures.append(Figure(STAGES[number % len(STAGES)], f"{sample} {fold}: Figure", path, "A caption.", sample))
    motifs = [
        {"sample": sample, "fold": fold, "motif": f"M{n}", "sites": 12, "necessity": 0.6}
        for sample, fold in names
        for n in range(10)
    ]
    return Content(
        title="cisgrammar: results",
        gates=gates,
        figures=figures,
        config="{}",
        remarks=[Remark("bias", f"{sample} {fold}: bias learned.") for sample, fold in names],
        motifs=motifs,
        data=DataSection(cause="The data: few."),
        methods=Methods("Done.", ["A work."]),
    )
