"""Contributions of bases to a model's outputs. DeepLIFT/SHAP (Shrikumar et al. 2017) itself is tangermeme's."""

from __future__ import annotations

import warnings

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from cisgrammar.ablation.effects.model_parts import LogCounts, Part
from cisgrammar.config.ablation import Contributions
from cisgrammar.sequence.one_hot import one_hot
from cisgrammar.sequence.shuffle import dinucleotide_shuffle
from cisgrammar.training.device import pick_device
from cisgrammar.training.lanes import map_in_lanes, model_lanes
from cisgrammar.training.progress import Progress

_AT_ONCE = 4
"""Sequences whose references are held at a time."""
_OFF = 0.02
"""Of what the contributions add up to, the most that rounding makes of it."""


class ProfileContrast(nn.Module):
    """Logits of one head, their mean taken off, summed with weights: `(batch, 1)`.

    With a sequence's own predicted profile as weights, held fixed, this is BPNet's target of profile contributions
    (Avsec et al. 2021): what raises the logits where reads are expected.
    """

    def __init__(self, model: nn.Module, head: int) -> None:
        super().__init__()
        self.model, self.head = model, head

    def forward(self, x: Tensor, weights: Tensor) -> Tensor:
        """One-hot `(batch, 4, length)` and weights `(batch, tasks * positions)`."""
        logits = self.model(x)[self.head].flatten(1)  # (batch, tasks * positions)
        return ((logits - logits.mean(dim=1, keepdim=True)) * weights).sum(dim=1, keepdim=True)


def contributions(
    part: Part, codes: NDArray[np.uint8], settings: Contributions, seed: int, device: str = "cpu"
) -> dict[tuple[str, str], NDArray[np.float32]]:
    """What every base, and every base that is not there, contributes to each head's counts and profile.

    Parameters
    ----------
    part
        The model.
    codes
        `(windows, input_length)`, without N.
    settings
        Outputs and number of references: dinucleotide shuffles of each sequence.
    seed
        Of the references; those of a sequence follow from it and the seed alone.
    device
        cpu or cuda.

    Returns
    -------
    dict
        (head, output) -> hypothetical contributions `(windows, 4, input_length)`: those to ln counts in nats, those to
        the profile in logits. Times the one-hot sequence they are the contributions of the bases that are there, which
        sum to the output minus the mean output of the references.
    """
    model = part.model.to(pick_device(device)).eval().requires_grad_(False)
    keys = [(number, head.name, output) for number, head in enumerate(part.heads) for output in settings.outputs]

    def run(model: nn.Module, first: int) -> list[NDArray[np.float32]]:
        X = one_hot(torch.from_numpy(codes[first : first + _AT_ONCE]))  # (few, 4, length)
        references = dinucleotide_shuffle(X, n=settings.references, random_state=seed)
        return [_deep_lift(model, len(part.heads), head, output, X, references, device) for head, _, output in keys]

    found: list[list[NDArray[np.float32]]] = []
    progress = Progress(f"contributions to {part.name} on {device}", len(codes))
    with warnings.catch_warnings():
        # The sum over a window of thousands of float32 terms differs from the output in its last digits.
        warnings.filterwarnings("ignore", message=".*[Cc]onvergence deltas")
        # tangermeme hooks the layers of a model: each thread has layers of its own.
        for values in map_in_lanes(run, model_lanes(model), range(0, len(codes), _AT_ONCE)):
            found.append(values)
            progress.add(len(values[0]))
    return {key[1:]: np.concatenate(values) for key, values in zip(keys, zip(*found, strict=True), strict=True)}


def _deep_lift(
    model: nn.Module, heads: int, head: int, output: str, X: Tensor, references: Tensor, device: str
) -> NDArray[np.float32]:
    """Hypothetical contributions of a few sequences to one output, `(few, 4, length)`."""
    from tangermeme.deep_lift_shap import deep_lift_shap

    if output == "counts":
        target, number, args = LogCounts(model, heads), head, None
    else:
        with torch.no_grad():
            weights = torch.softmax(model(X.to(device))[head].float().flatten(1), dim=1).cpu()  # (few, positions)
        target, number, args = ProfileContrast(model, head), 0, (weights,)
    batch = len(X) * references.shape[1]
    common = {"references": references, "batch_size": batch, "hypothetical": True, "device": device}
    found = deep_lift_shap(target, X, args=args, target=number, **common).cpu()
    _check_sums(found, target, number, args or (), X, references, device)
    return found.numpy()


def _check_sums(
    found: Tensor, target: nn.Module, number: int, args: tuple, X: Tensor, references: Tensor, device: str
) -> None:
    """Compare the sum over the first sequence with what its output is above those of its references.

    Raises
    ------
    ValueError
        If they differ: DeepLIFT sees the layers of a network, and no other function between its input and output.
    """
    first = [arg[:1].to(device) for arg in args]
    with torch.no_grad():
        own = float(target(X[:1].to(device), *first)[0, number])
        usual = [float(target(each[None].to(device), *first)[0, number]) for each in references[0]]
    wanted, got = own - float(np.mean(usual)), float((found[0] * X[0]).sum())
    scale = max(abs(wanted), float(np.std(usual)), 1e-3)
    if abs(got - wanted) > _OFF * scale:
        raise ValueError(
            f"contributions add up to {got:.4g}, the output is {wanted:.4g} above that of shuffled sequence: the model "
            "has a function that DeepLIFT cannot see (a transformation with sigmoid or relu, or use_bias_counts); "
            "set ablation.contributions.model: residual"
        )


def of_the_sequence(hypothetical: NDArray[np.float32], codes: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Contributions of the bases that are there, `(windows, length)`."""
    return np.take_along_axis(hypothetical, codes[:, None].astype(np.int64), axis=1)[:, 0]
