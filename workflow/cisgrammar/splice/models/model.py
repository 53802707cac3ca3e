"""A splice model as the analyses see it: sequence in, log-probabilities of null, acceptor and donor out.

Here, and only here and in the modules that call this one, tensors are channels-last, as in the pages of
frame-alignment-checks that users come from: `(N, T, 4)` one-hot to `(N, T - cl_model_clipped, 3)` logits.
"""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from cisgrammar.splice.genes.gene_set import LABELS
from cisgrammar.training.device import autocast

SITES = LABELS[1:]
"""Names of the two kinds of site, in the order of `thresholds`."""

FAR_EFFECT = 1e-3
"""Largest change of a probability that bases outside the stated context may cause in the probe."""
_WIDER = 32


@dataclass(frozen=True, eq=False)
class ModelToAnalyze:
    """A trained splice model with what is needed to call sites with it.

    The model is run once on a probe when this is made, so that a wrong field is found before any work.

    Parameters
    ----------
    model
        One-hot `(N, T, 4)`, rows A C G T and N all zero, to logits or log-probabilities `(N, T - cl_model_clipped, 3)`
        of null, acceptor and donor. See `splice.compat.adapters` for other models. It is neither moved nor changed; it
        runs where its parameters are, in eval mode.
    model_cl
        Context in bp that one output row depends on, **in all**, half of it on each side; even.
    cl_model_clipped
        By how many rows the output is shorter than the input, **in all**, half on each side; even, at most `model_cl`.
        SpliceAI-400 has 400 and 400.
    thresholds
        `(2,)`: an acceptor, a donor is called where its probability is greater; each in (0, 1). None before
        calibration.

    Raises
    ------
    ValueError
        If a number is out of range; if the output has another shape than stated, is not finite, holds probabilities,
        or depends on bases farther than half of `model_cl`.
    """

    model: nn.Module
    model_cl: int
    cl_model_clipped: int
    thresholds: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.model, nn.Module):
            raise ValueError(f"model must be a torch.nn.Module, got {type(self.model).__name__}")
        for name in ("model_cl", "cl_model_clipped"):
            object.__setattr__(self, name, _checked_context(name, getattr(self, name)))
        if self.cl_model_clipped > self.model_cl:
            raise ValueError(
                f"cl_model_clipped ({self.cl_model_clipped}) is more than model_cl ({self.model_cl}); "
                "both count the bases of both sides together"
            )
        if self.thresholds is not None:
            object.__setattr__(self, "thresholds", checked_thresholds(self.thresholds))
        _probe(self)

    def with_thresholds(self, thresholds: Sequence[float] | NDArray) -> ModelToAnalyze:
        """The same model that calls sites at other thresholds."""
        return replace(self, thresholds=np.asarray(thresholds, dtype=np.float64))

    def running(self, model: nn.Module) -> ModelToAnalyze:
        """The same with a copy of the module, which is not probed again."""
        found = copy.copy(self)
        object.__setattr__(found, "model", model)
        return found

    def known_thresholds(self) -> NDArray[np.float64]:
        """The thresholds `(2,)`; ValueError if there are none yet."""
        if self.thresholds is None:
            raise ValueError("the model has no thresholds; run calibrate and take its thresholds first")
        return self.thresholds

    @property
    def device(self) -> torch.device:
        """Where the model's parameters are; the CPU if it has none."""
        return _first_tensor(self.model).device

    @property
    def dtype(self) -> torch.dtype:
        """Floating type of the model's parameters, which its input gets; float32 if it has none."""
        return _first_tensor(self.model).dtype


def _first_tensor(model: nn.Module) -> Tensor:
    tensors = (t for source in (model.parameters(), model.buffers()) for t in source if t.is_floating_point())
    return next(tensors, torch.empty(0))


def _checked_context(name: str, value: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise ValueError(f"{name} must be a whole number of bases, got {value!r}")
    if value < 0 or value % 2:
        raise ValueError(f"{name} must be even and not negative, got {value}: it counts the bases of both sides")
    return int(value)


def checked_thresholds(thresholds: Sequence[float] | NDArray) -> NDArray[np.float64]:
    """Two thresholds as float64 `(2,)`, acceptor and donor; ValueError unless both are in (0, 1)."""
    values = np.array(thresholds, dtype=np.float64)
    if values.shape != (2,):
        raise ValueError(f"thresholds must have shape (2,), acceptor and donor, got shape {values.shape}")
    if not ((values > 0) & (values < 1)).all():
        raise ValueError(f"thresholds must be probabilities in (0, 1), got {values.tolist()}")
    values.flags.writeable = False
    return values


@contextlib.contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """Context in which a model, and every part of it, is in eval mode and nothing is recorded for gradients."""
    training = [module for module in model.modules() if module.training]
    model.eval()
    try:
        with torch.inference_mode():
            yield
    finally:
        for module in training:
            module.training = True


def as_one_hot(sequences: Tensor | NDArray, m: ModelToAnalyze) -> Tensor:
    """Codes `(N, T)` (integers, N 4) or one-hot `(N, T, 4)` as one-hot `(N, T, 4)` on the model's device."""
    x = torch.as_tensor(sequences)
    if x.ndim == 2 and not x.is_floating_point():
        x = x.to(m.device)
        bases = torch.arange(4, dtype=x.dtype, device=x.device)
        return (x.unsqueeze(2) == bases).to(m.dtype)  # (N, T, 4)
    if x.ndim == 3 and x.shape[2] == 4:
        return x.to(m.device, m.dtype)
    raise ValueError(f"sequences must be codes (N, T) or one-hot (N, T, 4), got {x.dtype} of shape {tuple(x.shape)}")


def logits(m: ModelToAnalyze, sequences: Tensor | NDArray, precision: str = "fp32") -> Tensor:
    """Run the model once on all the sequences given.

    Parameters
    ----------
    m
        The model.
    sequences
        Codes `(N, T)` or one-hot `(N, T, 4)`; `T` at least `model_cl + 1`.
    precision
        fp32 or bf16 (the model's products only; the result is float32).

    Returns
    -------
    Tensor
        `(N, T - cl_model_clipped, 3)` float32 on the model's device.

    Raises
    ------
    ValueError
        If the sequences are too short, or the output has another shape.
    """
    x = as_one_hot(sequences, m)
    if x.shape[1] <= m.model_cl:
        raise ValueError(f"sequences of {x.shape[1]} bp; the model's context needs at least {m.model_cl + 1} bp")
    with evaluating(m.model), autocast(x.device, precision):
        out = m.model(x)
    if not isinstance(out, Tensor):
        raise ValueError(f"the model must return one tensor (N, T, 3), got a {type(out).__name__}")
    wanted = (len(x), x.shape[1] - m.cl_model_clipped, 3)
    if tuple(out.shape) != wanted:
        raise ValueError(
            f"for input {tuple(x.shape)} the model returned {tuple(out.shape)}, wanted {wanted} "
            f"(cl_model_clipped {m.cl_model_clipped} in all, channels last); {_advice(tuple(out.shape), wanted)}"
        )
    return out.to(torch.float64 if out.dtype == torch.float64 else torch.float32)


def _advice(got: tuple[int, ...], wanted: tuple[int, ...]) -> str:
    if len(got) == 3 and got[1] == 3 and got[2] == wanted[1]:
        return "wrap a model with channels first in splice.compat.ChannelsFirst"
    if len(got) == 3 and got[2] == 3:
        return f"cl_model_clipped seems to be {wanted[1] - got[1]} more than stated"
    return "wrap the model so that it returns this shape"


def log_probabilities(
    m: ModelToAnalyze, sequences: Tensor | NDArray, batch_bases: int = 1 << 17, precision: str = "fp32"
) -> Tensor:
    """Log-probabilities of null, acceptor and donor for many sequences of one length.

    Parameters
    ----------
    m
        The model.
    sequences
        Codes `(N, T)` or one-hot `(N, T, 4)`; numpy or torch.
    batch_bases
        Bases that go through the model at a time, at most (but one sequence at least).
    precision
        fp32 or bf16.

    Returns
    -------
    Tensor
        `(N, T - cl_model_clipped, 3)` on the CPU; row 0 belongs to base `cl_model_clipped // 2`.

    Raises
    ------
    ValueError
        If the output is nan, or has another shape than stated.
    """
    batch = max(1, batch_bases // max(1, sequences.shape[1]))
    parts = [
        log_softmax(logits(m, sequences[start : start + batch], precision)).cpu()
        for start in range(0, len(sequences), batch)
    ]
    rows = sequences.shape[1] - m.cl_model_clipped
    return torch.cat(parts) if parts else torch.empty(0, rows, 3)  # (N, T - cl_model_clipped, 3)


def log_softmax(values: Tensor) -> Tensor:
    """Log-probabilities of logits over the last axis; ValueError if any is nan."""
    found = torch.log_softmax(values, -1)
    if torch.isnan(found).any():
        at = tuple(int(i) for i in torch.isnan(found).nonzero()[0])
        raise ValueError(
            f"the model's output {values[at[:-1]].tolist()} for sequence {at[0]}, row {at[1]}, is no distribution; "
            "check its weights (half precision overflows; use float32)"
        )
    return found


def site_probabilities(log_probs: Tensor) -> Tensor:
    """Probabilities of acceptor and donor, `(..., 3)` to `(..., 2)`; what thresholds are compared with."""
    return log_probs[..., 1:].exp()  # (..., 2)


def called(m: ModelToAnalyze, log_probs: Tensor) -> Tensor:
    """Whether an acceptor, a donor is called: `(..., 3)` log-probabilities to bool `(..., 2)`; strictly greater."""
    thresholds = torch.from_numpy(m.known_thresholds().copy()).to(log_probs.device)
    return site_probabilities(log_probs).double() > thresholds  # (..., 2)


def _probe(m: ModelToAnalyze) -> None:
    """Run the model on random sequence: shape, values, and that nothing outside the context matters."""
    generator = torch.Generator().manual_seed(0)
    codes = torch.randint(0, 4, (2, m.model_cl + 1 + 2 * _WIDER), generator=generator, dtype=torch.uint8)
    try:
        wide = logits(m, codes)
    except (RuntimeError, IndexError, TypeError) as error:
        raise ValueError(
            f"the model cannot run on one-hot input of shape (2, {codes.shape[1]}, 4), channels last "
            f"({str(error).splitlines()[0]}); wrap a model with channels first in splice.compat.ChannelsFirst"
        ) from None
    if looks_like_probabilities(wide):
        raise ValueError(
            "the model seems to return probabilities (not negative, and they sum to 1), wanted logits; "
            "wrap it in splice.compat.FromProbabilities, so that no second softmax is taken"
        )
    centre = wide.shape[1] // 2
    seen = log_softmax(wide)[:, centre].exp()  # (2, 3)
    alone = log_softmax(logits(m, codes[:, _WIDER:-_WIDER]))  # (2, model_cl + 1 - cl_model_clipped, 3)
    change = float((seen - alone[:, alone.shape[1] // 2].exp()).abs().max())
    if change > FAR_EFFECT:
        raise ValueError(
            f"a probability changes by {change:.2g} with bases farther than {m.model_cl // 2} bp; "
            f"model_cl {m.model_cl} (of both sides together) is too small for this model"
        )


def looks_like_probabilities(values: Tensor) -> bool:
    """Whether an output `(..., 3)` is not negative and every row of it sums to 1."""
    return bool((values >= 0).all() and ((values.sum(-1) - 1).abs() < 1e-3).all())


class Ensemble(nn.Module):
    """The mean of the probabilities of several models of the same context, as SpliceAI averages its five."""

    def __init__(self, models: Sequence[nn.Module]) -> None:
        super().__init__()
        if not models:
            raise ValueError("an ensemble needs at least one model, got none")
        self.models = nn.ModuleList(models)

    def forward(self, x: Tensor) -> Tensor:
        """One-hot `(N, T, 4)` to log-probabilities `(N, T', 3)`."""
        members = torch.stack([torch.log_softmax(model(x).float(), -1) for model in self.models])  # (models, N, T', 3)
        return torch.logsumexp(members, 0) - np.log(len(self.models))
