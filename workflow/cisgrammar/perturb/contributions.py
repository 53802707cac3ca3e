"""Contributions of bases to one output of any torch module: DeepLIFT/SHAP, with a check that they add up.

The method (Shrikumar et al. 2017, Lundberg and Lee 2017) itself is tangermeme's.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor, nn

_TOLERANCE = 0.02
"""Of what the contributions add up to, the most that rounding makes of it."""


class HiddenFunctionError(ValueError):
    """The model has a function between its input and its output that DeepLIFT cannot see."""


def deep_lift(
    model: nn.Module,
    X: Tensor,
    references: Tensor,
    output: int = 0,
    args: Sequence[Tensor] = (),
    device: str = "cpu",
) -> Tensor:
    """Hypothetical contributions of the bases of sequences to one output.

    Times the one-hot sequence they are the contributions of the bases that are there, which add up to the output
    minus the mean output of the references. tangermeme hooks the layers of the model while this runs.

    Parameters
    ----------
    model
        Any torch module that gives `(batch, outputs)`.
    X
        `(batch, 4, length)` one-hot.
    references
        `(batch, references, 4, length)` one-hot.
    output
        Which of the outputs.
    args
        Further inputs of the model, a row per sequence each.
    device
        Where to run.

    Returns
    -------
    Tensor
        `(batch, 4, length)`, on the CPU.

    Raises
    ------
    HiddenFunctionError
        If the contributions of the first sequence do not add up: DeepLIFT sees the layers of a network, and no other
        function between its input and output.
    """
    # Figures and tables of contributions come here too, and need neither.
    import torch
    from tangermeme.deep_lift_shap import deep_lift_shap

    found = deep_lift_shap(
        model,
        X,
        args=tuple(args) or None,
        target=output,
        references=references,
        batch_size=len(X) * references.shape[1],
        hypothetical=True,
        device=device,
    ).cpu()
    first = [arg[:1].to(device) for arg in args]
    with torch.no_grad():
        own = float(model(X[:1].to(device), *first)[0, output])
        usual = [float(model(each[None].to(device), *first)[0, output]) for each in references[0]]
    _check_sum(float((found[0] * X[0]).sum()), own, usual)
    return found


def _check_sum(got: float, own: float, usual: Sequence[float]) -> None:
    """HiddenFunctionError unless contributions add up to an output minus the mean of those of its references."""
    wanted = own - float(np.mean(usual))
    if abs(got - wanted) > _TOLERANCE * max(abs(wanted), float(np.std(usual)), 1e-3):
        raise HiddenFunctionError(
            f"contributions add up to {got:.4g}, the output is {wanted:.4g} above that of shuffled sequence: the model "
            "has a function that DeepLIFT cannot see"
        )


@contextmanager
def without_convergence_warnings() -> Iterator[None]:
    """Silence tangermeme's own check, for `deep_lift` has its own.

    The sum over thousands of float32 terms differs from the output in its last digits. Warnings are switched off for
    all threads, so this goes around the code that starts them.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*[Cc]onvergence deltas")
        yield


def of_present_bases(hypothetical: NDArray[np.float32], codes: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Contributions of the bases that are there, `(windows, length)`, of hypothetical ones `(windows, 4, length)`."""
    return np.take_along_axis(hypothetical, codes[:, None].astype(np.int64), axis=1)[:, 0]
