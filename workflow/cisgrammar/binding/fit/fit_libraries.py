"""Fit a model of the config to its libraries: motifs first, cooperativity on top, from one state file to the next."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Self

import pandas as pd

from cisgrammar import __version__
from cisgrammar.binding.fit.fit import Fit
from cisgrammar.binding.fit.optimise import Effort
from cisgrammar.binding.fit.settings import FitSettings, Search
from cisgrammar.binding.layers.build import Built, build
from cisgrammar.binding.likelihood.likelihood import Penalty
from cisgrammar.binding.reads.count_table import CountTable, Flanks, read_count_table
from cisgrammar.config.binding import Binding, BindingModel
from cisgrammar.config.selex_sheet import SelexLibrary
from cisgrammar.files.atomic import atomic_path
from cisgrammar.tables.contracts.binding import FIT_HISTORY
from cisgrammar.training.checkpoint import load_checkpoint
from cisgrammar.training.device import pick_device


class Split(NamedTuple):
    """Which reads are held out: this share of the unique ones, chosen with this seed."""

    held_out: float
    seed: int


@dataclass(frozen=True)
class Libraries:
    """The libraries of one model, read and split.

    Attributes
    ----------
    rows
        Rows of the sheet.
    train, held_out
        Count tables of the reads that are fitted and of those that are scored, one for each row.
    digest
        Hash of the files and of how they were split.
    """

    rows: list[SelexLibrary]
    train: list[CountTable]
    held_out: list[CountTable]
    digest: str


@dataclass(frozen=True)
class FitPlan:
    """One fit of a model.

    Parameters
    ----------
    binding, model
        The config's section, and its settings for this model.
    rows
        The libraries: rows of the sheet.
    split
        Which reads are held out.
    seed
        Seed of the random starts and of the subsets.
    """

    binding: Binding
    model: BindingModel
    rows: tuple[SelexLibrary, ...]
    split: Split
    seed: int

    @classmethod
    def from_config(
        cls,
        binding: Mapping[str, Any],
        model: Mapping[str, Any],
        libraries: Sequence[Mapping[str, Any]],
        split_seed: int,
        seed: int,
    ) -> Self:
        """Check what a rule passes on: the section `binding`, its settings for the model, and rows of the sheet."""
        section = Binding.model_validate(binding)
        rows = tuple(SelexLibrary.model_validate(row) for row in libraries)
        return cls(section, BindingModel.model_validate(model), rows, Split(section.held_out, split_seed), seed)

    def settings(self) -> FitSettings:
        """How to fit."""
        model = self.model
        return FitSettings(
            penalty=Penalty(model.l2, model.l1, model.barrier, model.pseudocount),
            search=Search(
                kmer=model.kmer,
                kmer_starts=model.kmer_starts,
                random_starts=model.random_starts,
                shift=model.shift,
                extend=model.extend,
                flank=model.extend_flank,
                max_kernel_size=model.max_width,
                information_threshold=model.min_information,
                threshold=model.min_gain,
            ),
            seed=self.seed,
            subset=self.binding.subset,
            effort=Effort(model.iterations, model.tolerance),
            chunk=self.binding.chunk,
            initial_library=model.initial_library,
        )

    def fingerprint(self, digest: str) -> str:
        """Says which fit a state is of: version, data, settings, seed."""
        said = [__version__, digest, self.model.model_dump(mode="json"), repr(self.settings())]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:16]


def read_libraries(plan: FitPlan, counts: Sequence[str], stats: Sequence[str]) -> Libraries:
    """Read the count tables that `count_selex` wrote.

    Parameters
    ----------
    plan
        The libraries, how much of their constant regions is scored, and which reads are held out.
    counts, stats
        Path of each count table, and of what was found while its reads were counted (`left` and `right` are used).
    """
    digest = hashlib.sha256(repr(plan.split).encode())
    tables = []
    for path, found in zip(counts, stats, strict=True):
        known = json.loads(Path(found).read_text())
        digest.update(Path(path).read_bytes())
        sides = known["left"], known["right"]
        flanks = Flanks(*sides, *map(plan.model.scored_flank, sides))
        digest.update(repr(flanks).encode())
        tables.append(read_count_table(path, flanks))
    pairs = [table.split(plan.split.held_out, plan.split.seed) for table in tables]
    train, held_out = ([pair[i] for pair in pairs] for i in (0, 1))
    return Libraries(list(plan.rows), train, held_out, digest.hexdigest()[:16])


def _fit(plan: FitPlan, libraries: Libraries, checkpoint: Path | None = None) -> tuple[Built, Fit]:
    built = build(plan.model, libraries.rows, libraries.train, plan.seed)
    device = pick_device(plan.binding.device)
    experiments, fingerprint = list(built.experiments.values()), plan.fingerprint(libraries.digest)
    return built, Fit(experiments, libraries.train, plan.settings(), checkpoint, fingerprint, device)


def fit_motifs(plan: FitPlan, libraries: Libraries, checkpoint: Path, state: Path) -> list[dict[str, Any]]:
    """Fit all but the pairs; writes the fit's state and returns its history. Goes on from a killed job's checkpoint."""
    _, fit = _fit(plan, libraries, checkpoint)
    fit.run(until="motifs")
    _copy(checkpoint, state)
    return fit.history


def fit_cooperativity(
    plan: FitPlan, libraries: Libraries, motifs: Path, checkpoint: Path, state: Path
) -> list[dict[str, Any]]:
    """Fit the pairs on top of `motifs`, the state that `fit_motifs` wrote; writes the state, returns the history."""
    fingerprint = plan.fingerprint(libraries.digest)
    if load_checkpoint(checkpoint, fingerprint) is None:
        if load_checkpoint(motifs, fingerprint) is None:
            raise ValueError(f"{motifs}: is not of this model and data; delete it and run the stage again")
        _copy(motifs, checkpoint)
    _, fit = _fit(plan, libraries, checkpoint)
    fit.run()
    _copy(checkpoint, state)
    return fit.history


def load_fit(plan: FitPlan, libraries: Libraries, state: Path) -> tuple[Built, Fit]:
    """The fitted model in a state file: experiments with their parameters, and the fit with its data and history."""
    built, fit = _fit(plan, libraries)
    fit.load(state)
    return built, fit


def write_history(path: str | Path, history: Sequence[Mapping[str, Any]]) -> None:
    """Write the steps of a fit: step, stage, loss (penalised nats per read)."""
    table = pd.DataFrame(list(history), columns=["stage", "loss"])
    table.insert(0, "step", range(1, len(table) + 1))
    FIT_HISTORY.write(path, table)


def _copy(source: Path, target: Path) -> None:
    with atomic_path(target) as partial:
        shutil.copyfile(source, partial)
