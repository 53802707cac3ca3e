"""Several predictions of log-counts added up, with weights that are fitted on validation windows."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from cisgrammar.config.profile import Counts
from cisgrammar.files.progress import counted
from cisgrammar.profile.data.window_sampler import Windows
from cisgrammar.profile.fit.kmer_ridge import fit_kmer_ridge
from cisgrammar.profile.fit.train import ProfileData
from cisgrammar.profile.models.combined import CombinedModel
from cisgrammar.profile.models.counts_blend import MEMBERS, CountsBlend
from cisgrammar.profile.models.counts_network import CountsNetwork
from cisgrammar.profile.models.kmer_line import KmerLine
from cisgrammar.profile.models.solo import SoloModel
from cisgrammar.sequence.one_hot import one_hot
from cisgrammar.signal.store import cut_codes, cut_counts

log = logging.getLogger(__name__)

# Of 10, 30, 100 and 300, the least cross-fitted error on validation peaks of yeast: docs/stages/combined.md.
_PRIOR_WINDOWS = 100.0
_LEAST_WEIGHT = 0.05
_FOLDS = 5
_LEAST_WINDOWS = 10


class Blend(NamedTuple):
    """`offset + predictions @ weights`."""

    weights: NDArray[np.float64]
    offset: float


class Choice(NamedTuple):
    """Whether a head's log-counts are blended, or those of the residual's own head: decided on validation peaks.

    Attributes
    ----------
    blended
        The gain is above 0.
    gain
        Squared error of the own head minus that of the blend, whose weights are fitted without the window's stretch
        of the genome; mean over windows.
    gain_error
        Standard error of this mean; both are None with fewer than ten windows: the own head is kept.
    own_error
        Mean squared error of the own head, in ln N squared.
    windows
        How many.
    weights
        Those of the members by name, and `offset`, as they are used.
    """

    blended: bool
    gain: float | None
    gain_error: float | None
    own_error: float
    windows: int
    weights: dict[str, float]


def choose_blend(predictions: NDArray[np.float64], log_counts: NDArray[np.float64]) -> Choice:
    """Compare the first member alone with the blend, window by window, and fit what is taken.

    Parameters
    ----------
    predictions
        `(windows, members)` in the order of the genome, those of the own head first.
    log_counts
        `(windows,)` what was observed.
    """
    own = np.square(predictions[:, 0] - log_counts)
    gain = error = None
    if len(own) >= _LEAST_WINDOWS:
        gains = own - np.square(_cross_fitted(predictions, log_counts) - log_counts)
        gain, error = float(gains.mean()), float(gains.std(ddof=1) / np.sqrt(len(gains)))
    blended = gain is not None and gain > 0
    fitted = fit_blend(predictions, log_counts) if blended else Blend(np.eye(predictions.shape[1])[0], 0.0)
    weights = dict(zip(MEMBERS, fitted.weights.tolist(), strict=True)) | {"offset": fitted.offset}
    return Choice(blended, gain, error, float(own.mean()), len(own), weights)


def _cross_fitted(predictions: NDArray[np.float64], log_counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """What the blend predicts of each of five stretches with the weights of the other four, `(windows,)`."""
    found = np.empty(len(log_counts))
    for part in np.array_split(np.arange(len(log_counts)), _FOLDS):
        others = np.setdiff1d(np.arange(len(log_counts)), part)
        blend = fit_blend(predictions[others], log_counts[others])
        found[part] = predictions[part] @ blend.weights + blend.offset
    return found


def fit_blend(predictions: NDArray[np.float64], log_counts: NDArray[np.float64]) -> Blend:
    """Non-negative least squares with an offset, drawn towards equal weights as by a hundred more windows.

    A member whose weight comes out under 0.05 is left out, and the others are fitted again.

    Parameters
    ----------
    predictions
        `(windows, members)`, none of them fitted on these windows.
    log_counts
        `(windows,)` what was observed.
    """
    members = np.flatnonzero(predictions.std(axis=0) > 0)
    weights = np.zeros(predictions.shape[1])
    while len(members):
        fitted = _fit(predictions[:, members], log_counts)
        if (fitted >= _LEAST_WEIGHT).all() or len(members) == 1:
            weights[members] = fitted
            break
        members = np.delete(members, np.argmin(fitted))
    return Blend(weights, float(log_counts.mean() - predictions.mean(axis=0) @ weights))


def _fit(predictions: NDArray[np.float64], log_counts: NDArray[np.float64]) -> NDArray[np.float64]:
    from scipy.optimize import nnls

    centred = predictions - predictions.mean(axis=0)
    prior = np.sqrt(_PRIOR_WINDOWS) * centred.std(axis=0)
    rows = np.concatenate([centred, np.diag(prior)])
    wanted = np.concatenate([log_counts - log_counts.mean(), prior / centred.shape[1]])
    return nnls(rows, wanted)[0]


def blend_counts(
    solo: SoloModel, networks: Sequence[CountsNetwork], data: ProfileData, counts: Counts
) -> tuple[SoloModel | CountsBlend, dict[str, Choice]]:
    """The trained models with the line on k-mers of training peaks, weighed on validation peaks.

    A head whose validation peaks the blend does not predict better than the solo model keeps that model's log-counts.

    Parameters
    ----------
    solo
        The residual model.
    networks
        The networks of the counts.
    data
        Stores and windows of the fold.
    counts
        The section: length of the k-mers, 0 for no line, and number of words.

    Returns
    -------
    SoloModel or CountsBlend, dict
        The solo model itself if no head is blended; and what was chosen for each head.
    """
    blend = CountsBlend(solo, networks, _line_of(data, solo, counts) if counts.kmer else None)
    choices = _weigh(blend, data)
    return (blend.eval() if any(choice.blended for choice in choices.values()) else solo.eval()), choices


def with_counts(
    model: CombinedModel | SoloModel, networks: Sequence[CountsNetwork], data: ProfileData, counts: Counts
) -> tuple[CombinedModel | SoloModel | CountsBlend, dict[str, Choice]]:
    """A trained model whose log-counts, or its residual's, are blended where that is better; as `blend_counts`."""
    if isinstance(model, SoloModel):
        return blend_counts(model.cpu(), networks, data, counts)
    if not isinstance(model.residual, SoloModel):
        raise ValueError("the residual's counts are blended already")
    residual, choices = blend_counts(model.residual.cpu(), networks, data, counts)
    return CombinedModel(residual, model.transformation.cpu()).eval(), choices


def observed_log_counts(data: ProfileData, head: str, windows: Windows, length: int) -> NDArray[np.float64]:
    """ln(N + 1) of windows, the tasks of the head added up; `(windows,)`."""
    counts = cut_counts(data.signal.heads[head], windows.centres - length // 2, length)
    return np.log1p(counts.sum(axis=(1, 2), dtype=np.float64))


def _line_of(data: ProfileData, solo: SoloModel, counts: Counts) -> KmerLine:
    windows, length = data.windows("train", "peak"), solo.output_length
    starts, ridges = windows.centres - length // 2, []
    for head in solo.heads:
        observed = observed_log_counts(data, head.name, windows, length)
        cut = partial(cut_codes, data.genome.codes, length=length)
        ridges.append(fit_kmer_ridge(cut, starts, observed, counts.kmer, counts.words))
        log.info("ln N of %s: words with a gap: %s", head.name, ", ".join(ridges[-1].words) or "none")
    words = list(dict.fromkeys(word for ridge in ridges for word in ridge.words))
    line = KmerLine(counts.kmer, len(solo.heads), length, words)
    for i, ridge in enumerate(ridges):
        line.weights[i] = torch.from_numpy(ridge.weights_of_all()).float()
        line.intercept[i] = ridge.intercept
        for word, weight in zip(ridge.words, ridge.word_weights, strict=True):
            line.word_weights[i, words.index(word)] = float(weight)
    return line


def _weigh(blend: CountsBlend, data: ProfileData) -> dict[str, Choice]:
    """Fit the weights on validation peaks, both strands averaged as in predictions."""
    windows, flank = data.windows("validation", "peak"), (blend.input_length - blend.output_length) // 2
    order = np.argsort(windows.centres, kind="stable")
    starts = windows.centres[order] - blend.output_length // 2 - flank
    blend.eval()
    found = []
    with torch.no_grad():
        for i in counted(range(0, len(starts), 64), "weights of the counts, on validation peaks", "batches"):
            x = one_hot(torch.from_numpy(cut_codes(data.genome.codes, starts[i : i + 64], blend.input_length)))
            found.append((blend.members(x)[1] + blend.members(x.flip(1, 2))[1]) / 2)  # (batch, heads, members)
    members = torch.cat(found).double().numpy()
    choices = {}
    for i, head in enumerate(blend.heads):
        observed = observed_log_counts(data, head.name, windows, blend.output_length)[order]
        choice = choices[head.name] = choose_blend(members[:, i], observed)
        blend.weights[i] = torch.tensor([choice.weights[name] for name in MEMBERS])
        blend.offset[i] = choice.weights["offset"]
        log.info("ln N of %s: %s", head.name, _said(choice))
    if blend.kmers is not None and not bool(blend.weights[:, MEMBERS.index("kmers")].any()):
        blend.kmers = None
    return choices


def _said(choice: Choice) -> str:
    if choice.gain is None:
        return f"the residual's own head is kept: {choice.windows} validation peaks are too few to compare"
    weights = ", ".join(f"{name} {choice.weights[name]:.2f}" for name in MEMBERS)
    gain = f"squared error of the blend {choice.gain:.4f} (standard error {choice.gain_error:.4f}) below that"
    taken = f"blended, weights {weights}" if choice.blended else "the residual's own head is kept"
    return f"{gain} of the residual's own head, {choice.own_error:.4f}, on {choice.windows} validation peaks: {taken}"
