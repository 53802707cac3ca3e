"""Train the networks of the profile chain: bias and combined."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch

import cisgrammar
from cisgrammar.config.profile import Bias, Combined, Loss
from cisgrammar.config.training import PeakTraining, WindowTraining
from cisgrammar.profile.data.window_sampler import Windows, WindowSampler, evenly, pick_windows
from cisgrammar.profile.fit.objective import ProfileObjective
from cisgrammar.profile.fit.standardise import standardised
from cisgrammar.profile.models.combined import CombinedModel
from cisgrammar.profile.models.controlled import ControlledModel
from cisgrammar.profile.models.given import start_from
from cisgrammar.profile.models.heads import Head
from cisgrammar.profile.models.profile_model import ProfileModel
from cisgrammar.profile.models.saved import describe_model
from cisgrammar.profile.models.solo import SoloModel
from cisgrammar.profile.models.transformation import TransformationModel
from cisgrammar.sequence.fasta import Genome
from cisgrammar.sequence.windows import window_starts
from cisgrammar.signal.store import Signal, check_same_genome, cut_counts, open_genome, open_signal
from cisgrammar.signal.table import region_blocks
from cisgrammar.training.device import pick_device
from cisgrammar.training.history import History
from cisgrammar.training.loop import fit
from cisgrammar.training.team import team_on

log = logging.getLogger(__name__)

Trained = TypeVar("Trained", SoloModel, CombinedModel)


@dataclass(frozen=True)
class ProfileData:
    """A sample's stores and the windows of one fold."""

    genome: Genome
    signal: Signal
    regions: Path
    control: Signal | None = None

    @classmethod
    def open(
        cls, genome: str | Path, signal: str | Path, regions: str | Path, control: str | Path | None = None
    ) -> ProfileData:
        """Open the stores; ValueError if signal or control and genome do not belong together."""
        beside = None if control is None else open_signal(control)
        data = cls(open_genome(genome), open_signal(signal), Path(regions), beside)
        for counts in (data.signal, *([beside] if beside else [])):
            check_same_genome(data.genome, counts)
        return data

    def has(self, split: str, kind: str) -> bool:
        """Whether there are windows of a split and kind."""
        return (split, kind) in self._windows

    def windows(self, split: str, kind: str) -> Windows:
        """Windows of a split (train, validation, test) and kind (peak, background); ValueError if there is none."""
        if not self.has(split, kind):
            raise ValueError(
                f"{self.regions}: no {kind} windows in split {split}; check folds and the limits in `prepare`"
            )
        return self._windows[split, kind]

    @cached_property
    def _windows(self) -> dict[tuple[str, str], Windows]:
        """Windows of each split and kind: two numbers of each, where a row of the table takes 200 bytes."""
        found: dict[tuple[str, str], list[Windows]] = {}
        for block in region_blocks(self.regions):
            for split, kind in sorted(set(zip(block.split.tolist(), block.kind.tolist(), strict=True))):
                found.setdefault((split, kind), []).append(pick_windows(block.of(kind, split), self.genome))
        return {name: Windows(*map(np.concatenate, zip(*parts, strict=True))) for name, parts in found.items()}

    def heads(self, use_bias_counts: bool = False) -> tuple[Head, ...]:
        """One head per signal of the sample, in the order of the sample sheet."""
        return tuple(Head(name, counts.shape[0], use_bias_counts) for name, counts in self.signal.heads.items())

    def fingerprint(self) -> str:
        """Hash of genome, regions and counts, for checkpoints and model files."""
        return self._digest

    @cached_property
    def _digest(self) -> str:
        digest = hashlib.sha256(self.genome.fingerprint.encode())
        digest.update(self.regions.read_bytes())
        controls = {} if self.control is None else {f"control {k}": v for k, v in self.control.heads.items()}
        for name, counts in {**self.signal.heads, **controls}.items():
            digest.update(f"{name} {counts.shape} {counts.dtype}".encode())
            digest.update(np.ascontiguousarray(counts).view(np.uint8).data)
        return digest.hexdigest()[:16]


@dataclass(frozen=True)
class Split:
    """Windows that train and windows that validate; background may be None."""

    train: Windows
    validation: Windows
    train_background: Windows | None = None
    validation_background: Windows | None = None

    @classmethod
    def of_peaks(cls, data: ProfileData, training: PeakTraining) -> Split:
        """Peaks, with background if the training asks for some."""
        peaks = (data.windows("train", "peak"), data.windows("validation", "peak"))
        if training.background_ratio == 0:
            return cls(*peaks)
        return cls(*peaks, data.windows("train", "background"), data.windows("validation", "background"))


def run_training(
    model: ProfileModel,
    data: ProfileData,
    split: Split,
    training: WindowTraining,
    losses: Sequence[Loss],
    seed: int,
    checkpoint: Path | None = None,
    settle: Callable[[], None] | None = None,
) -> History:
    """Train a profile model in place on a split; returns the history of `training.loop.fit`.

    `settle` is called before each validation.
    """
    lengths = model.input_length, model.output_length
    train, validation = (
        WindowSampler(data.genome, data.signal, primary, background, training, *lengths, seed)
        for primary, background in (
            (split.train, split.train_background),
            (split.validation, split.validation_background),
        )
    )
    if isinstance(model, ControlledModel) and data.control is not None:
        for sampler in (train, validation):
            sampler.show_control(data.control, model.flank)
    log.info("%d training and %d validation windows in an epoch", len(train), len(validation))
    settings = json.dumps(
        [training.model_dump(), [loss.model_dump() for loss in losses], describe_model(model), seed],
        sort_keys=True,
    )
    windows = hashlib.sha256(b"".join(w.centres.tobytes() for w in vars(split).values() if w is not None))
    # The weights at the start stand for the seed, and for the frozen bias of a combined model.
    start = hashlib.sha256(b"".join(w.detach().cpu().numpy().tobytes() for w in model.state_dict().values()))
    fingerprint = " ".join(
        [cisgrammar.__version__, data.fingerprint(), windows.hexdigest()[:16], start.hexdigest()[:16], settings]
    )
    with team_on(pick_device(training.device)) as team:
        if team.device.type == "cuda":
            for sampler in (train, validation):
                sampler.hold_on(team.device)
        objective = ProfileObjective(model, train, validation, list(losses), team, settle)
        return fit(objective, training, checkpoint, fingerprint)


def start_counts_at_mean(model: SoloModel, data: ProfileData, windows: Windows, losses: Sequence[Loss]) -> None:
    """Set the bias of each counts head to the mean log-count of the training windows.

    From zero, the first epochs are spent on learning this one number, and the shared trunk is bent on the way.
    """
    starts = window_starts(windows.centres, model.output_length)
    with torch.no_grad():
        for i, (head, loss) in enumerate(zip(model.heads, losses, strict=True)):
            counts = cut_counts(data.signal.heads[head.name], starts, model.output_length)
            totals = counts.sum(axis=(1, 2), dtype=np.float64) + loss.pseudocount
            bias = model.get_parameter(f"counts_heads.{i}.linear.bias")
            bias.fill_(float(np.log(totals[totals > 0]).mean()) if totals.any() else 0.0)


def train_bias(
    data: ProfileData,
    section: Bias,
    windows: tuple[Windows, Windows],
    output_length: int,
    seed: int,
    checkpoint: Path | None = None,
) -> tuple[SoloModel, History]:
    """Train a solo model on background windows (train, validation)."""
    model = SoloModel(section.architecture, output_length, data.heads(), seed)
    losses = [section.loss] * len(model.heads)
    start_counts_at_mean(model, data, windows[0], losses)
    return model, run_training(model, data, Split(*windows), section.training, losses, seed, checkpoint)


def train_plain(
    data: ProfileData, section: Combined, output_length: int, seed: int, checkpoint: Path | None = None
) -> tuple[SoloModel | ControlledModel, History]:
    """Train a solo model on peaks, beside the control if there is one: a run without bias."""
    model = SoloModel(section.architecture, output_length, data.heads(), seed)
    return _train_on_peaks(model, model, data, section, seed, checkpoint)


def train_combined(
    data: ProfileData,
    transformation: TransformationModel,
    section: Combined,
    seed: int,
    checkpoint: Path | None = None,
) -> tuple[CombinedModel | ControlledModel, History]:
    """Train the residual model beside a frozen transformed bias, and beside the control if there is one."""
    heads = data.heads(section.use_bias_counts)
    residual = SoloModel(section.architecture, transformation.output_length, heads, seed)
    model = CombinedModel(residual, transformation)
    return _train_on_peaks(model, residual, data, section, seed, checkpoint)


def _train_on_peaks(
    model: Trained, learns: SoloModel, data: ProfileData, section: Combined, seed: int, checkpoint: Path | None
) -> tuple[Trained | ControlledModel, History]:
    """Train a model in place on peaks, with background among them; `learns` is the network in it that trains."""
    losses = [section.heads.get(head.name, section.loss) for head in learns.heads]
    split = Split.of_peaks(data, section.training)
    if section.start is None:
        start_counts_at_mean(learns, data, split.train, losses)
    else:
        start_from(learns, section.start)
    whole = model if data.control is None else _beside_control(model, data, split.train)
    shown = [split.train]
    if split.train_background is not None:
        drawn = round(section.training.background_ratio * len(split.train))
        shown.append(evenly(split.train_background, drawn))
    with standardised(learns, data.genome, shown, section.training.standardise_counts) as settle:
        history = run_training(whole, data, split, section.training, losses, seed, checkpoint, settle)
    return whole, history


def _beside_control(model: SoloModel | CombinedModel, data: ProfileData, windows: Windows) -> ControlledModel:
    """A model with the control's terms, whose counts are seen relative to their mean over the windows."""
    heads = [] if data.control is None else [data.control.heads[head.name] for head in model.heads]
    controlled = ControlledModel(model, [counts.shape[0] for counts in heads])
    starts = window_starts(windows.centres, model.output_length)
    for term, counts in zip(controlled.terms, heads, strict=True):
        totals = cut_counts(counts, starts, model.output_length).sum(axis=(1, 2), dtype=np.float64)
        term.get_buffer("mean").fill_(float(np.log1p(totals).mean()))
    return controlled
