"""What a run would do, in lines that a person reads before it starts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress

from cisgrammar.config.fields import ConfigError
from cisgrammar.config.samples import BiasSources, Track, bias_sources
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
    if config.discover is not None:
        yield f"discover  contributions of all peaks in {_number(config.discover.shards, 'shard')} a sample"
    if config.variants is not None:
        kinds = ("profile", "binding", "splice")
        scores = ", ".join(kind for kind in kinds if getattr(config.variants, kind) is not None)
        yield f"variants  {config.variants.file}, scored by {scores} models"


def _profiles(config: Config, samples: Mapping[str, Sequence[Track]]) -> Iterator[str]:
    folds = config.folds.names if config.folds else []
    tracks = sum(map(len, samples.values()))
    places = len(samples) * len(folds)
    beside = sum(bool(rows[0].control) for rows in samples.values())
    control = f", {beside} with a control" if beside else ""
    yield f"samples   {_number(len(samples), 'sample')} ({_few(list(samples))}), {_number(tracks, 'track')}{control}"
    yield f"folds     {_number(len(folds), 'fold')} ({_few(folds)})"
    with suppress(ConfigError):  # What is wrong with groups is told among the faults.
        sources = bias_sources(config.bias, samples)
        places = len(sources.of_sample) * len(folds)
        yield from _bias(config, sources, len(folds))
    if config.transformation is not None:
        yield f"transform {_number(places, 'fit')}"
    if config.combined is not None:
        alone = "" if config.bias else "; no bias stage"
        yield f"combined  {_number(places, 'training')}, {_where(config.combined.training, config.threads)}{alone}"
    if config.ablation is not None:
        shards = _number(places * config.ablation.shards, "job")
        yield f"ablation  {shards} on {config.ablation.device}; {', '.join(config.ablation.models)}"


def _bias(config: Config, sources: BiasSources, folds: int) -> Iterator[str]:
    bias, owners = config.bias, list(dict.fromkeys(sources.of_sample.values()))
    if bias is None:
        return
    if bias.model is not None:
        yield f"bias      given: {bias.model}"
        return
    # Folds beyond the first train its choice alone, unless each sweeps.
    sweeps = folds if bias.sweep == "every_fold" else min(folds, 1)
    trained = len(owners) * (sweeps * len(bias.thresholds) + folds - sweeps)
    shared = f" for {_number(len(owners) * folds, 'model')} of {_few(owners)}" if owners != [*sources.of_sample] else ""
    yield f"bias      {_number(trained, 'training')}{shared}, {_where(bias.training, config.threads)}"


def _splice(config: Config) -> str:
    section = config.splice
    if section is None:
        return ""
    weights = section.model.weights
    source = f"{_number(len(weights), 'given network')}" if weights else f"a network of {section.model.context} bp"
    checks = ", ".join(section.checks.which) if section.checks else "none"
    predicted = section.predict
    sets = [*predicted.splits, *(filter(None, [predicted.regions, predicted.fasta]))] if predicted else []
    shown = f"; sites of {', '.join(sets)}" if sets else ""
    return f"{source} on {section.calibration.device}; checks: {checks}{shown}"


def _where(training: Training, threads: int) -> str:
    on = "the GPU" if training.device == "cuda" else _number(threads, "thread")
    return f"up to {training.epochs} epochs on {on}, {training.precision}"


def _number(count: int, what: str) -> str:
    return f"{count:,} {what}{'s' if count != 1 else ''}"


def _few(names: Sequence[str], most: int = 5) -> str:
    return ", ".join(names[:most]) + (", ..." if len(names) > most else "")
