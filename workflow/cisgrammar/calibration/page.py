"""`docs/validation.md`: simulated rates, how each is simulated, and the bar of every gate."""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

from cisgrammar.calibration.bars import BARS, GateBar
from cisgrammar.files.atomic import write_text
from cisgrammar.tables.contracts.calibration import CALIBRATION

_HEAD = """# Validation by simulation

Every number of a run that could be taken for evidence has a null or a known error. `make calibration SEED=7` simulates
both where the truth is known, through the functions that a run uses, and writes `results/calibration.tsv`; it ends with
an error if a rate lies outside of its bar. `make calibration QUICK=1` takes a minute, with fewer simulations and wider
bars, and is part of the tests. The tables below are of a full run with seed 7, kept in `docs/calibration.tsv`.

The interval of a rate is the binomial one (Wilson). Tests of one simulation share controls: the variance over
simulations gives the number of independent tests. Bars are 0.04 to 0.06 for tests at level 0.05 and 0.93 to 0.97 for
intervals of 95 % (this project's rule), at least 0.75 for power (judgement) and at most 0.05 for gates where nothing is
wrong. Numbers of simulations are such that the standard error is about a fourth of the way from 0.05, or 0.95, to the
bar.
"""
_METHODS: dict[str, tuple[str, str]] = {
    "ablation.sites.type_i": (
        "Sites without effect",
        (
            "150 random windows hold 180 sites of a motif of high GC and 20 of one of low GC, most near the summit; "
            "400 controls for each are drawn as in a run. Effects have one law for sites and controls at like places: "
            "normal for counts and footprints, log-normal for distances of profiles. Their spread (for distances, "
            "their mean too) is the same everywhere, 2 or 4 times as large where GC is low, 4 times at the summit, or "
            "differs from window to window. The rate is the share of a motif's sites with p < 0.05."
        ),
    ),
    "ablation.sites.power": (
        "Power",
        ("16 sites whose effect is 3 standard deviations of the controls, among 286 sites: the share with q < 0.05."),
    ),
    "ablation.decoys": (
        "The gate of decoys",
        (
            "180 decoys without effect among 800 controls: how often `ablation.decoys` fails. It fails at the lower "
            "end of a 95 % interval, which allows for tests that share controls."
        ),
    ),
    "ablation.motif_mean": (
        "Mean effect of a motif against controls",
        (
            "16 sites in 14 windows, 100 in 30 and 200 in 40; 30 % of the variance is between windows. 400 controls "
            "lie in the same windows and others, or in others alone. Effects are normal, as of counts, or "
            "roots of log-normal distances, as of profiles. The rate is that of `p_mean` below 0.05."
        ),
    ),
    "ablation.necessity": (
        "Interval of a motif's mean effect",
        ("The same sites; whether the interval of `necessity` holds the mean of all sites that there could be."),
    ),
    "ablation.sufficiency": (
        "Interval of a motif's effect in background",
        (
            "A motif adds 2 logits to ln counts that saturate (softplus), in backgrounds whose own logits have a "
            "standard deviation of 1; whether the t interval over backgrounds holds the mean over all of them."
        ),
    ),
    "ablation.pairs": (
        "Interactions of pairs of sites",
        (
            "50 pairs without interaction, of scales that differ between pairs, with 12 null pairs of each of three "
            "kinds; ten pairs at like distances take the kind that varies most, as in a run. Interactions are normal "
            "or exponential."
        ),
    ),
    "ablation.spacings": (
        "Distances of a scan",
        (
            "A scan of 21 distances on three sides without effect, smooth over two steps, whose spread falls off with "
            "the distance, beside 12 scans with decoys of either motif. It varies as they do, or 4 times as much. "
            "Beside images: two distances have 12 and 8 standard deviations, those that have letters of CCGGGTAA in "
            "common with them half of it; the others are tested. "
            "Power: two distances, 1 and 3 bp, 4 standard deviations above a scan that varies 3 times as much; share "
            "with q < 0.05."
        ),
    ),
    "splice.recall": (
        "Interval of recall",
        (
            "8 to 100 genes of 9 sites on average, of which 0.8 or 0.97 are found; sites of one gene are found "
            "together (correlation 0.1 or 0.05, beta-binomial)."
        ),
    ),
    "splice.calibration_error": (
        "Interval of the calibration error",
        (
            "20 genes of 20 candidates and 50 of 40, logits of standard deviation 2. The model is calibrated, its "
            "logits are too low by 0.5 or by 1, or probabilities above 0.8 are too high by 0.3."
        ),
    ),
    "evaluate.counts_gain": (
        "Interval of the gain over a baseline",
        (
            "Two predictions of ln counts of the same windows, with errors of 0.5 and 0.7 of the truth's standard "
            "deviation: whether the paired intervals of the differences in squared error and in correlation hold the "
            "true ones."
        ),
    ),
    "bias.summit_gain.above_bar": (
        "The gate of the bias model",
        (
            "A preference of single bases (the simulated transposase) and of pairs of neighbours (standard deviation "
            "0.15 of the ln preference, drawn anew each time), and nothing else. Summits are like background, AT-rich, "
            "hold runs of A or T, or are GC-rich. Position weights are fitted to endless reads, and "
            "`summit_gain` is that of a model which holds the preference exactly: how often it is above the bar."
        ),
    ),
    "bias.summit_gain.power": (
        "Power of the gate of the bias model",
        (
            "The same with a model that also holds 1.5 times the rate within 100 bp of the summits: how often it is "
            "above the bar."
        ),
    ),
    "binding.betas": (
        "Intervals of a binding model's betas",
        (
            "A library and one round of selection are drawn from a matrix, and the model is fitted from the truth on, "
            "with the default penalty and the check whether selected reads are taken as draws from the initial "
            "library. The library is what its composition says, or lacks a half or two thirds of the reads with the "
            "motif, with few or many reads of either round; `strong` and `weak` are five matrices of 10 bp, sites of "
            "which drive most of the reads or fewer. Each centred beta is a test; fits are the simulations."
        ),
    ),
    "variants.substitutions": (
        "Variants beside random substitutions of the same peak",
        (
            "Genomes of 40 stretches whose GC content differs, untrained networks. Random substitutions of peaks of "
            "20 bp, of which there are only 60, and of 80 bp, of which 39 are drawn: the share with p of 0.05 or less. "
            "They are scored by the functions of the stage."
        ),
    ),
    "variants.shuffled": (
        "Variants beside variants in shuffled sequence",
        (
            "Substitutions of bases of no site beside 99 others, each in sequence that is shuffled 12 bp around it. "
            "Random sequence of one GC content, or of contents that differ, with untrained networks; or with strong "
            "sites every 100 bp on average, with a model whose counts are the sum of all windows' rates. Where the "
            "whole window is shuffled no site is left in it, and the rate is 0.033 there (4,000 tests)."
        ),
    ),
}
"""Beginning of rates' names -> title and paragraph on how they are simulated."""


def validation_page(table: pd.DataFrame) -> str:
    """The page of a `calibration.tsv`.

    Raises
    ------
    ValueError
        If a rate has no paragraph on how it is simulated.
    """
    families = [_family(name) for name in table["name"]]
    sections = [
        f"## {title}\n\n{how}\n\n" + _rates(table[[family == prefix for family in families]])
        for prefix, (title, how) in _METHODS.items()
        if prefix in families
    ]
    return "\n".join([_HEAD, *sections, _gates()])


def _family(name: str) -> str:
    found = [prefix for prefix in _METHODS if name.startswith(prefix)]
    if not found:
        raise ValueError(f"no paragraph says how {name} is simulated; add one to calibration/page.py")
    return found[0]


def _rates(rows: pd.DataFrame) -> str:
    head = "| rate | value | 95 % interval | bar | verdict | tests |\n|---|---|---|---|---|---|\n"
    line = "| `{name}` | {value:.4f} | {low:.4f} to {high:.4f} | {bar_low:g} to {bar_high:g} | {verdict} | {n:,} |\n"
    return head + "".join(line.format(**row) for row in rows.to_dict("records"))


def _gates() -> str:
    head = (
        "## Gates and their bars\n\nA test has for every gate a model or data set that deserves *fail* and gets it "
        "(`tests/calibration/test_bars.py`). `*` stands for a library, a motif or a head.\n\n"
        "| gate | bar | origin | fails |\n|---|---|---|---|\n"
    )
    return head + "".join(map(_gate, BARS))


def _gate(gate: GateBar) -> str:
    return f"| `{gate.name}` | {gate.bar} | {gate.origin} | {gate.fails} |\n"


def main(table: str, page: str) -> None:
    """Write the page of a table."""
    write_text(Path(page), validation_page(CALIBRATION.read(table)))


if __name__ == "__main__":
    main(*sys.argv[1:])
