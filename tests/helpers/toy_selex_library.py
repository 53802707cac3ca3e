"""A library of one core motif, written as the counting stage writes it."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np

from cisgrammar.binding.fit.fit_libraries import FitPlan, Libraries, read_libraries
from cisgrammar.config.binding import BindingModel

CORE = "TGACC"


def write_library(folder: Path, n: int = 1500, seed: int = 0) -> tuple[list[str], list[str]]:
    """Even reads before, and reads of which every second one holds the core after the round."""
    rng = np.random.default_rng(seed)
    letters = np.array(list("ACGT"))
    before = ["".join(row) for row in letters[rng.integers(0, 4, (n, 14))]]
    after = ["".join(row) for row in letters[rng.integers(0, 4, (n, 14))]]
    for i in range(0, n, 2):
        at = rng.integers(0, 14 - len(CORE))
        after[i] = after[i][:at] + CORE + after[i][at + len(CORE) :]
    with gzip.open(folder / "counts.tsv.gz", "wt") as handle:
        handle.writelines(f"{read}\t1\t0\n" for read in before)
        handle.writelines(f"{read}\t0\t1\n" for read in after)
    (folder / "counts.json").write_text(json.dumps({"left": "GGTT", "right": "CCAA"}))
    return [str(folder / "counts.tsv.gz")], [str(folder / "counts.json")]


def params(pairs: bool = True, **changes: Any) -> dict[str, Any]:
    """What a rule passes on: section, settings of the model, rows of the sheet."""
    model = BindingModel(
        motifs={"core": {"width": 5}},
        cooperativity=[{"a": "core", "b": "core", "max_overlap": 0, "max_spacing": 1}] if pairs else [],
        kmer=5,
        kmer_starts=1,
        random_starts=0,
        shift=1,
        iterations=80,
    )
    return {
        "binding": {"libraries": "selex.tsv", "subset": 1000},
        "model": model.model_dump(mode="json"),
        "libraries": [{"model": "m", "counts": "x.tsv"}],
        "split_seed": 7,
        **changes,
    }


def read_plan(params: dict[str, Any], counts: list[str], stats: list[str], seed: int) -> tuple[FitPlan, Libraries]:
    """The plan of a fit and its libraries."""
    plan = FitPlan.from_config(**params, seed=seed)
    return plan, read_libraries(plan, counts, stats)
