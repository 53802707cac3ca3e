"""Train the network of log-counts: first on local rates anywhere, then on the totals of peaks."""

from __future__ import annotations

import hashlib
import json
import logging
import math
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import nn

import cisgrammar
from cisgrammar.config.profile import Combined
from cisgrammar.config.training import Training, WindowTraining
from cisgrammar.files.progress import counted
from cisgrammar.profile.data.pieces import PieceSampler
from cisgrammar.profile.data.window_sampler import WindowSampler
from cisgrammar.profile.fit.counts_objectives import RatesObjective, TotalsObjective
from cisgrammar.profile.fit.train import History, ProfileData
from cisgrammar.profile.models.counts_network import BIN, CountsNetwork
from cisgrammar.signal.store import cut_counts
from cisgrammar.training.device import pick_device
from cisgrammar.training.loop import fit

log = logging.getLogger(__name__)

_PIECES = 8
_MOST_BASES = 100_000_000
_EPOCHS = (8, 16)


class _Job(NamedTuple):
    data: ProfileData
    section: Combined
    output_length: int
    seed: int
    checkpoints: Path | None

    def checkpoint(self, phase: str) -> Path | None:
        """File of a phase's checkpoint."""
        return self.checkpoints and self.checkpoints / f"{phase}_{self.seed}.pt"

    def fingerprint(self, network: nn.Module, settings: Training) -> str:
        """What a checkpoint must have been made from."""
        start = hashlib.sha256(b"".join(w.detach().cpu().numpy().tobytes() for w in network.state_dict().values()))
        given = json.dumps([settings.model_dump(), self.output_length, self.seed])
        return " ".join([cisgrammar.__version__, self.data.fingerprint(), start.hexdigest()[:16], given])


def train_counts(
    data: ProfileData, section: Combined, output_length: int, seed: int, checkpoints: Path | None
) -> tuple[list[CountsNetwork], History]:
    """Train the networks, one after the other.

    Parameters
    ----------
    data
        Stores and windows of the fold.
    section
        `counts` says how; the length of the sequence is that of `architecture`, device and precision are those of
        `training`.
    output_length
        bp of a window.
    seed
        Of weights and draws; each network has one of its own that follows from it.
    checkpoints
        Folder of the checkpoints of each network's two phases; None writes none.

    Returns
    -------
    list of CountsNetwork, history
        In eval mode, on the CPU; the history holds both phases of each network, one after the other.

    Raises
    ------
    ValueError
        If the section trains no network of counts.
    """
    shape = section.blended
    if shape is None:
        raise ValueError("combined.counts is null, or use_bias_counts is set: there is no network of counts to train")
    device = pick_device(section.training.device, section.training.precision)
    heads = len(data.signal.heads)
    networks, rows = [], []
    for number in counted(range(1, shape.networks + 1), f"networks of the counts on {device}", "networks"):
        job = _Job(data, section, output_length, _seed_of(seed, number), checkpoints)
        network = CountsNetwork(heads, output_length, shape.channels, shape.layers, job.seed).to(device)
        log.info("network %d of %d", number, shape.networks)
        phases = _learn_rates(job, network, shape.bases), _learn_totals(job, network, shape.steps)
        rows += [{"network": number, "phase": i, **row} for i, history in enumerate(phases, 1) for row in history]
        networks.append(network.cpu().eval())
    return networks, _with_the_same_columns(rows)


def _seed_of(seed: int, number: int) -> int:
    """The seed of a network: the run's own for the first, for the others far from those of neighbouring runs."""
    return seed if number == 1 else int(np.random.SeedSequence([seed, number]).generate_state(1)[0])


def _with_the_same_columns(rows: History) -> History:
    """Rows in the order of the table's columns; what a phase does not have is nan."""
    names = dict.fromkeys(name for row in rows for name in row)
    first = ("network", "phase", "epoch", "learning_rate", "train_loss")
    parts = [name for start in ("train_", "validation_") for name in names if name.startswith(start)]
    columns = dict.fromkeys([*first, *(part for part in parts if part != "validation_loss"), "validation_loss", "kept"])
    return [{name: row.get(name, math.nan) for name in columns} for row in rows]


def _learn_rates(job: _Job, network: CountsNetwork, bases: float) -> History:
    data = job.data
    training, validation = (
        PieceSampler(
            *(data.genome, data.signal),
            [data.windows(split, kind) for kind in ("peak", "background") if data.has(split, kind)],
            job.output_length,
            job.seed,
            _PIECES,
            _MOST_BASES,
        )
        for split in ("train", "validation")
    )
    epochs = min(max(round(bases / training.bases()), _EPOCHS[0]), _EPOCHS[1])
    settings = Training(
        epochs=epochs,
        batch_size=_PIECES,
        learning_rate=3e-3,
        weight_decay=1e-3,
        early_stopping_patience=epochs,
        device=job.section.training.device,
        precision=job.section.training.precision,
    )
    _start_at_mean(job, network)
    log.info("local rates: %d epochs of %.1f Mb", epochs, training.bases() / 1e6)
    objective = RatesObjective(network, training, validation)
    return fit(objective, settings, job.checkpoint("rates"), job.fingerprint(network, settings))


def _start_at_mean(job: _Job, network: CountsNetwork) -> None:
    """Rates begin at the mean of training peaks, so that no step is spent on this number."""
    starts = job.data.windows("train", "peak").centres[:4096] - job.output_length // 2
    with torch.no_grad():
        network.get_parameter("rates.weight").zero_()
        for i, counts in enumerate(job.data.signal.heads.values()):
            mean = cut_counts(counts, starts, job.output_length).sum(axis=1, dtype=np.float64).mean()
            network.get_parameter("rates.bias")[i] = math.log(max(mean * BIN, 1e-3))


def _learn_totals(job: _Job, network: CountsNetwork, steps: int) -> History:
    data, batch_size = job.data, 32
    peaks = [data.windows(split, "peak") for split in ("train", "validation")]
    epochs = max(1, round(steps * batch_size / len(peaks[0])))
    settings = WindowTraining(
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=2e-3,
        weight_decay=1e-3,
        average=0.97,
        jitter=60,
        early_stopping_patience=epochs,
        device=job.section.training.device,
        precision=job.section.training.precision,
    )
    lengths = job.section.architecture.input_length(job.output_length), job.output_length
    training, validation = (
        WindowSampler(data.genome, data.signal, windows, None, settings, *lengths, job.seed) for windows in peaks
    )
    network.start_totals()
    objective = TotalsObjective(network, training, validation)
    return fit(objective, settings, job.checkpoint("totals"), job.fingerprint(network, settings))
