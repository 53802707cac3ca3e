"""What the jobs of a sample read: its reads, its control, its peaks, and the bias model that it takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from cisgrammar.config.fields import Section
from cisgrammar.config.prepare import ReadFilter
from cisgrammar.config.samples import BiasSources, Track
from cisgrammar.config.schema import Config
from cisgrammar.run.pseudobulk import Splitting


def section(settings: Section, *without: str) -> dict[str, Any]:
    """A section of the config as plain values, for a rule's `params`; `without` the keys that the rule ignores."""
    return settings.model_dump(mode="json", exclude=set(without))


class SampleFiles:
    """Inputs and params of rules by their wildcard `sample`; a pool of samples stands where a sample may."""

    config: Config
    samples: Mapping[str, Sequence[Track]]
    sources: BiasSources

    @cached_property
    def splitting(self) -> Splitting:
        """The files of fragments that are split by groups of barcodes."""
        return Splitting(self.config.results, self.samples)

    def bias_model(self, wildcards: Any) -> str:
        """The bias model that a sample takes in a fold."""
        return (
            f"{self.config.results}/bias/{self.sources.of_sample[wildcards.sample]}/{wildcards.fold}/model.safetensors"
        )

    def tracks(self, wildcards: Any) -> list[dict[str, Any]]:
        """The rows of the sample sheet of one sample, as plain values; of a group of barcodes with its own file."""
        name = wildcards.sample
        rows = self.samples[self.sources.pools.get(name, (name,))[0]]
        return [{**section(track), "sample": name, "signal": self.splitting.counted(track)} for track in rows]

    @cached_property
    def controlled(self) -> list[str]:
        """The samples with a control."""
        return [sample for sample, rows in self.samples.items() if rows[0].control]

    def control(self, wildcards: Any) -> list[str]:
        """The counts of a sample's control, if it has one."""
        rows = self.samples.get(wildcards.sample)
        controlled = bool(rows and rows[0].control)
        return [f"{self.config.results}/prepare/{wildcards.sample}/control.h5"] if controlled else []

    def control_tracks(self, wildcards: Any) -> list[dict[str, Any]]:
        """The controls of one sample as tracks, as plain values."""
        return [section(track.control_track) for track in self.samples[wildcards.sample]]

    def control_files(self, wildcards: Any) -> list[str]:
        """The reads or bigWigs of a sample's control."""
        return [path for track in self.samples[wildcards.sample] for path in track.control_track.signal_paths]

    def signal_files(self, wildcards: Any) -> list[str]:
        """The reads or bigWigs of one sample, in the order of its rows."""
        return self.splitting.inputs(self.samples[wildcards.sample])

    @property
    def counting(self) -> dict[str, Any]:
        """What of the section `prepare` says how reads are counted."""
        wanted = {"shift", "min_reads", *ReadFilter.model_fields}
        return {key: value for key, value in section(self.config.prepare).items() if key in wanted}

    def peak_files(self, wildcards: Any) -> list[str]:
        """The peaks of one sample, or of all samples of a pool."""
        samples = self.sources.pools.get(wildcards.sample, (wildcards.sample,))
        return list(dict.fromkeys(self.samples[sample][0].peaks for sample in samples))

    def pooled(self, wildcards: Any) -> list[str]:
        """The counts of the samples of a pool."""
        return [f"{self.config.results}/prepare/{sample}/signal.h5" for sample in self.sources.pools[wildcards.sample]]

    @property
    def excluded(self) -> list[str]:
        """The BED file of regions never used, if there is one."""
        genome = self.config.genome
        return [genome.exclude] if genome and genome.exclude else []

    def own_fold(self, wildcards: Any) -> dict[str, Any]:
        """The section `folds` as one fold needs it: of `splits` its own, so that another one leaves its windows be."""
        folds = self.config.folds
        if folds is None:
            return {}
        plain = section(folds)
        return plain | ({"splits": {wildcards.fold: plain["splits"][wildcards.fold]}} if folds.splits else {})

    def own_fold_files(self, wildcards: Any) -> list[str]:
        """As `fold_files`, of one fold."""
        return self._files_of_folds([wildcards.fold])

    @property
    def fold_files(self) -> list[str]:
        """The files that say how regions are split, if folds are given so."""
        folds = self.config.folds
        return self._files_of_folds(list((folds.splits if folds else None) or {}))

    def _files_of_folds(self, names: Sequence[str]) -> list[str]:
        folds = self.config.folds
        splits = [folds.splits[name] for name in names] if folds and folds.splits and folds.by == "bed" else []
        parts = [part for split in splits for part in (split.test, split.validation, split.train or ())]
        own = folds.files if folds and folds.files else ()
        return sorted({*own, *(path for part in parts for path in part)})
