"""What is wrong with the sets of the section `predict`: their regions, sequences and models."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

from cisgrammar.config.schema import Config
from cisgrammar.config.tracks.predict import PredictedSet
from cisgrammar.sequence.fasta import Genome, read_fasta


class Collector(Protocol):
    """Where faults are collected; see `faults.Faults`."""

    def run(self, check: Callable[..., Any], *arguments: object) -> Any:
        """The result of a check; None, and a line, if it fails."""

    def made_here(self, path: str | Path) -> bool:
        """Whether the run itself makes a file."""

    def there(self, path: str | Path, key: str) -> bool:
        """Whether a file can be read now."""


def check_predict(faults: Collector, config: Config, genome: Genome | None) -> None:
    """Collect the faults of every set: missing files, models that cannot be averaged, regions that are nowhere.

    Parameters
    ----------
    faults
        Collects them.
    config
        The run's config; without the section there is nothing to check.
    genome
        The run's genome, if it can be read.
    """
    for name, part in (config.predict.named if config.predict else {}).items():
        key = "predict" if config.predict and not config.predict.sets else f"predict.sets.{name}"
        sequences = genome
        if part.fasta is not None:
            sequences = faults.run(read_fasta, part.fasta) if faults.there(part.fasta, f"{key}.fasta") else None
        models = [path for path in part.models or () if faults.there(path, f"{key}.models")]
        if part.models is not None and len(models) == len(part.models):
            faults.run(_check_models, models, part)
        if part.regions is not None and faults.there(part.regions, f"{key}.regions") and sequences is not None:
            faults.run(_check_regions, part, sequences)


def _check_models(paths: Sequence[str], part: PredictedSet) -> None:
    from cisgrammar.profile.models.saved import load_model
    from cisgrammar.profile.stream.average import check_alike
    from cisgrammar.profile.stream.windows import checked_overlap

    models = [load_model(path) for path in paths]
    check_alike(models, paths)
    checked_overlap(part.overlap, models[0].output_length)


def _check_regions(part: PredictedSet, genome: Genome) -> None:
    from cisgrammar.profile.stream.predict_set import read_regions_of

    read_regions_of(part, genome)
