"""How long a run will take and how much memory it needs, roughly: of its sizes and of rates that were measured.

Rates are of `benchmarks/README.md` and `docs/human_and_mouse.md`: multiplications a second of a training step, which
are nearly all of its time, on a core of an AMD EPYC and on an H200. Other stages are scaled from the demo. Where this
folder holds benchmark files of earlier runs, a rule's own time takes the place of its estimate. Neither is better than
a factor of two: early stopping, other processors and other work on the machine are not known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from cisgrammar.check.sizes import SampleSize
from cisgrammar.config.profile import Architecture
from cisgrammar.config.schema import Config
from cisgrammar.config.training import Training
from cisgrammar.files.durations import Durations
from cisgrammar.files.progress import format_seconds

_RATES = {
    ("cpu", "fp32"): 28e9,
    ("cpu", "bf16"): 44e9,
    ("cuda", "fp32"): 1.1e13,
    ("cuda", "tf32"): 5.7e13,
    ("cuda", "bf16"): 1.1e14,
}
"""Multiplications a second, of a core or of a GPU."""
_GPU_WINDOWS = 19_000
"""Windows a second of a GPU at most: small networks wait for their start."""
_FORWARD_AND_BACK = 3
_DEMO_WORK = 28e6
"""Multiplications of the demo's combined model for a window, which the seconds below are of."""
_ABLATION, _EVALUATE, _WINDOW = 120.0, 5.0, 0.012
_COUNTS_NETWORK, _COUNTS_LINE = 25.0, 13.0
_FIT, _BINDING_MODEL = 23.0, 16.0
_READS = 1e-6
_JOB_MB, _TORCH_MB, _READ_BYTES = 200, 400, 32
_COMPRESSED, _PACKED = (".gz", ".bgz", ".xz", ".zst", ".bz2"), 3.3
_HELD = 3
"""Arrays of a trunk's layer that a training step holds."""


class Part(NamedTuple):
    """A part of the work.

    Attributes
    ----------
    name
        What it is.
    core_seconds, gpu_seconds
        Of all its jobs together.
    known
        Whether it is of earlier runs in this folder.
    """

    name: str
    core_seconds: float
    gpu_seconds: float = 0.0
    known: bool = False


def multiplications(network: Architecture, output_length: int, tasks: int = 1) -> float:
    """Of a forward pass over one window: the convolutions of the trunk and of the profile head."""
    length, width = network.input_length(output_length), network.filters
    total = 4.0 * network.input_filter_width * width * length
    length -= network.input_filter_width - 1
    for layer in range(network.layers):
        length -= 2 * 2 ** (layer + 1)
        total += 3.0 * width * width * length
    return total + float(width * network.output_filter_width * tasks * output_length)


def training_seconds(
    network: Architecture, training: Training, windows: float, output_length: int
) -> tuple[float, float]:
    """Seconds of cores and of GPUs of one training with all its epochs; one of the two is 0."""
    work = multiplications(network, output_length) * _FORWARD_AND_BACK
    seen = windows * training.epochs
    seconds = seen * work / _RATES[training.device, training.precision]
    return (0.0, max(seconds, seen / _GPU_WINDOWS)) if training.device == "cuda" else (seconds, 0.0)


def share_of_training(config: Config, peaks: Mapping[str, int]) -> float:
    """Share of the peaks that a fold trains on, mean over folds: by chromosomes where these are known."""
    folds = config.folds
    if folds is None or not peaks:
        return 0.0
    if folds.splits is None or folds.by != "chromosome":
        return 1 - 2 / folds.k if folds.k else 0.8
    total = sum(peaks.values())
    held = [
        sum(peaks.get(chrom, 0) for chrom in {*split.test, *split.validation}) / total
        for split in folds.splits.values()
    ]
    return 1 - sum(held) / len(held)


def parts_of(
    config: Config, sizes: Mapping[str, SampleSize], models: Iterable[str], earlier: Durations
) -> Iterator[Part]:
    """The work of a run, part by part.

    Parameters
    ----------
    config
        The run's config.
    sizes
        Of each sample.
    models
        Binding models.
    earlier
        Times of earlier runs in this folder.
    """
    folds = len(config.folds.names) if config.folds else 0
    if sizes:
        yield Part("reads", sum(_READS * (size.reads.number or 0) for size in sizes.values()))
    for size in sizes.values():
        yield from _of_sample(config, size, folds, earlier)
    number = len(list(models))
    if config.binding is not None:
        yield Part("binding", number * (config.binding.seeds * _FIT + _BINDING_MODEL))


def _of_sample(config: Config, size: SampleSize, folds: int, earlier: Durations) -> Iterator[Part]:
    peaks = sum(size.peaks.values())
    trained, length = peaks * share_of_training(config, size.peaks), config.output_length
    bias, combined = config.bias, config.combined
    if bias is not None and bias.trained:
        many = folds - 1 + len(bias.thresholds) if bias.sweep != "every_fold" else folds * len(bias.thresholds)
        windows = background_windows(config, trained, trained / max(peaks, 1))
        one = training_seconds(bias.architecture, bias.training, windows, length)
        yield _trainings("bias", "train_bias", many, one, earlier)
    if combined is None:
        return
    windows = trained * (1 + combined.training.background_ratio)
    cores, gpus = training_seconds(combined.architecture, combined.training, windows, length)
    if combined.blended is not None:
        cores += combined.blended.networks * _COUNTS_NETWORK + _COUNTS_LINE
    yield _trainings("combined", "train_combined", folds, (cores, gpus), earlier)
    scored = (peaks + background_windows(config, peaks, 1.0)) / max(folds, 3)
    yield Part("evaluate", folds * (_EVALUATE + _WINDOW * scored))
    work = multiplications(combined.architecture, length)
    if config.discover is not None:
        found = config.discover
        explained = min(peaks, found.most_windows or peaks) * 2 * found.references * len(found.outputs) * folds
        yield Part("discover", 2 * explained * work / _RATES["cpu", "fp32"])
    if config.ablation is not None:
        yield Part("ablation", folds * _ABLATION * max(work / _DEMO_WORK, 0.1))


def background_windows(config: Config, peaks: float, share: float) -> float:
    """Background windows for so many peaks, on a share of the genome: as many as are asked for and find room.

    Windows of a split do not overlap each other or peaks; a FASTA has about a byte a base, a compressed one a third.
    """
    asked = peaks * config.prepare.background_ratio
    path = Path(config.genome.fasta) if config.genome else None
    if path is None or not path.is_file():
        return asked
    bases = path.stat().st_size * (_PACKED if path.suffix in _COMPRESSED else 1.0)
    room = share * bases / max(config.prepare.background_stride, config.output_length) - peaks
    return min(asked, max(room, 0.0))


def _trainings(name: str, rule: str, many: int, one: tuple[float, float], earlier: Durations) -> Part:
    measured = earlier.measured(rule)
    if measured is None:
        return Part(name, many * one[0], many * one[1])
    return Part(name, many * measured, 0.0, True) if one[0] else Part(name, 0.0, many * measured, True)


def memory_mb(config: Config, sizes: Mapping[str, SampleSize]) -> tuple[float, str]:
    """MB of the largest job, and which it is."""
    jobs = [(float(_TORCH_MB), "predictions")]
    reads = max([size.reads.number or 0 for size in sizes.values()], default=0)
    jobs.append((_JOB_MB + reads * _READ_BYTES / 1e6, "the counting of reads"))
    for name, section in (("the training of the bias model", config.bias), ("the combined training", config.combined)):
        if section is not None and section.training.device == "cpu":
            network = section.architecture
            held = section.training.batch_size * network.filters * (network.layers + 2) * _HELD
            jobs.append((_TORCH_MB + held * network.input_length(config.output_length) * 4 / 1e6, name))
    return max(jobs)


def shown_estimate(
    config: Config, sizes: Mapping[str, SampleSize], models: Sequence[str], earlier: Durations, cores: int
) -> list[str]:
    """Lines that say how long a run will take on so many cores, and its largest job's memory; none without work."""
    together: dict[str, list[Part]] = {}
    for part in parts_of(config, sizes, models, earlier):
        together.setdefault(part.name, []).append(part)
    if not together:
        return []
    spent = {name: sum(part.core_seconds + part.gpu_seconds for part in parts) for name, parts in together.items()}
    cpu = sum(part.core_seconds for parts in together.values() for part in parts)
    gpu = sum(part.gpu_seconds for parts in together.values() for part in parts)
    each = ", ".join(f"{name} {rough(seconds)}" for name, seconds in spent.items() if seconds >= 1)
    on_gpu = f" and {rough(gpu)} of a GPU" if gpu else ""
    wall = rough(max(cpu / cores, gpu))
    known = [name for name, parts in together.items() if any(part.known for part in parts)]
    source = "of rates measured on an EPYC core, an H200 and the demo"
    if known:
        source = f"{', '.join(known)}: of earlier runs in this folder; else {source}"
    left_out = [name for name in ("splice", "variants") if getattr(config, name) is not None]
    beside = f"; without {' and '.join(left_out)}" if left_out else ""
    megabytes, job = memory_mb(config, sizes)
    return [
        f"time      about {rough(cpu)} of one core{on_gpu}, {wall} on {cores} core{'s' * (cores > 1)}: {each}",
        f"          rough, within a factor of two: {source}{beside}",
        f"memory    about {max(megabytes / 1000, 0.1):.1f} GB for the largest job ({job}); times the jobs at a time",
    ]


def rough(seconds: float) -> str:
    """A time with one or two digits: `40 s`, `6 min`, `3 h`, `2 days`."""
    if seconds < 60:
        return format_seconds(max(1.0, float(f"{seconds:.1g}")))
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.0f} h" if seconds < 48 * 3600 else f"{seconds / 86400:.0f} days"
