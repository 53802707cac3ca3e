"""All simulations of `make calibration`."""

from __future__ import annotations

import math
from collections.abc import Iterator

from cisgrammar.calibration import bias, binding_coverage, counts, motifs, pairs, sites, splice, variants
from cisgrammar.calibration.rates import AT_MOST_LEVEL, COVERAGE, POWER, TYPE_I
from cisgrammar.calibration.simulation import Simulation, always
from cisgrammar.simulate.selected_reads import SETTINGS

GENES = (8, 15, 30, 100)
SHARES = ((0.8, 0.1), (0.97, 0.05))
"""Recall, and correlation of sites within a gene."""
LONG = 10
"""Bases of a variable region above which a fit takes long."""
QUICK = ("right", "half of the motif")
"""Settings of libraries in the quick form, by their names."""


def _sites() -> Iterator[Simulation]:
    for spread in sites.SPREADS:
        yield Simulation(f"ablation.sites.type_i.{spread}", sites.type_i(spread), 640, 64, TYPE_I)
    yield Simulation("ablation.sites.power", sites.power, 240, 16, POWER)
    yield Simulation("ablation.decoys.gate_type_i", sites.decoy_gate, 800, 60, AT_MOST_LEVEL)


def _motifs() -> Iterator[Simulation]:
    for many, windows in ((16, 14), (100, 30), (200, 40)):
        for law in (motifs.counts, motifs.profile):
            for shared in (True, False):
                name = f"{law.__name__}.{many}_in_{windows}.{'same' if shared else 'other'}_windows"
                once = motifs.mean_type_i(many, windows, shared, law)
                yield Simulation(f"ablation.motif_mean.type_i.{name}", always(once), 8000, 1400, TYPE_I)
        once = motifs.necessity(many, windows)
        yield Simulation(f"ablation.necessity.coverage.{many}_in_{windows}", always(once), 8000, 1000, COVERAGE)
    for backgrounds in (16, 32, 100):
        once = motifs.sufficiency(backgrounds)
        yield Simulation(f"ablation.sufficiency.coverage.{backgrounds}_backgrounds", always(once), 8000, 1000, COVERAGE)


def _pairs() -> Iterator[Simulation]:
    for law in (pairs.normal, pairs.exponential):
        once = pairs.pair_type_i(law)
        yield Simulation(f"ablation.pairs.type_i.{law.__name__}", always(once), 800, 100, TYPE_I)
    for ratio in (1, 4):
        once = pairs.spacing_type_i(ratio)
        yield Simulation(f"ablation.spacings.type_i.varies_{ratio}_times", always(once), 800, 120, TYPE_I)
    once = pairs.spacing_beside_images(3, 12)
    yield Simulation("ablation.spacings.type_i.beside_images", always(once), 400, 60, TYPE_I)
    yield Simulation("ablation.spacings.power", always(pairs.spacing_power(3)), 400, 60, POWER)


def _splice() -> Iterator[Simulation]:
    for share, together in SHARES:
        for genes in GENES:
            once = splice.recall(share, together, genes)
            yield Simulation(f"splice.recall_{share}.coverage.{genes}_genes", always(once), 4000, 400, COVERAGE)
    for genes, candidates in ((20, 20), (50, 40)):
        for law in splice.LAWS:
            once = splice.calibration_errors(law, genes, candidates)
            name = f"splice.calibration_error.coverage.{genes}_x_{candidates}.{law}"
            yield Simulation(name, always(once), 3000, 200, COVERAGE)


def _counts() -> Iterator[Simulation]:
    for windows in (80, 300):
        yield Simulation(
            f"evaluate.counts_gain.coverage.{windows}_windows",
            always(counts.paired_gain(windows)),
            8000,
            1000,
            COVERAGE,
        )


def _bias() -> Iterator[Simulation]:
    for composition in bias.COMPOSITIONS:
        once = bias.above_bar(composition, bias.PAIR_SD)
        yield Simulation(f"bias.summit_gain.above_bar.{composition}", always(once), 400, 40, AT_MOST_LEVEL)
    once = bias.above_bar("at_rich", bias.PAIR_SD, math.log(bias.HELD))
    yield Simulation(f"bias.summit_gain.power.{bias.HELD}_at_summits", always(once), 240, 20, POWER)


def _binding() -> Iterator[Simulation]:
    """Fits take 1 to 4 s, those of a long motif 11 to 17 s: the quick form has two of the quickest settings."""
    for name, setting in SETTINGS.items():
        fits, quick = (24, 0) if setting.length > LONG else (64, 12 if name in QUICK else 0)
        once = binding_coverage.betas(setting)
        yield Simulation(f"binding.betas.coverage.{name.replace(' ', '_')}", always(once), fits, quick, COVERAGE)


def _variants() -> Iterator[Simulation]:
    for peaks in ("short", "long"):
        once = variants.substitutions(peaks)
        yield Simulation(f"variants.substitutions.type_i.{peaks}_peaks", always(once), 60, 8, TYPE_I)
    for kind in variants.GENOMES:
        yield Simulation(f"variants.shuffled.type_i.{kind}", always(variants.shuffled(kind)), 120, 8, TYPE_I)


SIMULATIONS: tuple[Simulation, ...] = (
    *_sites(),
    *_motifs(),
    *_pairs(),
    *_splice(),
    *_counts(),
    *_bias(),
    *_binding(),
    *_variants(),
)
