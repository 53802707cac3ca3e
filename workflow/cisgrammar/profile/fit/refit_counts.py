"""Counts heads fitted again in closed form, to the means of the trained trunk.

The trunk's mean over a window differs little between windows (in the simulation by 0.0003 to 0.004, around means of 0
to 0.3), so the weights that order peaks are in the hundreds. A step of Adam moves a weight by about the learning rate:
training can end while the predicted counts have hardly left their mean, although the trunk holds what is needed.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import Module

from cisgrammar.config.profile import Combined
from cisgrammar.files.progress import counted
from cisgrammar.profile.fit.moments import Floats, Line, Moments, fit_line, moments, summed
from cisgrammar.profile.fit.train import ProfileData
from cisgrammar.profile.models.combined import CombinedModel
from cisgrammar.profile.models.solo import SoloModel
from cisgrammar.sequence.one_hot import one_hot
from cisgrammar.signal.store import cut_codes, cut_counts

log = logging.getLogger(__name__)

_STRETCHES = 5
_LEAST_WINDOWS = 10
_BATCH = 64
_ROUNDING = 1e-4
_PIECE = 4096


class Refit(NamedTuple):
    """Whether a head's weights were replaced: decided on validation peaks, both strands averaged.

    Attributes
    ----------
    taken
        The gain is above its standard error, and not of rounding alone.
    gain, gain_error
        Squared error with the weights of the training minus that with the fitted ones, mean over windows, in ln N
        squared, and the standard error of this mean.
    own_error
        Mean squared error with the weights of the training.
    windows
        How many.
    """

    taken: bool
    gain: float
    gain_error: float
    own_error: float
    windows: int


def refit_trained(model: Module, data: ProfileData, section: Combined) -> dict[str, dict[str, Any]]:
    """`refit_counts` of the network of a trained model; empty where its counts are not its own.

    They are not beside a control, whose terms are added, nor with the bias's counts (`use_bias_counts`).
    """
    solo = model.residual if isinstance(model, CombinedModel) else model
    if not isinstance(solo, SoloModel) or section.use_bias_counts:
        return {}
    return {head: refit._asdict() for head, refit in refit_counts(solo, data, section).items()}


def refit_counts(model: SoloModel, data: ProfileData, section: Combined) -> dict[str, Refit]:
    """Fit the counts heads to training peaks in place; a head is changed only where validation peaks gain.

    Parameters
    ----------
    model
        After its training; the trunk and the profile heads stay as they are.
    data
        Stores and windows of the fold.
    section
        The pseudocount of each head's ln N.

    Returns
    -------
    dict
        Head -> what was decided; empty with fewer than ten training or validation peaks with a finite ln N.
    """
    found = {}
    validation = _centres(data, "validation")
    features = _features(model, data, validation).mean(axis=1)
    pseudocounts = [section.heads.get(head.name, section.loss).pseudocount for head in model.heads]
    for number, sums in enumerate(_sums(model, data, pseudocounts)):
        head = model.heads[number].name
        observed = _observed(data, head, validation, model.output_length, pseudocounts[number])
        known = np.isfinite(observed)
        if sum(part.n for part in sums) < 2 * _LEAST_WINDOWS or known.sum() < _LEAST_WINDOWS:
            continue
        line = fit_line(sums)
        linear = model.get_submodule(f"counts_heads.{number}.linear")
        weight, bias = (linear.get_parameter(name) for name in ("weight", "bias"))
        own = Line(weight.detach().cpu().double().numpy()[0], float(bias.detach()))
        refit = found[head] = choose(own, line, features[known], observed[known])
        log.info("counts head of %s: %s", head, _said(refit))
        if refit.taken:
            with torch.no_grad():
                weight.copy_(torch.from_numpy(line.weights)[None])
                bias.fill_(line.intercept)
    return found


def choose(own: Line, fitted: Line, features: Floats, observed: Floats) -> Refit:
    """Compare two lines window by window; features `(windows, filters)`, observed ln N `(windows,)`."""
    before, after = (np.square(features @ line.weights + line.intercept - observed) for line in (own, fitted))
    gains = before - after
    gain, error = float(gains.mean()), float(gains.std(ddof=1) / np.sqrt(len(gains)))
    trained = float(before.mean())
    return Refit(gain > max(error, _ROUNDING * trained), gain, error, trained, len(gains))


def _sums(model: SoloModel, data: ProfileData, pseudocounts: Sequence[float]) -> list[list[Moments]]:
    """Per head the sums over each stretch of training peaks, each strand of a peak a row."""
    sums: list[list[Moments]] = [[] for _ in model.heads]
    for stretch in np.array_split(_centres(data, "train"), _STRETCHES):
        parts: list[list[Moments]] = [[] for _ in model.heads]
        for first in range(0, len(stretch), _PIECE):
            piece = stretch[first : first + _PIECE]
            rows = _features(model, data, piece)
            for head, pseudocount, of_head in zip(model.heads, pseudocounts, parts, strict=True):
                observed = _observed(data, head.name, piece, model.output_length, pseudocount)
                known = np.isfinite(observed)
                if known.any():
                    of_head.append(moments(rows[known].reshape(-1, rows.shape[2]), observed[known].repeat(2)))
        for of_head, all_of_head in zip(parts, sums, strict=True):
            all_of_head += [summed(of_head)] if of_head else []
    return sums


def _centres(data: ProfileData, split: str) -> NDArray[np.int64]:
    """Peaks of a split in the order of the genome."""
    return np.sort(data.windows(split, "peak").centres)


def _observed(data: ProfileData, head: str, centres: NDArray[np.int64], length: int, pseudocount: float) -> Floats:
    """ln(N + pseudocount) of windows, the tasks of the head added up; -inf for ln 0."""
    counts = cut_counts(data.signal.heads[head], centres - length // 2, length)
    with np.errstate(divide="ignore"):
        return np.log(counts.sum(axis=(1, 2), dtype=np.float64) + pseudocount)


def _features(model: SoloModel, data: ProfileData, centres: NDArray[np.int64]) -> Floats:
    """The trunk's means of both strands of windows, `(windows, 2, filters)`."""
    device = next(model.parameters()).device
    starts = centres - model.output_length // 2 - (model.input_length - model.output_length) // 2
    found = [np.zeros((0, 2, model.architecture.filters))]
    model.eval()
    with torch.no_grad():
        for first in counted(range(0, len(starts), _BATCH), f"means of the trunk on {device}", "batches"):
            codes = cut_codes(data.genome.codes, starts[first : first + _BATCH], model.input_length)
            x = one_hot(torch.from_numpy(codes).to(device))
            strands = [model.trunk(s).mean(dim=(2, 3), dtype=torch.float32) for s in (x, x.flip(1, 2))]
            found.append(torch.stack(strands, dim=1).cpu().double().numpy())
    return np.concatenate(found)


def _said(refit: Refit) -> str:
    gain = f"squared error {refit.gain:.4f} (standard error {refit.gain_error:.4f}) below that of the training"
    taken = "fitted again" if refit.taken else "kept as trained"
    return f"{gain}, {refit.own_error:.4f}, on {refit.windows} validation peaks: {taken}"
