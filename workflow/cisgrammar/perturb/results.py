"""What ablation functions give back: two outputs to unpack, and beside them a report on the shuffles."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

UNKNOWN = -1


@dataclass(frozen=True, eq=False)
class ShuffleReport:
    """How well each region could be shuffled; one entry per sequence or annotation.

    Attributes
    ----------
    row, start, end
        Sequence and region that was shuffled, 0-based, half-open; a region that was widened is the wider one.
    arrangements
        How many arrangements exist, the input among them; at most `2^63 - 1`, and -1 if the shuffle function is not
        one of this package's.
    distinct
        How many different ones, other than the input, were used.
    is_input
        `(rows, n)`: shuffles that are the input itself, and so no ablation.
    weights
        `(rows, n)`: weights under which the mean over shuffles is the effect of ablation. 0 for the input; where all
        arrangements are listed, each counts the same however often it is repeated. Each row sums to 1, or to 0 where
        there is no arrangement but the input.
    how
        `listed` (all arrangements), `drawn`, or `given` by a shuffle function of the user.
    kind
        `plain`, `dinucleotide`, or `given`.
    allowed
        How many arrangements other than the input were not refused (`motif_free`), estimated where they are too many
        to list; -1 where they are not counted. Empty if nothing may have been refused.
    """

    row: NDArray[np.int64]
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    arrangements: NDArray[np.int64]
    distinct: NDArray[np.int64]
    is_input: NDArray[np.bool_]
    weights: NDArray[np.float64]
    how: NDArray[np.str_]
    kind: NDArray[np.str_]
    allowed: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    @property
    def identical(self) -> NDArray[np.int64]:
        """How many of the shuffles of each row are the input itself."""
        return self.is_input.sum(axis=1)


class _Result(NamedTuple):
    y_before: Any
    y_after: Any


class PerturbationResult(_Result):
    """Outputs before and after an edit; unpacks into two.

    Attributes
    ----------
    y_before
        `(batch, ...)`, or a list of these for a model with several outputs.
    y_after
        `(batch, n, ...)`, or a list of these.
    report
        On the shuffles; None where nothing was shuffled.
    """

    report: ShuffleReport | None

    def __new__(cls, y_before: Any, y_after: Any, report: ShuffleReport | None = None) -> PerturbationResult:
        """Make the pair, with the report beside it."""
        result = super().__new__(cls, y_before, y_after)
        result.report = report
        return result


class _AnnotationsResult(NamedTuple):
    y_befores: Any
    y_afters: Any


class PerturbationAnnotationsResult(_AnnotationsResult):
    """Outputs before and after ablating each annotation; unpacks into two.

    Attributes
    ----------
    y_befores
        `(annotations, 1, ...)`, or a list of these for a model with several outputs.
    y_afters
        `(annotations, 1, n, ...)`, or a list of these.
    report
        On the shuffles, one entry per annotation.
    """

    report: ShuffleReport

    def __new__(cls, y_befores: Any, y_afters: Any, report: ShuffleReport) -> PerturbationAnnotationsResult:
        """Make the pair, with the report beside it."""
        result = super().__new__(cls, y_befores, y_afters)
        result.report = report
        return result
