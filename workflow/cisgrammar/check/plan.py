"""What a run would do, in lines that a person reads before it starts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from cisgrammar.config.samples import Track
from cisgrammar.config.schema import Config
from cisgrammar.config.selex_sheet import SelexLibrary
from cisgrammar.config.training import Training


def plan(
    config: Config, samples: Mapping[str, Sequence[Track]], models: Mapping[str, Sequence[SelexLibrary]]
) -> Iterator[str]:
    """Lines that say which stages run, on what, and where.

    Parameters
    ----------
    config
        The run's config.
    samples
        Sample name -> its tracks.
    models
        Binding model -> its libraries.
    """
    yield f"results   {config.results}"
    if samples:
        yield from _profiles(config, samples)
    if config.predict is not None:
        number = sum(1 if part.models is not None else len(samples) for part in config.predict.named.values())
        yield f"predict   {_number(number, 'set')} of regions, on {config.predict.device}"
    if config.binding is not None:
        fits = config.binding.seeds * len(models)
        yield f"binding   {_number(len(models), 'model')} ({', '.join(models)}), {_number(fits, 'fit')}"
    if config.splice is not None:
        yield f"splice    {_splice(config)}"


def _profiles(config: Config, samples: Mapping[str, Sequence[Track]]) -> Iterator[str]:
    folds = config.folds.names if config.folds else []
    tracks = sum(map(len, samples.values()))
    yield f"samples   {_number(len(samples), 'sample')} ({_few(list(samples))}), {_number(tracks, 'track')}"
    yield f"folds     {_number(len(folds), 'fold')} ({_few(folds)})"
    places = len(samples) * len(folds)
    if config.bias is not None:
        # Folds beyond the first train its choice alone, unless each sweeps.
        sweeps = len(folds) if config.bias.sweep == "every_fold" else min(len(folds), 1)
        trained = len(samples) * (sweeps * len(config.bias.thresholds) + len(folds) - sweeps)
        yield f"bias      {_number(trained, 'training')}, {_where(config.bias.training, config.threads)}"
    if config.transformation is not None:
        yield f"transform {_number(places, 'fit')}"
    if config.combined is not None:
        yield f"combined  {_number(places, 'training')}, {_where(config.combined.training, config.threads)}"
    if config.ablation is not None:
        shards = _number(places * config.ablation.shards, "job")
        yield f"ablation  {shards} on {config.ablation.device}; {', '.join(config.ablation.models)}"


def _splice(config: Config) -> str:
    section = config.splice
    if section is None:
        return ""
    weights = section.model.weights
    source = f"{_number(len(weights), 'given network')}" if weights else f"a network of {section.model.context} bp"
    checks = ", ".join(section.checks.which) if section.checks else "none"
    return f"{source} on {section.calibration.device}; checks: {checks}"


def _where(training: Training, threads: int) -> str:
    on = "the GPU" if training.device == "cuda" else _number(threads, "thread")
    return f"up to {training.epochs} epochs on {on}, {training.precision}"


def _number(count: int, what: str) -> str:
    return f"{count:,} {what}{'s' if count != 1 else ''}"


def _few(names: Sequence[str], most: int = 5) -> str:
    return ", ".join(names[:most]) + (", ..." if len(names) > most else "")
