"""Ablation of annotations: each one on its own, all of them in common batches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from cisgrammar.perturb.apply import before_and_after, call_of, nested
from cisgrammar.perturb.motif_free import MotifFreeShuffle
from cisgrammar.perturb.predict import check_args, predict
from cisgrammar.perturb.predict_edits import Sequences
from cisgrammar.perturb.results import PerturbationAnnotationsResult
from cisgrammar.perturb.shuffle_regions import Region, ShuffleFunction, report_on, shuffle_regions
from cisgrammar.sequence.shuffle import check_number, codes_of, resolve_region, shuffle


def ablate_annotations(
    model: torch.nn.Module, X: torch.Tensor, annotations: Any, **kwargs: Any
) -> PerturbationAnnotationsResult:
    """Ablate each annotation of the unedited sequences, one at a time.

    Parameters
    ----------
    model, X
        As for `ablate`.
    annotations
        `(annotations, 3)` whole numbers as a tensor, array or list: index of the sequence, start, end; 0-based,
        half-open. They may overlap and repeat.
    **kwargs
        `n`, `shuffle_fn`, `args`, `random_state`, `func`, `additional_func_kwargs` as for `ablate`, and arguments of
        `func`. `args` have a row per sequence of `X`. `random_state` may list one seed per annotation.

    Returns
    -------
    PerturbationAnnotationsResult
        `y_befores` `(annotations, 1, ...)` and `y_afters` `(annotations, 1, n, ...)`, or lists of these; and a
        `report` with a row per annotation.

    Raises
    ------
    ValueError
        Before any work, naming the annotation that is wrong.
    """
    taken = {"start", "end"} & set(kwargs)
    if taken:
        raise ValueError(f"ablate_annotations takes start and end from the annotations; leave out {sorted(taken)}")
    return _ablate_annotations(model, X, annotations, **kwargs)


def _ablate_annotations(
    model: torch.nn.Module,
    X: torch.Tensor,
    annotations: Any,
    n: int = 20,
    shuffle_fn: ShuffleFunction | MotifFreeShuffle = shuffle,
    args: Sequence[torch.Tensor] | None = None,
    random_state: Any = None,
    **kwargs: Any,
) -> PerturbationAnnotationsResult:
    func: Callable[..., Any] = kwargs.pop("func", predict)
    additional = kwargs.pop("additional_func_kwargs", None)
    codes = codes_of(X)
    regions = as_regions(annotations, *codes.shape)
    check_number(n)
    sequences = Sequences(codes, X.shape[1], check_args(args, X))
    call_of(model, func, kwargs, additional)  # its errors come first
    rows = shuffle_regions(shuffle_fn, X, codes, regions, n, random_state)
    seed = None if np.ndim(random_state) == 1 else random_state
    call = call_of(model, func, kwargs, additional, seed)
    edits, versions = [row.edit for row in rows], [row.version for row in rows]
    before, after = before_and_after(call, X, sequences, edits, versions, together=False)
    before, after = (nested(lambda y: y.unsqueeze(1), y) for y in (before, after))  # (annotations, 1, [n,] ...)
    return PerturbationAnnotationsResult(before, after, report_on(rows))


def as_regions(annotations: Any, sequences: int, length: int) -> list[Region]:
    """Annotations as regions with positive coordinates.

    Raises
    ------
    ValueError
        If there is none, they are not three columns of whole numbers, or one does not lie on its sequence.
    """
    table = as_whole_numbers(annotations, 3, "annotations", "sequence index, start, end")
    regions = []
    for number, (row, start, end) in enumerate(table.tolist()):
        if not 0 <= row < sequences:
            raise ValueError(f"annotation {number}: sequence {row} does not exist; wanted 0 to {sequences - 1}")
        regions.append(Region(row, *resolve_region(start, end, length, f"annotation {number}: ")))
    return regions


def as_whole_numbers(table: Any, columns: int, name: str, meaning: str) -> NDArray[np.int64]:
    """A table `(rows, columns)` of whole numbers; ValueError if it is something else or empty."""
    array = np.asarray(table.cpu() if isinstance(table, torch.Tensor) else table)
    if array.shape[:1] == (0,):
        raise ValueError(f"{name} is empty; wanted at least one row of {meaning}")
    if array.ndim != 2 or array.shape[1] != columns:
        raise ValueError(f"{name} must have {columns} columns ({meaning}), got shape {array.shape}")
    if not np.issubdtype(array.dtype, np.integer):
        raise ValueError(f"{name} must be whole numbers ({meaning}), got {array.dtype}")
    return array.astype(np.int64)
