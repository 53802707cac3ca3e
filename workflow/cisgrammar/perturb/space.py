"""Spacing scan: a model's outputs with several motifs in a sequence, at one distance after another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from cisgrammar.perturb.ablate_annotations import as_whole_numbers
from cisgrammar.perturb.ablate_pairs import interaction
from cisgrammar.perturb.apply import before_and_after, call_of, picked
from cisgrammar.perturb.edit import distinct
from cisgrammar.perturb.insert import DNA, Motif, first_position, motif_codes, put
from cisgrammar.perturb.predict import check_args, predict
from cisgrammar.perturb.predict_edits import Sequences
from cisgrammar.perturb.results import PerturbationResult
from cisgrammar.sequence.shuffle import codes_of

Placed = tuple[NDArray[np.uint8], int]


def space(
    model: torch.nn.Module,
    X: torch.Tensor,
    motifs: Sequence[Motif],
    spacing: Any,
    start: int | None = None,
    alphabet: Sequence[str] = DNA,
    func: Callable[..., Any] = predict,
    **kwargs: Any,
) -> PerturbationResult:
    """Apply a function before and after putting motifs into sequences, with each of several spacings.

    Parameters
    ----------
    model, X
        As for `marginalize`.
    motifs
        Two or more motifs, from left to right.
    spacing
        bp between the end of a motif and the start of the next: `(spacings, motifs - 1)`; for two motifs also a list
        or a single number.
    start
        Where the first motif begins; None centres the motifs and what is between them, for each spacing.
    alphabet, func, **kwargs
        As for `marginalize`.

    Returns
    -------
    PerturbationResult
        `y_before` `(batch, ...)` and `y_after` `(batch, spacings, ...)`, or lists of these.
    """
    letters = [motif_codes(motif, alphabet) for motif in motifs]
    gaps = _as_gaps(spacing, len(letters))
    versions = [_chain(letters, line, X.shape[2], start) for line in gaps.tolist()]
    return placed(model, X, versions, func, **kwargs)


@dataclass(frozen=True, eq=False)
class SpacingScan:
    """Outputs with two motifs at several distances, each alone, and neither.

    Attributes
    ----------
    spacings
        `(spacings,)` bp between the end of the first motif and the start of the second.
    y_before
        `(batch, ...)` without any, or a list of these.
    y_first, y_second, y_both
        `(batch, spacings, ...)` with one of them, at the same place as in the pair, and with both.
    """

    spacings: NDArray[np.int64]
    y_before: Any
    y_first: Any
    y_second: Any
    y_both: Any

    @property
    def interaction(self) -> Any:
        """What the pair gives beyond the sum of its parts, `(batch, spacings, ...)`."""
        return interaction(self.y_before, self.y_first, self.y_second, self.y_both)


def spacing_scan(
    model: torch.nn.Module,
    X: torch.Tensor,
    motifs: tuple[Motif, Motif],
    spacings: Sequence[int],
    start: int | None = None,
    alphabet: Sequence[str] = DNA,
    func: Callable[..., Any] = predict,
    **kwargs: Any,
) -> SpacingScan:
    """Compare a pair of motifs at several distances with each motif alone at the same place.

    Parameters
    ----------
    model, X, alphabet, func, **kwargs
        As for `marginalize`.
    motifs
        The first and the second motif.
    spacings
        bp between the end of the first and the start of the second.
    start
        Where the first motif begins; None centres the pair, for each spacing.

    Returns
    -------
    SpacingScan
        All outputs, and the interaction.
    """
    if len(motifs) != 2:
        raise ValueError(f"spacing_scan takes two motifs, got {len(motifs)}; for more use space")
    letters = [motif_codes(motif, alphabet) for motif in motifs]
    gaps = _as_gaps(spacings, 2)
    pairs = [_chain(letters, line, X.shape[2], start) for line in gaps.tolist()]
    versions = [[first] for first, _ in pairs] + [[second] for _, second in pairs] + pairs
    result = placed(model, X, versions, func, **kwargs)
    many = len(gaps)
    parts = [picked(result.y_after, (slice(None), slice(k * many, (k + 1) * many))) for k in range(3)]
    return SpacingScan(gaps[:, 0], result.y_before, *parts)


def placed(
    model: torch.nn.Module,
    X: torch.Tensor,
    versions: Sequence[Sequence[Placed]],
    func: Callable[..., Any] = predict,
    **kwargs: Any,
) -> PerturbationResult:
    """Apply a function before and after putting in each of several versions of motifs at places.

    Parameters
    ----------
    model, X, func, **kwargs
        As for `marginalize`.
    versions
        Each a list of motifs, as `insert.motif_codes` gives them, with where they begin, 0-based; every version has
        one or more.

    Returns
    -------
    PerturbationResult
        `y_before` `(batch, ...)` and `y_after` `(batch, versions, ...)`, or lists of these.
    """
    codes = codes_of(X)
    sequences = Sequences(codes, X.shape[1], check_args(kwargs.pop("args", None), X))
    call = call_of(model, func, kwargs, kwargs.pop("additional_func_kwargs", None))
    first = min(at for version in versions for _, at in version)
    last = max(at + len(motif) for version in versions for motif, at in version)
    pairs = []
    for row, sequence in enumerate(codes):
        new = np.repeat(sequence[None, first:last], len(versions), axis=0)  # (versions, span)
        for line, version in zip(new, versions, strict=True):
            for motif, at in version:
                put(line, motif, at - first, X.shape[1])
        pairs.append(distinct(row, first, new, sequence))
    edits, which = zip(*pairs, strict=True)
    return PerturbationResult(*before_and_after(call, X, sequences, edits, which, together=True))


def _as_gaps(spacing: Any, motifs: int) -> NDArray[np.int64]:
    if motifs < 2:
        raise ValueError(f"a spacing is between motifs; wanted at least two, got {motifs}")
    array = np.asarray(spacing.cpu() if isinstance(spacing, torch.Tensor) else spacing)
    if array.ndim < 2 and motifs == 2:
        array = array.reshape(-1, 1)
    gaps = as_whole_numbers(array, motifs - 1, "spacing", "bp between neighbouring motifs")
    if gaps.min() < 0:
        raise ValueError(f"spacing must be at least 0 bp, got {gaps.min()}")
    return gaps


def _chain(motifs: Sequence[NDArray[np.uint8]], gaps: Sequence[int], length: int, start: int | None) -> list[Placed]:
    """Each motif with its position."""
    width = sum(len(motif) for motif in motifs) + sum(gaps)
    at = first_position(width, length, start, f"{len(motifs)} motifs with {sum(gaps)} bp between them, a stretch")
    placed = []
    for motif, gap in zip(motifs, [*gaps, 0], strict=True):
        placed.append((motif, at))
        at += len(motif) + gap
    return placed
