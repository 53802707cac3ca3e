"""Ablation of a region: a model's outputs before and after shuffling it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from cisgrammar.perturb.apply import before_and_after, call_of
from cisgrammar.perturb.predict import check_args, predict
from cisgrammar.perturb.predict_edits import Sequences
from cisgrammar.perturb.results import PerturbationResult
from cisgrammar.perturb.shuffle_regions import ShuffleFunction, report_on, shuffle_all
from cisgrammar.sequence.shuffle import check_number, codes_of, resolve_region, shuffle


def ablate(
    model: torch.nn.Module,
    X: torch.Tensor,
    start: int = 0,
    end: int = -1,
    n: int = 20,
    shuffle_fn: ShuffleFunction = shuffle,
    args: Sequence[torch.Tensor] | None = None,
    random_state: int | Sequence[int] | np.random.RandomState | np.random.Generator | None = None,
    func: Callable[..., Any] = predict,
    additional_func_kwargs: dict[str, Any] | None = None,
    **kwargs: Any,
) -> PerturbationResult:
    """Apply a function to sequences before and after shuffling a region of them.

    With `func=predict` each different shuffle runs once, only what it changes is recomputed where the model
    allows it, and a shuffle that is the input runs not at all.

    Parameters
    ----------
    model, X
        Any torch module; `(batch, alphabet, length)` one-hot of any dtype, all-zero columns are N.
    start, end
        0-based, half-open; a negative end means `length + 1 + end`.
    n
        Shuffles per sequence.
    shuffle_fn
        A function of `(X, start, end, n, random_state)` that gives `(batch, n, alphabet, length)`, or one without `n`
        that gives a single shuffle in the shape of `X`; those of this package may have options, by
        `functools.partial`.
    args
        Further inputs of the model, a row per sequence each.
    random_state
        Seed of the shuffles, and of `func` if it takes one and has none of its own. See `shuffle`.
    func, additional_func_kwargs, **kwargs
        A function of `(model, X, args=..., ...)` and its further arguments; by dictionary if a name is also one here.

    Returns
    -------
    PerturbationResult
        `y_before` `(batch, ...)` and `y_after` `(batch, n, ...)`, or lists of these; and a `report`. ValueError,
        before any work, if an argument is wrong.
    """
    codes = codes_of(X)
    region = resolve_region(start, end, X.shape[2])
    check_number(n)
    sequences = Sequences(codes, X.shape[1], check_args(args, X))
    call_of(model, func, kwargs, additional_func_kwargs)  # its errors come first
    rows = shuffle_all(shuffle_fn, X, codes, region, n, random_state)
    call = call_of(model, func, kwargs, additional_func_kwargs, random_state)
    edits, versions = [row.edit for row in rows], [row.version for row in rows]
    before, after = before_and_after(call, X, sequences, edits, versions, together=True)
    return PerturbationResult(before, after, report_on(rows))
