"""The sets of regions that a run predicts: each with every sample's models, or with models that are given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cisgrammar.config.schema import Config
from cisgrammar.config.tracks.predict import PredictedSet

GIVEN = "given"
"""The source of a set whose models are given."""
_FITTED = ("combined", "transformation", "bias")


@dataclass(frozen=True)
class Prediction:
    """A set of regions with the models that predict it.

    Attributes
    ----------
    name
        Name of the set.
    settings
        The set.
    sample
        The sample whose models predict it; empty where models are given.
    """

    name: str
    settings: PredictedSet
    sample: str = ""

    @property
    def folder(self) -> str:
        """Its folder below `predict/sets`: the set, and the sample or `given`."""
        return f"{self.name}/{self.sample or GIVEN}"

    @property
    def regions(self) -> list[str]:
        """The BED file, if there is one."""
        return [self.settings.regions] if self.settings.regions else []


def predictions_of(config: Config, samples: Iterable[str]) -> dict[str, Prediction]:
    """Folder -> prediction, of every set of a config with every sample, or with the models that the set gives."""
    found = []
    for name, settings in (config.predict.named if config.predict else {}).items():
        sources = [""] if settings.models is not None else list(samples)
        found += [Prediction(name, settings, sample) for sample in sources]
    return {prediction.folder: prediction for prediction in found}


def fitted_stage(config: Config) -> str:
    """The last stage of a run that fits profile models; empty if it fits none."""
    return next((stage for stage in _FITTED if getattr(config, stage) is not None), "")


def on_genome(predictions: Mapping[str, Prediction]) -> list[str]:
    """The folders of predictions for the run's genome, and not for a FASTA of their own."""
    return [folder for folder, part in predictions.items() if part.settings.fasta is None]


def own_assembly(config: Config) -> dict[str, str]:
    """The genome's file for browsers, if they have no assembly of a name that is given."""
    named = config.browser is not None and config.browser.assembly is not None
    return {} if named else {"twobit": "<results>/browser/genome.2bit"}
