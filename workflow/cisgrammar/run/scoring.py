"""What the rules of the variants stage take of a run: the models that score, and the tables that they give."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cisgrammar.run.run import Run


class Scoring:
    """The files that variants are scored with.

    Parameters
    ----------
    run
        The run.
    results
        What paths of its files begin with.
    """

    def __init__(self, run: Run, results: str) -> None:
        self._run, self._results = run, results

    @property
    def folder(self) -> str:
        """The folder of the stage's files; empty in a run without variants."""
        variants = self._run.config.variants
        return f"{self._results}/variants/{variants.folder}" if variants else ""

    def profile_models(self, wildcards: Any) -> list[str]:
        """The models of every fold that score variants for a rule's source."""
        return self.models_of(wildcards.source)

    def models_of(self, source: str) -> list[str]:
        """The models of every fold of a source: those of the config, or the run's combined ones."""
        settings = self._run.config.variants and self._run.config.variants.profile
        given = list(settings.models) if settings else []
        folder = f"{self._results}/combined/{source}"
        return given or [f"{folder}/{fold}/combined.safetensors" for fold in self._run.folds]

    def affinity_files(self, wildcards: Any) -> list[str]:
        """A binding model's weights, and the covariance of its parameters where there is one."""
        settings = self._run.config.variants and self._run.config.variants.binding
        if settings and settings.models:
            return self._run.given_affinity(wildcards.factors)
        folder = f"{self._results}/binding/{wildcards.factors}"
        return [f"{folder}/model.safetensors", f"{folder}/covariance.h5"]

    def tables(self, kind: str, names: Sequence[str]) -> list[str]:
        """The tables of scores of one kind of model, one for each name."""
        return [f"{self.folder}/{kind}/{name}.tsv" for name in names]

    def shown(self) -> tuple[list[str], list[str]]:
        """The models and the peaks that cards are made with: those of the first source."""
        first = self._run.profile_sources[:1]
        models = [path for source in first for path in self.models_of(source)]
        return models, [path for source in first for path in self._run.peaks_of(source)]
