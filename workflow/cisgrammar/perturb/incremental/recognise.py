"""Recognise, among recorded operations, those that can be recomputed in a window."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from torch import Tensor

from cisgrammar.perturb.incremental.convolution import convolution_of
from cisgrammar.perturb.incremental.layers import Concatenate, Convolve, Layer, Pointwise, Pool, Shift, Sum, Total
from cisgrammar.perturb.incremental.record import Recording, Ref, Value, leaves_of, mapped

_SAME = ("alias", "detach", "clone", "unsqueeze", "squeeze", "contiguous", "lift_fresh")
_POINTWISE = (
    *("relu", "gelu", "silu", "mish", "elu", "selu", "celu", "leaky_relu", "_prelu_kernel", "hardtanh", "relu6"),
    *("hardswish", "hardsigmoid", "sigmoid", "log_sigmoid_forward", "tanh", "softplus", "softshrink", "hardshrink"),
    *("exp", "expm1", "log", "log1p", "sqrt", "rsqrt", "square", "pow", "abs", "neg", "reciprocal", "sin", "cos"),
    *("mul", "div", "rsub", "clamp", "clamp_min", "clamp_max", "maximum", "minimum", "erf", "logaddexp"),
)


def along_sequence(tensor: Tensor) -> bool:
    """Whether a value runs along the sequence: `(sequences, channels, length)`, or with a 1 before the length."""
    return tensor.ndim == 3 or (tensor.ndim == 4 and tensor.shape[2] == 1)


def layer_of(value: Value, recording: Recording) -> Layer | None:
    """The layer that recomputes a value in a window; None if there is none.

    All recorded inputs of the value must themselves be along the sequence; the caller sees to that.
    """
    inputs = [recording.values[index].tensor for index in value.refs()]
    if not along_sequence(value.tensor) or not inputs or value.output != 0:
        return None
    find = _FINDERS.get(value.name)
    if find is not None:
        return find(value, inputs)
    if value.name in _SAME or (value.name == "_to_copy" and value.tensor.dtype == inputs[0].dtype):
        same = _channels_and_length(value.tensor) == _channels_and_length(inputs[0])
        return Shift() if same else None
    return _pointwise(value, inputs) if value.name in _POINTWISE else None


def _channels_and_length(tensor: Tensor) -> tuple[int, int]:
    return tensor.shape[1], tensor.shape[-1]


def _pointwise(value: Value, inputs: list[Tensor]) -> Pointwise | None:
    constants = [leaf for leaf in leaves_of((value.args, value.kwargs)) if isinstance(leaf, Tensor)]
    dimensions = value.tensor.ndim
    along = any(c.ndim and c.shape[-1] != 1 for c in constants)
    per_row = any(c.ndim >= dimensions and c.shape[0] != 1 for c in constants)
    if along or per_row or any(tensor.shape != value.tensor.shape for tensor in inputs):
        return None
    return Pointwise(_function(value), dimensions, rectifies=value.name == "relu")


def _function(value: Value) -> Callable[..., Tensor]:
    def apply(*tensors: Tensor) -> Tensor:
        given = iter(tensors)
        args, kwargs = mapped(lambda leaf: next(given) if isinstance(leaf, Ref) else leaf, (value.args, value.kwargs))
        return value.redone(args, kwargs)

    return apply


def _normalised(value: Value, inputs: list[Tensor]) -> Pointwise | None:
    """Batch normalisation with stored statistics."""
    flags = [arg for arg in value.args if isinstance(arg, bool)]
    return Pointwise(_function(value), value.tensor.ndim) if not any(flags) else None


def _softmax(value: Value, inputs: list[Tensor]) -> Pointwise | None:
    """Over the channels of each position."""
    over_channels = value.args[1] % value.tensor.ndim == 1
    return Pointwise(_function(value), value.tensor.ndim) if over_channels else None


def _convolution(value: Value, inputs: list[Tensor]) -> Convolve | None:
    convolution = convolution_of(value.args) if len(inputs) == 1 else None
    return None if convolution is None else Convolve(convolution)


def _slice(value: Value, inputs: list[Tensor]) -> Shift | None:
    _, axis, start, end, step = (*value.args, *(None,) * 4)[:5]
    shape = inputs[0].shape
    axis = (axis or 0) % len(shape)
    begin, stop, step = slice(start, end, step).indices(shape[axis])
    if (begin, stop) == (0, shape[axis]) and step == 1:
        return Shift()
    if axis == 1:
        return Shift(channels=slice(begin, stop, step))
    return Shift(offset=begin) if axis == len(shape) - 1 and step == 1 else None


def _padding(value: Value, inputs: list[Tensor]) -> Shift | None:
    amounts = value.args[1]
    return Shift(offset=-amounts[0]) if not any(amounts[2:]) else None


def _sum(value: Value, inputs: list[Tensor]) -> Sum | None:
    """`add` and `sub`, of two values, or of a value and a constant, which changes nothing."""
    alpha = float(value.kwargs.get("alpha", 1)) * (-1 if value.name == "sub" else 1)
    if any(tensor.shape != value.tensor.shape for tensor in inputs):
        return None
    weights = (1.0, alpha)
    return Sum(tuple(weight for weight, arg in zip(weights, value.args, strict=True) if isinstance(arg, Ref)))


def _concatenation(value: Value, inputs: list[Tensor]) -> Concatenate | None:
    axis = value.args[1] if len(value.args) > 1 else 0
    return Concatenate() if axis % value.tensor.ndim == 1 and len(inputs) == len(value.args[0]) else None


def _pool(value: Value, inputs: list[Tensor]) -> Pool | None:
    """Pooling of neighbours without padding; `(items, channels, 1, length)`."""
    defaults = ([], [0, 0], [1, 1], False) if value.name.startswith("max") else ([], [0, 0], False)
    given = (*value.args[1:], *defaults[max(0, len(value.args) - 2) :])
    width, stride, padding = given[:3]
    ceil_mode = given[len(defaults)]
    dilated = value.name.startswith("max") and any(step != 1 for step in given[3])
    if value.tensor.ndim != 4 or any(padding) or ceil_mode or dilated or width[0] != 1:
        return None
    return Pool(_function(value), width[-1], (stride or width)[-1])


_FINDERS: dict[str, Callable[[Value, list[Tensor]], Any]] = {
    "convolution": _convolution,
    "slice": _slice,
    "constant_pad_nd": _padding,
    "add": _sum,
    "sub": _sum,
    "cat": _concatenation,
    "max_pool2d_with_indices": _pool,
    "avg_pool2d": _pool,
    "native_batch_norm": _normalised,
    "_native_batch_norm_legit_no_training": _normalised,
    "_softmax": _softmax,
    "_log_softmax": _softmax,
}


def total_of(value: Value, recording: Recording) -> Total | None:
    """How to sum or average over the whole sequence, if that is what the value does."""
    if value.name not in ("mean", "sum") or len(value.args) < 2 or not value.args[1]:
        return None
    source = recording.values[value.refs()[0]].tensor
    axes = {axis % source.ndim for axis in value.args[1]}
    needed = {source.ndim - 1}
    if not along_sequence(source) or not needed <= axes <= needed | {2} or not source.is_floating_point():
        return None
    length = math.prod(source.shape[axis] for axis in axes)
    return Total(1.0 / length if value.name == "mean" else 1.0)


def resized(value: Value, sequences: int, items: int) -> tuple[Any, ...]:
    """The arguments of an operation for `items` sequences: shapes that were recorded begin with the number then."""
    if value.name not in ("view", "_unsafe_view", "reshape", "expand") or len(value.args) < 2:
        return value.args
    first, *others = value.args[1]
    if first > 0 and first % sequences == 0:
        first = first // sequences * items
    return (value.args[0], [first, *others], *value.args[2:])
