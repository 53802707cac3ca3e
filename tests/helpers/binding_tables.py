"""Tables of the binding stage, made up: what the figures draw."""

import numpy as np
import pandas as pd

from cisgrammar.files.atomic import write_table
from cisgrammar.tables.contracts.binding import AGREEMENT
from toy_tables import filled


def matrix(motifs=("REB1",), width=4, known=True):
    rng = np.random.default_rng(1)
    parts = []
    for name in motifs:
        betas = rng.normal(0, 1, (width, 4))
        betas -= betas.mean(1, keepdims=True)
        position, base = np.indices(betas.shape)
        parts.append(
            pd.DataFrame(
                {
                    "motif": name,
                    "position": position.ravel(),
                    "base": np.array(list("ACGT"))[base.ravel()],
                    "beta": betas.ravel(),
                    "log_affinity": (betas - betas.max(1, keepdims=True)).ravel(),
                    "standard_error": 0.1 if known else np.nan,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def position_bias(libraries=("library",), windows=17, known=True):
    x = np.arange(windows)
    rows = [
        (library, "REB1", strand, i, 0.5 * np.cos(i / 5) * sign, 0.1 if known else np.nan)
        for library in libraries
        for strand, sign in (("+", 1), ("-", -1))
        for i in x
    ]
    return pd.DataFrame(rows, columns=["library", "binding", "strand", "position", "log_bias", "standard_error"])


def spacing(pairs=("a:b",), offsets=range(8, 13), known=True):
    rows = []
    for pair in pairs:
        for strands in ("same", "opposite"):
            for offset in offsets:
                best = strands == "same" and offset % 5 == 4
                value = 1.5 if best else -1.0 - 0.1 * (offset % 3)
                error, low = (0.2 if best else 1.5), value - 0.4 if best else -np.inf
                interval = (error, low, value + 2 * error, 30.0 if best else 0.3) if known else (np.nan,) * 4
                rows.append((pair, strands, offset, abs(offset) - 8, value, *interval))
    columns = ["pair", "strands", "offset", "gap", "log_omega", "standard_error", "lower", "upper", "gain"]
    return pd.DataFrame(rows, columns=columns)


def enrichment(rounds=((0, 2),), libraries=("library",), kmers=300):
    rng = np.random.default_rng(2)
    parts = []
    for library in libraries:
        for first, last in rounds:
            for unit, n, noise in (("bin", 20, 0.1), ("kmer", kmers, 0.3)):
                predicted = np.sort(rng.normal(0, 1, n))
                parts.append(
                    pd.DataFrame(
                        {
                            "library": library,
                            "from_round": first,
                            "to_round": last,
                            "unit": unit,
                            "name": [f"{unit}{i}" for i in range(n)],
                            "reads_from": 100,
                            "reads_to": 120,
                            "observed": predicted + rng.normal(0, noise, n),
                            "predicted": predicted,
                            "standard_error": noise,
                        }
                    )
                )
    return pd.concat(parts, ignore_index=True)


STAGES = ("activate binding 0", "activate binding 1", "start binding 1", "shift binding 1", "fit all binding 1")


def history(seeds=(1, 2, 3), stages=STAGES):
    losses = [0.69, 0.692, *(0.45 - 0.004 * i for i in range(len(stages) - 2))]
    rows = [
        (seed, i + 1, stage, loss + 0.001 * seed * (i > 1))
        for seed in seeds
        for i, (stage, loss) in enumerate(zip(stages, losses, strict=True))
    ]
    return pd.DataFrame(rows, columns=["seed", "step", "stage", "loss"])


def agreement(seeds=(1, 2, 3)):
    chosen = [seed == seeds[0] for seed in seeds]
    return filled(AGREEMENT, pd.DataFrame({"seed": seeds, "chosen": chosen, "motif": "REB1"}))


def heldout(libraries=("library",), models=("fit", "non_specific", "without_cooperativity"), known=True):
    values = {"fit": 0.44, "non_specific": 0.693, "without_cooperativity": 0.4415}
    rows = [
        (library, split, model, reads, values[model] + extra, 0.003 if known else np.nan)
        for library in libraries
        for split, reads, extra in (("train", 36000, 0.0), ("held_out", 4000, 0.008))
        for model in models
    ]
    return pd.DataFrame(rows, columns=["library", "split", "model", "reads", "nll_per_read", "standard_error"])


def truth(known=True):
    rng = np.random.default_rng(3)
    rows = []
    for quantity, number, spread in (
        ("beta", 32, 1.0),
        ("position_bias", 17, 0.4),
        ("log_omega", 10, 1.0),
        ("log_activity", 2, 3.0),
        ("log_hill", 1, 0.2),
    ):
        for i in range(number):
            true = spread * rng.normal()
            rows.append((quantity, f"REB1 {i}", true, true + 0.1 * rng.normal(), 0.1 if known else np.nan))
    table = pd.DataFrame(rows, columns=["quantity", "name", "true", "estimate", "standard_error"])
    return table.assign(within=(table.estimate - table.true).abs() <= 2 * table.standard_error)


def write(folder, **tables):
    """Write tables by name; returns name -> path."""
    for name, table in tables.items():
        write_table(folder / f"{name}.tsv", table)
    return {name: str(folder / f"{name}.tsv") for name in tables}
