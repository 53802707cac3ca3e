"""Run a simulation, and write what a user would have, and the truth that no user has."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from cisgrammar.config.schema import Simulate
from cisgrammar.files.atomic import atomic_hdf5, atomic_path
from cisgrammar.sequence.alphabet import BASES, decode
from cisgrammar.simulate.cuts import FOOTPRINT_FLANK, RADIUS, SITE_SD, accessibility, preference, preference_matrix
from cisgrammar.simulate.factors.catalogue import FACTORS
from cisgrammar.simulate.genome import SimulatedGenome, make_genome, mismatches
from cisgrammar.simulate.reads import SHIFT, Fragments, draw_fragments, expected_cuts
from cisgrammar.simulate.variants.planted import PlantedVariant
from cisgrammar.simulate.variants.regions import region_variants
from cisgrammar.tables.contracts.simulate import PLANTED_PAIRS, PLANTED_SITES

_LINE = 80
_BARCODES = 16
_HALF_PEAK = 300


@dataclass(frozen=True, eq=False)
class Simulation:
    """A simulated experiment.

    Attributes
    ----------
    settings
        What it was made with.
    genome
        Sequence, peaks and motif sites.
    fragments
        What was sequenced.
    expected, unbiased
        `(chromosomes, length)`: expected cuts at each base, with the enzyme's preference and without.
    variants
        Variants of the genome with their effects.
    """

    settings: Simulate
    genome: SimulatedGenome
    fragments: Fragments
    expected: NDArray[np.float64]
    unbiased: NDArray[np.float64]
    variants: tuple[PlantedVariant, ...] = ()


@dataclass(frozen=True, eq=False)
class Truth:
    """What `write_truth` and `write_rates` wrote, read back.

    `preference` is `(21, 4)`; `expected` and `unbiased` are float16 `(bases of the genome)`, in its order; `factors`
    are matrices `(width, 4)`, and `bare` those among them that leave no footprint.
    """

    preference: NDArray[np.float64]
    factors: dict[str, NDArray[np.float64]]
    expected: NDArray[np.float16]
    unbiased: NDArray[np.float16]
    bare: frozenset[str] = frozenset()


def simulate(settings: Simulate) -> Simulation:
    """Simulate a genome and an experiment on it. The same settings give the same result, bit for bit."""
    genome, variants = region_variants(make_genome(settings), settings)
    open_rate = accessibility(genome, settings)
    rate = open_rate * preference(genome, settings)
    fragments = draw_fragments(np.random.default_rng([settings.seed, 10]), rate, settings.fragments)
    expected = expected_cuts(rate, settings.fragments)
    unbiased = expected_cuts(open_rate, settings.fragments)
    return Simulation(settings, genome, fragments, expected, unbiased, tuple(variants))


def write_fasta(path: str | Path, genome: SimulatedGenome) -> None:
    """Write the chromosomes as FASTA, 80 bases a line."""
    with atomic_path(path) as partial, partial.open("w") as out:
        for name, codes in zip(genome.names, genome.codes, strict=True):
            text = decode(codes)
            out.write(f">{name}\n")
            out.writelines(text[i : i + _LINE] + "\n" for i in range(0, len(text), _LINE))


def write_peaks(path: str | Path, simulation: Simulation) -> None:
    """Write all peaks as narrowPeak, summits and edges as inexact as a peak caller leaves them."""
    rng = np.random.default_rng([simulation.settings.seed, 11])
    peaks, names = simulation.genome.peaks, simulation.genome.names
    summits = peaks.summit + np.rint(rng.normal(0, 4, len(peaks.summit))).astype(np.int64)
    starts = peaks.centre - _HALF_PEAK + rng.integers(-30, 31, len(summits))
    ends = peaks.centre + _HALF_PEAK + rng.integers(-30, 31, len(summits))
    strength = np.exp(peaks.log_strength)
    score = np.minimum(1000, np.rint(100 * strength)).astype(int)
    with atomic_path(path) as partial, partial.open("w") as out:
        for i, chrom in enumerate(peaks.chrom):
            fields = (names[chrom], starts[i], ends[i], f"peak_{i + 1}", score[i], ".")
            out.write("\t".join(map(str, fields)) + f"\t{strength[i]:.4f}\t-1\t-1\t{summits[i] - starts[i]}\n")


def write_fragments(path: str | Path, simulation: Simulation) -> None:
    """Write a gzipped fragment file: chromosome, start, end, barcode, number of read pairs."""
    rng = np.random.default_rng([simulation.settings.seed, 12])
    letters = np.array(list(BASES))[rng.integers(0, 4, size=(_BARCODES, 16))]
    barcodes = ["".join(row) + "-1" for row in letters]
    fragments, names = simulation.fragments, simulation.genome.names
    cells = rng.integers(0, _BARCODES, len(fragments.start))
    columns = (a.tolist() for a in (fragments.chrom, fragments.start, fragments.end, cells))
    text = "".join(f"{names[c]}\t{s}\t{e}\t{barcodes[b]}\t1\n" for c, s, e, b in zip(*columns, strict=True))
    with atomic_path(path) as partial:
        partial.write_bytes(gzip.compress(text.encode(), compresslevel=6, mtime=0))


def write_sites(path: str | Path, genome: SimulatedGenome) -> None:
    """Write every planted motif instance: chrom, start, end, strand, factor, peak's name, intact, acts.

    `intact` says whether the sequence has the factor's best letter wherever that has a probability above `CERTAIN`,
    `acts` whether the site changes the reads: those of a passenger and those outside of peaks do not.
    """
    sites, effects = genome.planted(), np.array([factor.effect for factor in FACTORS])
    intact = mismatches(genome.codes, sites) == 0
    acts = (sites.peak >= 0) & (effects[sites.factor] != 0)
    rows = []
    for i, chrom in enumerate(sites.chrom):
        where = (genome.names[chrom], sites.start[i], sites.end[i], "-" if sites.reverse[i] else "+")
        peak = f"peak_{sites.peak[i] + 1}" if sites.peak[i] >= 0 else ""
        rows.append((*where, FACTORS[sites.factor[i]].name, peak, int(intact[i]), int(acts[i])))
    PLANTED_SITES.write_rows(path, rows)


def write_pairs(path: str | Path, genome: SimulatedGenome) -> None:
    """Write the pairs of sites: chrom, start_a, start_b, strand of a, factor, strands, offset, effect, peak's name."""
    sites, pairs = genome.sites, genome.pairs
    rows = []
    columns = (pairs.site, pairs.start, pairs.opposite, pairs.offset, pairs.effect)
    for first, start, opposite, offset, effect in zip(*columns, strict=True):
        strand, factor = "-" if sites.reverse[first] else "+", FACTORS[sites.factor[first]].name
        where = (genome.names[sites.chrom[first]], sites.start[first], start, strand, factor)
        strands = "opposite" if opposite else "same"
        rows.append((*where, strands, offset, f"{effect:g}", f"peak_{sites.peak[first] + 1}"))
    PLANTED_PAIRS.write_rows(path, rows)


def write_truth(path: str | Path, simulation: Simulation) -> None:
    """Write the enzyme's preference, the factors and the settings as JSON."""
    settings = simulation.settings
    factors = [
        {
            "name": factor.name,
            "kind": factor.kind,
            "consensus": factor.consensus,
            "probabilities": factor.probabilities().round(6).tolist(),
            "effect_on_log_strength": factor.effect,
            "share_of_peaks": factor.share,
            "background_sites_per_peak": factor.background,
        }
        for factor in FACTORS
        if factor.name in settings.factors
    ]
    truth = {
        "settings": settings.model_dump(),
        "bases": BASES,
        "preference_radius": RADIUS,
        "log_preference": preference_matrix(settings.bias_strength).round(6).tolist(),
        "shift": [SHIFT, -SHIFT],
        "site_standard_deviation": SITE_SD,
        "footprint": {"depth": settings.footprint_depth, "flank": FOOTPRINT_FLANK},
        "factors": factors,
    }
    with atomic_path(path) as partial:
        partial.write_text(json.dumps(truth, indent=1) + "\n")


def write_rates(path: str | Path, simulation: Simulation) -> None:
    """Write the expected cuts at each base, with and without the enzyme's preference, as HDF5 float16."""
    genome = simulation.genome
    with atomic_hdf5(path) as file:
        file.attrs["units"] = "expected cuts per base, both strands together"
        file.create_dataset("names", data=np.array([name.encode() for name in genome.names]))
        file.create_dataset("lengths", data=np.full(len(genome.names), genome.codes.shape[1]))
        for name, rate in (("expected", simulation.expected), ("unbiased", simulation.unbiased)):
            file.create_dataset(name, data=rate.astype(np.float16).reshape(-1))


def read_truth(truth: str | Path, rates: str | Path) -> Truth:
    """Read back what `write_truth` and `write_rates` wrote."""
    described = json.loads(Path(truth).read_text())
    factors = {f["name"]: np.array(f["probabilities"]) for f in described["factors"]}
    bare = frozenset(f["name"] for f in described["factors"] if f["kind"] != "activator")
    with h5py.File(rates) as file:
        expected, unbiased = file["expected"][:], file["unbiased"][:]
    return Truth(np.array(described["log_preference"]), factors, expected, unbiased, bare)
