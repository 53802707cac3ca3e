"""What the jobs of the variants stage read: the models that score, and the peaks beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cisgrammar.config.samples import Track
from cisgrammar.config.schema import Config
from cisgrammar.config.selex_sheet import SelexLibrary

GIVEN = "given"
"""What profile models that a config names are called among the samples."""


class VariantFiles:
    """Inputs of rules that score variants."""

    config: Config
    samples: Mapping[str, Sequence[Track]]
    libraries: Mapping[str, Sequence[SelexLibrary]]

    @property
    def variants_known(self) -> bool:
        """Whether variants are scored of which the effects are known."""
        return bool(self.config.variants and self.config.variants.truth)

    @property
    def profile_sources(self) -> list[str]:
        """What variants are scored by: the samples, or `given` for models that the config names."""
        settings = self.config.variants and self.config.variants.profile
        if not settings:
            return []
        return [GIVEN] if settings.models else list(self.samples)

    def source_peaks(self, wildcards: Any) -> list[str]:
        """As `peaks_of`, of a rule's source."""
        return self.peaks_of(wildcards.source)

    def peaks_of(self, source: str) -> list[str]:
        """The peaks of a source of profile models, if it has any."""
        settings = self.config.variants and self.config.variants.profile
        if settings and settings.peaks:
            return [settings.peaks]
        return [self.samples[source][0].peaks] if source in self.samples else []

    def given_affinity(self, factors: str) -> list[str]:
        """The files of a binding model that the config names: its weights, and their covariance if it is there."""
        files = [Path(self.affinity_models[factors], name) for name in ("model.safetensors", "covariance.h5")]
        return [str(path) for path in files if path.name == "model.safetensors" or path.is_file()]

    @property
    def affinity_models(self) -> dict[str, str]:
        """Binding model -> its folder, of those that variants are scored by."""
        settings = self.config.variants and self.config.variants.binding
        if not settings:
            return {}
        if settings.models:
            return {Path(folder).name: str(Path(folder)) for folder in settings.models}
        return {model: f"{self.config.results}/binding/{model}" for model in self.libraries}
