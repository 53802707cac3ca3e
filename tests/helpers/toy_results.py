"""A finished run as the demo leaves it, made in a second: small networks of random weights, a row in each table."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd

from cisgrammar.binding.layers.psam import PSAM
from cisgrammar.binding.model_file import write_binding
from cisgrammar.binding.reads.count_table import CountTable
from cisgrammar.profile.models.heads import Head
from cisgrammar.profile.models.saved import save_model as save_profile
from cisgrammar.profile.models.solo import SoloModel
from cisgrammar.sequence.alphabet import decode
from cisgrammar.splice.models.saved import save_model as save_splice
from cisgrammar.splice.models.spliceai import SpliceAI
from cisgrammar.tables.contracts import ablation, discover
from cisgrammar.tables.contracts.binding import SPACING
from cisgrammar.tables.contracts.simulate import PLANTED_SITES
from cisgrammar.tables.contracts.splice import THRESHOLDS
from toy_binding import WIDTH, dimer
from toy_profile import network
from toy_tables import filled

LENGTH = 4000
SITES = range(1000, 3000, 200)


def write_results(folder: Path) -> Path:
    """Write `<folder>/results` with every file that the pages on Python and the notebooks open; give its path."""
    results = folder / "results"
    for place in ("simulate", "splice", "binding/REB1", "combined/demo/fold0", "combined/demo/fold1"):
        (results / place).mkdir(parents=True)
    _write_genome(results / "simulate")
    for fold in ("fold0", "fold1"):
        model = SoloModel(network(4, 1, 3, 3), 20, (Head("signal"),), seed=1)
        save_profile(results / "combined/demo" / fold / "residual.safetensors", model)
    write_pair_model(results / "binding/REB1")
    save_splice(results / "splice/model.safetensors", SpliceAI(80, seed=1))
    (results / "splice/calibration.json").write_text(json.dumps({"thresholds": {"acceptor": 0.3, "donor": 0.35}}))
    _write_tables(results)
    return results


def write_pair_model(folder: Path) -> None:
    """A model of the motif `REB1`, which binds in pairs at 3 and 4 bp, and the table of its spacings."""
    experiment = dimer(same=True)
    (motif,) = {id(part): part for part in experiment.modules() if isinstance(part, PSAM)}.values()
    table = CountTable.from_strings(["ACGTTGACCT"[:WIDTH].ljust(WIDTH, "A")], np.ones((1, 3)))
    write_binding(folder / "model.safetensors", {"one": experiment}, {"REB1": motif}, {"one": table.flanks}, {})
    rows = pd.DataFrame({"offset": [3, 4, 5], "log_omega": [0.5, 1.5, -2.0], "lower": [0.2, 1.0, -3.0]})
    SPACING.write(folder / "spacing.tsv", filled(SPACING, rows.assign(pair="REB1:REB1", strands="same")))


def _write_genome(folder: Path) -> None:
    """Two chromosomes of random letters; a peak on every planted site of the second."""
    rng = np.random.default_rng(0)
    letters = {name: decode(rng.integers(0, 4, LENGTH, dtype=np.uint8)) for name in ("chr5", "chr6")}
    (folder / "genome.fa").write_text("".join(f">{name}\n{text}\n" for name, text in letters.items()))
    peaks = [f"chr6\t{at - 40}\t{at + 40}\tpeak_{at}\t9\t.\t1\t-1\t-1\t40\n" for at in SITES]
    (folder / "peaks.narrowPeak").write_text("".join(peaks))
    sites = pd.DataFrame({"start": list(SITES), "end": [at + 8 for at in SITES]})
    sites = sites.assign(chrom="chr6", strand="+", factor="REB1", intact=1)
    PLANTED_SITES.write(folder / "truth_sites.tsv", filled(PLANTED_SITES, sites))


def _write_tables(results: Path) -> None:
    for table, rows, path in (
        (THRESHOLDS, {}, "splice/thresholds.tsv"),
        (discover.MOTIFS, {"consensus": ["TGACCT"]}, "discover/demo/motifs.tsv"),
        (ablation.MOTIFS, {"motif": ["REB1"], "consensus": ["TGA"]}, "ablation/demo/fold0/motif_table.tsv"),
        (ablation.SPACINGS, {"pair": ["REB1:REB1"]}, "ablation/demo/fold0/spacings.tsv"),
    ):
        (results / path).parent.mkdir(parents=True, exist_ok=True)
        table.write(results / path, filled(table, pd.DataFrame(rows, index=[0])))
    gate = {"stage": "bias", "sample": "demo", "fold": "fold0", "name": "x", "value": 1.0, "bar": 0.5}
    (results / "summary.json").write_text(json.dumps([gate | {"verdict": "pass"}]))
