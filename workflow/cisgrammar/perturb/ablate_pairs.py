"""Joint ablation: two annotations shuffled one by one and together, and what that says beyond their sum."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from cisgrammar.perturb.ablate_annotations import as_regions, as_whole_numbers
from cisgrammar.perturb.apply import before_and_after, call_of, picked
from cisgrammar.perturb.edit import Edit, distinct
from cisgrammar.perturb.predict import check_args, predict
from cisgrammar.perturb.predict_edits import Sequences
from cisgrammar.perturb.results import ShuffleReport
from cisgrammar.perturb.shuffle_regions import ShuffledRow, ShuffleFunction, report_on, shuffle_regions
from cisgrammar.sequence.shuffle import check_number, codes_of, dinucleotide_shuffle


@dataclass(frozen=True, eq=False)
class PairResult:
    """Outputs before and after ablating the first, the second, and both annotations of each pair.

    Attributes
    ----------
    y_before
        `(pairs, ...)`, or a list of these.
    y_first, y_second, y_both
        `(pairs, n, ...)`, or lists of these. The k-th of both is the k-th of the first and the k-th of the second.
    first, second
        On the shuffles of each.
    """

    y_before: Any
    y_first: Any
    y_second: Any
    y_both: Any
    first: ShuffleReport
    second: ShuffleReport

    @property
    def interaction(self) -> Any:
        """Effect of both minus the sum of their effects, `(pairs, n, ...)`; 0 where they act independently."""
        return interaction(self.y_before, self.y_first, self.y_second, self.y_both)


def interaction(before: Any, first: Any, second: Any, both: Any) -> Any:
    """`both - first - second + before`, output by output; `before` has no axis of versions."""
    if isinstance(before, list):
        return [interaction(*parts) for parts in zip(before, first, second, both, strict=True)]
    return both - first - second + before.unsqueeze(1)


def ablate_pairs(
    model: torch.nn.Module,
    X: torch.Tensor,
    pairs: Any,
    n: int = 20,
    shuffle_fn: ShuffleFunction = dinucleotide_shuffle,
    random_state: Any = None,
    func: Callable[..., Any] = predict,
    **kwargs: Any,
) -> PairResult:
    """Ablate pairs of annotations, each alone and both at once.

    Parameters
    ----------
    model, X, n, shuffle_fn, random_state, func, **kwargs
        As for `ablate_annotations`.
    pairs
        `(pairs, 5)` whole numbers: index of the sequence, start and end of the first, start and end of the second;
        0-based, half-open. The two must not overlap.

    Returns
    -------
    PairResult
        All outputs, and the interaction.
    """
    codes = codes_of(X)
    table = as_whole_numbers(pairs, 5, "pairs", "sequence index, start, end, start, end")
    regions = [as_regions(table[:, columns], *codes.shape) for columns in ([0, 1, 2], [0, 3, 4])]
    for number, (one, other) in enumerate(zip(*regions, strict=True)):
        if one.start < other.end and other.start < one.end:
            raise ValueError(f"pair {number}: {one[1:]} and {other[1:]} overlap; a pair must be apart")
    check_number(n)
    sequences = Sequences(codes, X.shape[1], check_args(kwargs.pop("args", None), X))
    call = call_of(model, func, kwargs, kwargs.pop("additional_func_kwargs", None))
    rows = [shuffle_regions(shuffle_fn, X, codes, part, n, random_state) for part in regions]
    both = [_joined(a, b, codes[a.region.row]) for a, b in zip(*rows, strict=True)]
    edits = [row.edit for part in rows for row in part] + [edit for edit, _ in both]
    versions = [row.version for part in rows for row in part] + [version for _, version in both]
    before, after = before_and_after(call, X, sequences, edits, versions, together=False)
    many = len(table)
    parts = [picked(after, slice(k * many, (k + 1) * many)) for k in range(3)]
    return PairResult(picked(before, slice(many)), *parts, *(report_on(part) for part in rows))


def _joined(one: ShuffledRow, other: ShuffledRow, sequence: NDArray[np.uint8]) -> tuple[Edit, NDArray[np.int64]]:
    """The k-th shuffle of both, for each k."""
    parts: Sequence[ShuffledRow] = (one, other)
    start, end = min(p.region.start for p in parts), max(p.region.end for p in parts)
    new = np.repeat(sequence[None, start:end], len(one.version), axis=0)  # (n, span)
    for part in parts:
        changed = part.version >= 0
        new[changed, part.edit.start - start : part.edit.end - start] = part.edit.codes[part.version[changed]]
    return distinct(one.region.row, start, new, sequence)
