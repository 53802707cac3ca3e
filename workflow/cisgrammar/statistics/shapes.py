"""Shapes of arrays and tensors that are compared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor


def check_same_shape(a: NDArray[Any] | Tensor, b: NDArray[Any] | Tensor, axes: int | None = None) -> None:
    """ValueError unless both have the same shape, of `axes` axes if that is given.

    `(batch, 1)` against `(batch,)` would broadcast to `(batch, batch)`, and a mean over it would be wrong in silence.
    """
    if tuple(a.shape) != tuple(b.shape) or axes not in (None, a.ndim):
        wanted = "the same shape" if axes is None else f"the same shape with {axes} axes"
        raise ValueError(f"shapes must agree, got {tuple(a.shape)} and {tuple(b.shape)}; wanted {wanted}")
