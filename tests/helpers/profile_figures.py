"""Figures of the profile chain and of its simulation, drawn from a run in which every model is the truth."""

import numpy as np
import pandas as pd

from cisgrammar.config.profile import Evaluate
from cisgrammar.figures.draw import draw
from cisgrammar.profile.data.scored import scored_regions
from cisgrammar.profile.evaluate.cut_weights import CutWeights
from cisgrammar.profile.evaluate.evaluate import footprint_table
from cisgrammar.profile.evaluate.footprints import Footprint
from cisgrammar.profile.evaluate.metrics import region_metrics
from cisgrammar.profile.evaluate.preference import Response, preference_table
from cisgrammar.profile.prediction_file import write_predictions
from cisgrammar.profile.predictions import Predictions
from cisgrammar.signal.store import cut_counts
from cisgrammar.signal.table import read_regions
from cisgrammar.simulate import truth
from cisgrammar.simulate.cuts import preference_matrix
from cisgrammar.tables.contracts.profile import SWEEP
from toy_fold import LENGTH, make_fold, open_fold
from toy_tables import filled

PARTS = ("combined", "residual", "transformation", "bias", "position_weight", "uniform", "other_half", "perfect_model")
FIGURES = {
    "bias_preference": {"preference"},
    "threshold_sweep": {"sweep"},
    "training_curves": {"history"},
    "transformation_fit": {"bins"},
    "metric_distributions": {"per_region"},
    "counts_scatter": {"per_region"},
    "footprints": {"footprints"},
    "loci": {"per_region", "predictions", "genome", "signal"},
    "recovery": {
        "truth",
        "rates",
        "sites",
        "preference",
        "per_region",
        "predictions",
        "genome",
        "signal",
    },
}


def run_files(folder):
    """The files of a run in which every model is the truth: name -> path."""
    made, paths = make_fold(folder)
    data = open_fold(paths)
    regions = scored_regions(read_regions(paths["regions"]), data.genome, Evaluate(min_counts=10))
    starts = data.genome.positions(regions.chrom.tolist(), regions.start)
    counts = cut_counts(data.signal.heads["signal"], starts, LENGTH)
    parts, tables = {}, []
    for part in PARTS:
        track = made.unbiased if part == "residual" else made.expected
        rate = track.reshape(-1)[starts[:, None] + np.arange(LENGTH)][:, None]
        totals = rate.sum(axis=(1, 2))
        log_p = np.log(rate / totals[:, None, None])
        place = {name: getattr(regions, name) for name in ("chrom", "start", "end", "name", "kind")}
        found = region_metrics(counts, log_p, np.log(totals))
        tables.append(pd.DataFrame({**place, "model": part, "head": "signal", **found}))
        parts[part] = Predictions({"signal": log_p.astype(np.float32)}, {"signal": np.log(totals)})
    files = {**paths, **{n: folder / f"{n}.tsv" for n in ("per_region", "sweep", "history", "footprints", "bins")}}
    pd.concat(tables).to_csv(files["per_region"], sep="\t", index=False)
    files["predictions"] = folder / "predictions.h5"
    models = {part: parts[part] for part in ("combined", "residual", "transformation", "bias")}
    write_predictions(files["predictions"], models, regions.chrom.tolist(), regions.start)
    for name, suffix in (("truth", "json"), ("sites", "tsv"), ("rates", "h5")):
        files[name] = folder / f"{name}.{suffix}"
    truth.write_truth(files["truth"], made)
    truth.write_sites(files["sites"], made.genome)
    truth.write_rates(files["rates"], made)
    files["preference"] = folder / "preference.tsv"
    matrix = np.pad(preference_matrix(1.0), ((5, 5), (0, 0)))[None]
    weights = CutWeights(matrix, np.full(matrix.shape, 250.0), np.full(matrix.shape, 0.04))
    preference_table(Response(preference_matrix(0.9), np.full((21, 4), 0.01)), weights).to_csv(
        files["preference"], sep="\t", index=False
    )
    SWEEP.write(files["sweep"], sweep_table())
    history_table().to_csv(files["history"], sep="\t", index=False)
    footprints_table().to_csv(files["footprints"], sep="\t", index=False)
    bins_table().to_csv(files["bins"], sep="\t", index=False)
    return {name: str(path) for name, path in files.items()}


def sweep_table():
    """A sweep of three thresholds, of which the second is chosen."""
    table = pd.DataFrame(
        {
            "threshold": [0.5, 1.0, 2.0],
            "n_windows": [400, 800, 1100],
            "background_jsd": [0.80, 0.79, 0.795],
            "background_nll": [6.3, 6.26, 6.27],
            "position_weight_jsd": [0.79] * 3,
            "position_weight_nll": [6.28] * 3,
            "peak_counts_pearson": [0.1, 0.2, 0.5],
            "position_weight_counts_pearson": [0.15] * 3,
            "leakage": [False, False, True],
            "verdict": ["bias learned", "bias learned", "motif leakage"],
            "chosen": [False, True, False],
        }
    )
    return filled(SWEEP, table)


def history_table(epochs=6):
    """Losses of a training with two heads; the last epoch but one is kept."""
    epoch = np.arange(1, epochs + 1)
    return pd.DataFrame(
        {
            "epoch": epoch,
            "learning_rate": 0.004 / epoch,
            "train_loss": 600 - 10 * epoch,
            "validation_loss": 610 - 8 * epoch,
            "train_profile_nll_a": 500 - 9 * epoch,
            "validation_profile_nll_a": 510 - 7 * epoch,
            "train_profile_nll_b": 300 - 9 * epoch,
            "validation_profile_nll_b": 310 - 7 * epoch,
            "train_counts_mse_a": 1 / epoch,
            "validation_counts_mse_a": 1.1 / epoch,
            "kept": (epoch == epochs - 1).astype(float),
        }
    )


def bins_table():
    """Predicted and observed values of two heads, in bins."""
    x = np.linspace(-9, -5, 10)
    made = [
        pd.DataFrame({"head": head, "output": output, "bin": range(10), "n": 50, "before": x, "after": 1.5 * x})
        for head in ("a", "b")
        for output in ("profile", "counts")
    ]
    return pd.concat(made).assign(observed=np.tile(1.5 * x, 4), standard_error=0.1)


def footprints_table():
    """Footprints of three motifs and of background, none in the residual."""
    x = np.arange(1000) - 500
    flat = np.full(1000, 0.001)
    peak = flat + 0.02 * np.exp(-0.5 * (x / 4) ** 2)
    made = []
    for motif in ("", "enzyme_1", "enzyme_2", "REB1"):
        for part in ("combined", "residual", "transformation", "bias"):
            made.append(Footprint(part, "signal", motif, peak if motif and part != "residual" else flat))
    return footprint_table(made, {"enzyme_1": "GCAGTCCTGGACTGC", "enzyme_2": "ACAGTCCTGGACTGT", "REB1": "TTACCCGG"})


def titles(drawn):
    """All titles of the panels."""
    return " ".join(axis.get_title() + axis.get_title(loc="left") for axis in drawn.figure.axes)


def drawn_from(name, inputs):
    """A figure, closed at once."""
    import matplotlib.pyplot as plt

    drawn = draw(name, inputs)
    plt.close(drawn.figure)
    return drawn


def one_window(run, folder):
    """The files of a run with one scored peak."""
    table = pd.read_csv(run["per_region"], sep="\t")
    one = table[table.name == table.name[table.kind == "peak"].iloc[0]]
    one.to_csv(folder / "per_region.tsv", sep="\t", index=False)
    return {**run, "per_region": str(folder / "per_region.tsv")}
