"""Marginalization: a model's outputs before and after putting a motif into sequences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch

from cisgrammar.perturb.apply import before_and_after, call_of, nested
from cisgrammar.perturb.edit import distinct
from cisgrammar.perturb.insert import DNA, Motif, first_position, motif_codes, put
from cisgrammar.perturb.predict import check_args, predict
from cisgrammar.perturb.predict_edits import Sequences
from cisgrammar.perturb.results import PerturbationResult
from cisgrammar.sequence.shuffle import codes_of


def marginalize(
    model: torch.nn.Module,
    X: torch.Tensor,
    motif: Motif,
    start: int | None = None,
    alphabet: Sequence[str] = DNA,
    func: Callable[..., Any] = predict,
    additional_func_kwargs: dict[str, Any] | None = None,
    **kwargs: Any,
) -> PerturbationResult:
    """Apply a function to background sequences before and after a motif replaces what is at one place.

    Parameters
    ----------
    model
        Any torch module.
    X
        `(batch, alphabet, length)` one-hot backgrounds.
    motif
        Letters, with N for "keep what is there"; or one-hot `(alphabet, width)`.
    start
        Where the motif begins, 0-based; None centres it.
    alphabet
        The letters, in the order of the rows of `X`.
    func, additional_func_kwargs, **kwargs
        As for `ablate`; further inputs of the model go by `args=`.

    Returns
    -------
    PerturbationResult
        `y_before` and `y_after`, both `(batch, ...)`, or lists of these.

    Raises
    ------
    ValueError
        If the motif has another letter or does not fit.
    """
    codes = codes_of(X)
    letters = motif_codes(motif, alphabet)
    if len(alphabet) != X.shape[1]:
        raise ValueError(f"X has {X.shape[1]} letters, the alphabet {len(alphabet)}; they must agree")
    at = first_position(len(letters), X.shape[2], start, "the motif")
    sequences = Sequences(codes, X.shape[1], check_args(kwargs.pop("args", None), X))
    call = call_of(model, func, kwargs, additional_func_kwargs)
    pairs = []
    for row, sequence in enumerate(codes):
        new = sequence[at : at + len(letters)].copy()
        put(new, letters, 0, X.shape[1])
        pairs.append(distinct(row, at, new[None], sequence))
    edits, versions = zip(*pairs, strict=True)
    before, after = before_and_after(call, X, sequences, edits, versions, together=True)
    return PerturbationResult(before, nested(lambda y: y.squeeze(1), after))
