"""Apply the function that the user chose to edited sequences, and put its results into the shape that is promised."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from cisgrammar.perturb.edit import Edit, edited, encoded
from cisgrammar.perturb.predict import Settings, full_predict, predict, unlist
from cisgrammar.perturb.predict_edits import Sequences, predict_edits


@dataclass(frozen=True, eq=False)
class Call:
    """A function of a model and sequences, with the arguments that go to it.

    Attributes
    ----------
    model, func, kwargs
        `func(model, X, args=..., **kwargs)`.
    """

    model: nn.Module
    func: Callable[..., Any]
    kwargs: Mapping[str, Any]

    @property
    def predicts(self) -> bool:
        """Whether the function is this package's own, for which edits need not be written out."""
        return self.func is predict or self.func is full_predict

    def settings(self) -> Settings:
        """The arguments as those of `predict`; TypeError for one that it does not have."""
        return Settings(**self.kwargs)


def call_of(
    model: nn.Module,
    func: Callable[..., Any],
    kwargs: Mapping[str, Any],
    additional: Mapping[str, Any] | None,
    random_state: Any = None,
) -> Call:
    """Put together what goes to `func`; a seed only if it takes one and has none of its own.

    A generator object is not handed on, because what it gives next would depend on what was drawn before: `func` gets
    a number drawn from it. An argument that is given twice is a TypeError.
    """
    if not isinstance(model, nn.Module):
        raise ValueError(f"model must be a torch module, got {type(model).__name__}")
    if not callable(func):
        raise ValueError(f"func must be a function of (model, X, args=...), got {func!r}")
    twice = set(kwargs) & set(additional or {})
    if twice:
        raise TypeError(f"func got multiple values for {', '.join(sorted(twice))}; give each once")
    merged = {**kwargs, **(additional or {})}
    bound = func.keywords if isinstance(func, functools.partial) else {}
    takes_seed = "random_state" in inspect.signature(func).parameters
    if takes_seed and random_state is not None and not {"random_state"} & {*merged, *bound}:
        merged["random_state"] = _plain_seed(random_state)
    call = Call(model, func, merged)
    if call.predicts:
        call.settings()
    return call


def _plain_seed(random_state: Any) -> Any:
    if isinstance(random_state, np.random.RandomState):
        return int(random_state.randint(0, 1 << 31))
    if isinstance(random_state, np.random.Generator):
        return int(random_state.integers(0, 1 << 31))
    return random_state


def before_and_after(
    call: Call,
    X: Tensor,
    sequences: Sequences,
    edits: Sequence[Edit],
    versions: Sequence[NDArray[np.int64]],
    together: bool,
) -> tuple[Any, Any]:
    """Outputs before `(edits, ...)` and after `(edits, n, ...)`, nested as `call.func` nests them.

    Parameters
    ----------
    call
        What to apply.
    X, sequences
        The unedited sequences, one-hot and as letters with the model's other inputs.
    edits, versions
        What to change; and for each of the `n` results of an edit which version it is of, -1 for unedited.
    together
        Whether a function of the user gets all edited sequences at once, or those of each edit.
    """
    if call.predicts:
        return _predicted(call, sequences, edits, versions)
    rows = sorted({edit.row for edit in edits})
    args = [a[rows] for a in sequences.args] if sequences.args else None
    before = call.func(call.model, X[rows], args=args, **call.kwargs)
    if [edit.row for edit in edits] != rows:
        index = torch.as_tensor(np.searchsorted(rows, [edit.row for edit in edits]))
        before = nested(lambda y: y[index.to(y.device)], before)
    groups = [range(len(edits))] if together else [[i] for i in range(len(edits))]
    parts = []
    for group in groups:
        X_edited, of_row = _written_out(X, sequences, [edits[i] for i in group], [versions[i] for i in group])
        args = [a[of_row] for a in sequences.args] if sequences.args else None
        y = call.func(call.model, X_edited, args=args, **call.kwargs)
        parts.append(nested(lambda t: t.reshape(len(group), -1, *t.shape[1:]), y))  # noqa: B023 - used at once
    return before, joined(parts)


def _written_out(
    X: Tensor, sequences: Sequences, edits: Sequence[Edit], versions: Sequence[NDArray[np.int64]]
) -> tuple[Tensor, Tensor]:
    whole, rows = [], []
    for edit, version in zip(edits, versions, strict=True):
        # The sequence itself comes after all versions, so that -1 picks it.
        every = np.concatenate([edited(sequences.codes, [edit]), sequences.codes[edit.row][None]])
        whole.append(every[version])
        rows += [edit.row] * len(version)
    return encoded(np.concatenate(whole), sequences.alphabet, X), torch.as_tensor(rows, device=X.device)


def _predicted(
    call: Call, sequences: Sequences, edits: Sequence[Edit], versions: Sequence[NDArray[np.int64]]
) -> tuple[Any, Any]:
    windows = call.func is predict
    found = predict_edits(call.model, sequences, edits, call.settings(), windows)
    outputs = range(len(found.before[edits[0].row]))
    before = [torch.stack([found.before[edit.row][k] for edit in edits]) for k in outputs]
    after = [y.new_empty(len(edits), len(versions[0]), *y.shape[1:]) for y in before]
    for index, (edit, version) in enumerate(zip(edits, versions, strict=True)):
        changed = torch.from_numpy(version >= 0)
        picked = torch.from_numpy(version[version >= 0])
        own = found.after.pop(index, None)
        for k in outputs:
            after[k][index, ~changed] = found.before[edit.row][k]
            if own is not None:
                after[k][index, changed] = own[k][picked]
    return unlist(before, found.single), unlist(after, found.single)


def nested(function: Callable[[Tensor], Tensor], y: Any) -> Any:
    """Apply to every tensor of tuples and lists within each other; these become lists."""
    return [nested(function, part) for part in y] if isinstance(y, tuple | list) else function(y)


def picked(y: Any, part: Any) -> Any:
    """The same part of every tensor of an output: `part` indexes each of them."""
    return nested(lambda tensor: tensor[part], y)


def joined(parts: Sequence[Any]) -> Any:
    """Join results of the same nesting along their first axis."""
    if isinstance(parts[0], list):
        return [joined(column) for column in zip(*parts, strict=True)]
    return parts[0] if len(parts) == 1 else torch.cat(list(parts))
