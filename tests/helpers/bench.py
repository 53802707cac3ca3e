"""A sound prepare stage in a folder of its own, to be spoilt, and a way to run its scripts."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from cisgrammar.config.fields import ConfigError
from cisgrammar.config.samples import Track, read_samples
from cisgrammar.config.schema import Config, parse_config
from cisgrammar.sequence.fasta import Genome
from cisgrammar.signal.preflight import longest_window
from prepare_toys import random_genome, run_script, write_bigwig, write_fasta, write_text

LENGTHS = {f"chr{i}": 8000 for i in range(1, 6)}
GENOME: Genome = random_genome(LENGTHS)
PEAK_STARTS = range(1000, 7000, 1500)
CONFIG: dict[str, Any] = {
    "output_length": 200,
    "folds": {"splits": {"fold0": {"test": ["chr5"], "validation": ["chr4"]}}},
    "prepare": {"shift": [0, 0], "min_reads": 500, "peaks": {"min_counts": 5}, "background_stride": 100},
    "bias": {"architecture": {"filters": 4, "layers": 2}},
    "transformation": {},
    "combined": {"architecture": {"filters": 4, "layers": 3}},
}


def fragment_rows() -> list[str]:
    generator = np.random.default_rng(3)
    rows = []
    for chrom in LENGTHS:
        for peak in PEAK_STARTS:
            starts = np.sort(peak + generator.integers(0, 250, 20))
            rows += [f"{chrom}\t{start}\t{start + 60}" for start in starts.tolist()]
    return rows


def peak_rows() -> list[str]:
    return [
        f"{chrom}\t{start}\t{start + 300}\t{chrom}_{start}\t{start}\t.\t1\t2\t3\t150"
        for chrom in LENGTHS
        for start in PEAK_STARTS
    ]


@dataclass
class Bench:
    """A sound run in a folder of its own, to be spoilt."""

    folder: Path
    config: dict[str, Any] = field(default_factory=lambda: copy.deepcopy(CONFIG))
    rows: list[dict[str, str]] = field(default_factory=list)
    header: list[str] = field(default_factory=lambda: ["sample", "head", "signal", "strands", "shift", "peaks"])

    def __post_init__(self) -> None:
        write_fasta(self.folder / "genome.fa", GENOME)
        write_text(self.folder / "reads.tsv", "\n".join(fragment_rows()) + "\n")
        write_text(self.folder / "peaks.narrowPeak", "\n".join(peak_rows()) + "\n")
        self.config["genome"] = {"fasta": self.path("genome.fa")}
        self.config["samples"] = self.path("samples.tsv")
        self.config["results"] = self.path("results")
        self.rows = [{"sample": "s", "signal": self.path("reads.tsv"), "peaks": self.path("peaks.narrowPeak")}]

    def path(self, name: str) -> str:
        return str(self.folder / name)

    def write(self, name: str, text: str) -> str:
        return str(write_text(self.folder / name, text))

    def signal(self, *names: str) -> None:
        self.rows[0]["signal"] = ",".join(self.path(name) for name in names)

    def set(self, key: str, value: Any) -> None:
        *sections, last = key.split(".")
        place = self.config
        for section in sections:
            place = place.setdefault(section, {})
        place[last] = value

    def edit_lines(self, name: str, change: Callable[[list[str]], list[str]]) -> None:
        path = self.folder / name
        path.write_text("\n".join(change(path.read_text().splitlines())) + "\n")

    def bigwigs(self, plus: dict[str, dict[int, float]], lengths: dict[str, int] = LENGTHS) -> None:
        write_bigwig(self.folder / "plus.bw", lengths, plus)
        write_bigwig(self.folder / "minus.bw", LENGTHS, {"chr1": dict.fromkeys(range(1000, 1600), 1)})
        self.signal("plus.bw", "minus.bw")

    def prepare(self) -> str | None:
        """Run the prepare stage up to the checks; return the first error."""
        if not (self.folder / "samples.tsv").exists():
            lines = [self.header, *([row.get(column, "") for column in self.header] for row in self.rows)]
            self.write("samples.tsv", "\n".join("\t".join(line) for line in lines) + "\n")
        try:
            config = parse_config(self.config)
            samples = read_samples(config.samples)
        except ConfigError as error:
            return str(error)
        return run_stage(config, samples, self.folder / "results")


def run_stage(config: Config, samples: dict[str, list[Track]], results: Path) -> str | None:
    results.mkdir(exist_ok=True)
    genome = results / "genome.h5"
    plain = config.model_dump(mode="json")
    jobs = [("prepare_genome", {"fasta": config.genome.fasta}, {"genome": genome}, {}, {})]
    shape = {
        "stride": config.prepare.background_stride,
        "output_length": config.output_length,
        "reach": longest_window(config),
    }
    jobs.append(("tile_genome", {"genome": str(genome)}, {"tiles": results / "tiles.h5"}, {"shape": shape}, {}))
    for sample, tracks in samples.items():
        out = results / sample
        rows = [track.model_dump(mode="json") for track in tracks]
        params = {"tracks": rows, "prepare": plain["prepare"]}
        inputs = {"genome": str(genome), "signals": [p for track in tracks for p in track.signal_paths]}
        outputs = {"signal": out / "signal.h5", "shift": out / "shift.json"}
        jobs.append(("count_reads", inputs, outputs, params, {}))
        inputs = {"genome": str(genome), "signal": str(out / "signal.h5")}
        jobs.append(("tile_signal", inputs, {"tiles": out / "tiles.h5"}, {"shape": shape}, {}))
        for fold in config.folds.names:
            inputs = {
                "genome": str(genome),
                "signal": str(out / "signal.h5"),
                "tiles": [str(results / "tiles.h5"), str(out / "tiles.h5")],
                "peaks": tracks[0].peaks,
                "exclude": [config.genome.exclude] if config.genome.exclude else [],
            }
            outputs = {
                "regions": out / fold / "regions.tsv",
                "rejected": out / fold / "rejected.tsv",
                "background": out / fold / "background.json",
            }
            jobs.append(("select_regions", inputs, outputs, select_params(config), {"fold": fold}))
        regions = [str(out / fold / "regions.tsv") for fold in config.folds.names]
        inputs = {"genome": str(genome), "signal": str(out / "signal.h5"), "regions": regions}
        inputs["background"] = [str(out / fold / "background.json") for fold in config.folds.names]
        outputs = {"checked": out / "checked.json"}
        jobs.append(("preflight", inputs, outputs, {"config": plain, "tracks": rows}, {}))
    return run_jobs(jobs, results)


def select_params(config: Config) -> dict[str, Any]:
    jitter = max(stage.training.jitter for stage in (config.bias, config.combined))
    return {
        "prepare": config.prepare.model_dump(mode="json"),
        "folds": config.folds.model_dump(mode="json"),
        "exclude_chromosomes": config.genome.exclude_chromosomes,
        "input_length": longest_window(config) - 2 * jitter,
        "output_length": config.output_length,
        "jitter": jitter,
        "seed": config.seed,
    }


def run_jobs(jobs: list[tuple], results: Path) -> str | None:
    for name, inputs, outputs, params, wildcards in jobs:
        error = run_script(name, inputs, outputs, params, **wildcards)
        left = [path for path in outputs.values() if path.exists()]
        assert not list(results.rglob("*partial*")), "a temporary file is left"
        if error is not None:
            assert not left, f"{name} failed, but left {left}"
            return error
        assert len(left) == len(outputs)
    return None
