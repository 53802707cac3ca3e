"""Figures of the splice stage, drawn from the tables of toy genes."""

from dataclasses import replace

import matplotlib.pyplot as plt
import pandas as pd
import torch

from cisgrammar.figures.draw import draw
from cisgrammar.files.atomic import write_table
from cisgrammar.splice.calibration import tables as calibration_tables
from cisgrammar.splice.calibration.calibrate import calibrate
from cisgrammar.splice.compat.adapters import Tempered
from cisgrammar.splice.frames import oracles
from cisgrammar.splice.frames.codon_replacement import codon_replacement
from cisgrammar.splice.frames.deletion import deletion
from cisgrammar.splice.frames.effects import summary_table
from cisgrammar.splice.frames.statistics import FrameStatistics
from cisgrammar.splice.models.model import ModelToAnalyze
from cisgrammar.statistics.bootstrap import Bootstrap
from toy_exons import make_genes

DRAWS = Bootstrap(50, 1)
STATISTICS = FrameStatistics(DRAWS, 99)


FIGURES = {
    "splice_pr_curves": ("pr", "accuracy"),
    "splice_thresholds": ("thresholds", "accuracy"),
    "splice_reliability": ("reliability", "accuracy"),
    "splice_codons": ("codons", "summary", "controls"),
    "splice_deletions": ("deletions", "summary", "controls"),
}


def run_files(folder):
    """The tables of a run with the oracle that knows of frames."""
    torch.set_num_threads(1)
    genes, exons = make_genes(8, exons=4)
    genes = replace(genes, splits=("train",) * 4 + ("test",) * 4)
    exons = exons.select(exons.gene >= 4)
    blind = oracles.frame_blind(genes.subset("train"), genes, exons.internal_coding())
    sure = ModelToAnalyze(Tempered(blind.model, 0.5), blind.model_cl, blind.cl_model_clipped)
    found = {
        name: calibrate(m, genes.subset("train"), genes.subset("test"), DRAWS)
        for name, m in (("model", sure), ("position_weights", blind))
    }
    aware = oracles.with_open_frame_rule(blind)
    checks = {"codon_replacement": codon_replacement, "deletion": deletion}
    seen, unseen = ({name: check(m, genes, exons) for name, check in checks.items()} for m in (aware, blind))
    deletions = seen["deletion"].table(STATISTICS).assign(repair="none")
    tables = {
        "thresholds": calibration_tables.thresholds_table(found["model"]),
        "accuracy": calibration_tables.accuracy_table(found),
        "pr": calibration_tables.pr_table(found),
        "reliability": calibration_tables.reliability_table(found["model"]),
        "codons": seen["codon_replacement"].table(STATISTICS),
        "deletions": deletions,
        "summary": pd.concat([_summary(name, found) for name, found in seen.items()]),
        "controls": pd.concat(
            _summary(name, found[name]).assign(oracle=oracle).drop(columns="q")
            for oracle, found in (("open_frames", seen), ("frame_blind", unseen))
            for name in checks
        ),
    }
    for name, table in tables.items():
        write_table(folder / f"{name}.tsv", table)
    return {name: str(folder / f"{name}.tsv") for name in tables}


def _summary(check, found):
    return summary_table(check, found.quantities(), found.clusters, STATISTICS)


def drawn(name, files):
    """A figure from the files that it is drawn from."""
    found = draw(name, {key: files[key] for key in FIGURES[name]})
    plt.close(found.figure)
    return found


def emptied(name, files, folder):
    """The files of a figure without their rows."""
    empty = {}
    for key in FIGURES[name]:
        empty[key] = str(folder / f"{key}.tsv")
        write_table(empty[key], pd.read_csv(files[key], sep="\t").iloc[:0])
    return empty
