"""Outputs of a model for edited sequences: in windows where the model allows it, in full where it does not."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from cisgrammar.files.progress import Progress
from cisgrammar.perturb.edit import Edit, edited, encoded, pieces
from cisgrammar.perturb.incremental.model import CannotWindow, IncrementalModel
from cisgrammar.perturb.predict import Runner, Settings, as_list, running
from cisgrammar.training.lanes import lane_count, map_in_lanes

_LOG = logging.getLogger(__name__)
_BYTES = 1 << 28
_MOST_SEQUENCES = 16
TOLERANCE = 1e-5


@dataclass(frozen=True, eq=False)
class Sequences:
    """The unedited sequences and the model's other inputs.

    Attributes
    ----------
    codes
        `(sequences, length)` letters.
    alphabet
        Number of letters; this number itself stands for N.
    args
        Further inputs, a row per sequence each.
    """

    codes: NDArray[np.uint8]
    alphabet: int
    args: tuple[Tensor, ...] = ()

    def inputs(self, run: Runner, rows: Sequence[int], codes: NDArray[np.uint8]) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Letters, of these rows, as the model wants them, and its other inputs."""
        X = encoded(codes, self.alphabet, torch.empty(0, dtype=run.dtype, device=run.device))
        return X, run.place_args(self.args, torch.as_tensor(rows)) if self.args else ()


@dataclass(eq=False)
class EditedOutputs:
    """What a model gives before and after edits.

    Attributes
    ----------
    before
        Per sequence that has an edit, its outputs `(...)`.
    after
        Per edit, its outputs `(versions, ...)`, on the CPU.
    single
        Whether the model gives a tensor, not a list.
    """

    before: dict[int, list[Tensor]] = field(default_factory=dict)
    after: dict[int, list[Tensor]] = field(default_factory=dict)
    single: bool = True

    def add_before(self, rows: Sequence[int], outputs: list[Tensor]) -> None:
        """Keep the outputs of unedited sequences."""
        for i, row in enumerate(rows):
            self.before[row] = [y[i].cpu() for y in outputs]

    def add_after(self, parts: Sequence[tuple[int, Edit]], outputs: list[Tensor]) -> None:
        """Keep the outputs of a batch of edits; an edit may come in several parts, in order."""
        at = 0
        for index, part in parts:
            mine = [y[at : at + len(part.codes)].cpu() for y in outputs]
            have = self.after.get(index)
            self.after[index] = mine if have is None else [torch.cat(pair) for pair in zip(have, mine, strict=True)]
            at += len(part.codes)


def predict_edits(
    model: nn.Module, sequences: Sequences, edits: Sequence[Edit], settings: Settings, windows: bool
) -> EditedOutputs:
    """Run a model on sequences and on edited versions of them.

    Every unedited sequence runs once. What is held beside the results is bounded by a batch: what `batch_size`
    sequences need in full; in windows, the layers of as many unedited sequences as fit into 256 MB, at least one.

    Parameters
    ----------
    model
        Any torch module.
    sequences
        The unedited sequences.
    edits
        What to change; every sequence of an edit is predicted too.
    settings
        As for `predict`.
    windows
        Whether to recompute only what an edit changes; where that is not possible the log says why.
    """
    with running(model, settings) as run:
        if windows and not run.mixed and any(len(edit.codes) for edit in edits):
            try:
                return _in_windows(run, sequences, edits)
            except CannotWindow as reason:
                _LOG.warning(
                    "this model cannot be recomputed in windows: %s; each edited sequence runs in full", reason
                )
        return _in_full(run, sequences, edits, settings)


def _in_full(run: Runner, sequences: Sequences, edits: Sequence[Edit], settings: Settings) -> EditedOutputs:
    result, progress = EditedOutputs(), _progress(run, edits)
    rows = sorted({edit.row for edit in edits})
    for first in range(0, len(rows), settings.batch_size):
        part = rows[first : first + settings.batch_size]
        X, args = sequences.inputs(run, part, sequences.codes[part])
        outputs, result.single = as_list(run(X, *args))
        result.add_before(part, outputs)
    for parts in _full_batches(edits, settings.batch_size):
        outputs = _run_full(run, sequences, [edit for _, edit in parts])
        result.add_after(parts, outputs)
        progress.add(sum(len(edit.codes) for _, edit in parts))
    return result


def _progress(run: Runner, edits: Sequence[Edit]) -> Progress:
    total = sum(len(edit.codes) for edit in edits)
    return Progress(f"edited sequences on {run.device}", total, "sequences")


def _full_batches(edits: Sequence[Edit], batch_size: int) -> Iterator[list[tuple[int, Edit]]]:
    batch: list[tuple[int, Edit]] = []
    items = 0
    for index, part in pieces(edits, batch_size):
        if items + len(part.codes) > batch_size:
            yield batch
            batch, items = [], 0
        batch.append((index, part))
        items += len(part.codes)
    if batch:
        yield batch


def _run_full(run: Runner, sequences: Sequences, parts: Sequence[Edit]) -> list[Tensor]:
    rows = [part.row for part in parts for _ in part.codes]
    X, args = sequences.inputs(run, rows, edited(sequences.codes, parts))
    return as_list(run(X, *args))[0]


def _in_windows(run: Runner, sequences: Sequences, edits: Sequence[Edit]) -> EditedOutputs:
    result = EditedOutputs()
    rows = sorted({edit.row for edit in edits})
    of_row: dict[int, list[int]] = {row: [] for row in rows}
    for index, edit in enumerate(edits):
        of_row[edit.row].append(index)
    first, many, check, progress = 0, 1, None, _progress(run, edits)
    held: list[_Wave] = []
    while first < len(rows):
        part = rows[first : first + many]
        X, args = sequences.inputs(run, part, sequences.codes[part])
        memory = IncrementalModel(run, sequences.codes[part], X, args)
        if first == 0:
            sample = edits[next(i for i, edit in enumerate(edits) if len(edit.codes))]
            check = partial(_check, run, sequences, memory, sample, part[0])
            # One sequence says how much memory the model takes: from then on as many as fit.
            many = max(1, min(_MOST_SEQUENCES, _BYTES // max(1, memory.size)))
        result.single = memory.recording.single
        result.add_before(part, memory.before)
        indices = [index for row in part for index in of_row[row]]
        here = [Edit(part.index(edits[i].row), edits[i].start, edits[i].codes) for i in indices]
        held.append(_Wave(memory, indices, list(memory.batches(here))))
        first += len(part)
        # The edits of the first sequence are too few for all threads: they wait for those of the next ones.
        if len(held) > 1 or first >= len(rows):
            _run_waves(run, held, check, result)
            progress.add(sum(len(edit.codes) for wave in held for batch in wave.batches for _, edit in batch))
            held, check = [], None
    return result


class _Wave(NamedTuple):
    """Some sequences with the edits that are made in them; a batch names edits by their place in `indices`."""

    memory: IncrementalModel
    indices: list[int]
    batches: list[list[tuple[int, Edit]]]


def _run_waves(
    run: Runner, waves: Sequence[_Wave], check: Callable[[], list[Tensor]] | None, result: EditedOutputs
) -> None:
    """Make the edits of some waves side by side; nothing of them is taken if `check` fails, which runs beside them."""
    places = [(wave, batch) for wave in waves for batch in wave.batches]
    jobs: list[Callable[[], list[Tensor]]] = [
        partial(wave.memory.after, [edit for _, edit in batch]) for wave, batch in places
    ]
    first = [check] if check else []
    found = map_in_lanes(_without_gradients, [None] * lane_count(run.device), [*first, *jobs])
    if check:
        next(found)
    for (wave, batch), outputs in zip(places, found, strict=True):
        result.add_after([(wave.indices[i], edit) for i, edit in batch], outputs)


def _without_gradients(_: None, job: Callable[[], list[Tensor]]) -> list[Tensor]:
    # Gradients are a setting of each thread.
    with torch.no_grad():
        return job()


def _check(run: Runner, sequences: Sequences, memory: IncrementalModel, sample: Edit, row: int) -> list[Tensor]:
    """Compare with the full model: an edit at each end of a sequence and one of those asked for, if it is there.

    The outputs are given back, so that it is a job like those that it runs beside.

    Raises
    ------
    CannotWindow
        If the results differ, or recomputing fails.
    """
    length = sequences.codes.shape[1]
    width = min(sample.codes.shape[1], length)
    ends = [(0, width), (length - width, length)]
    tries = [Edit(row, a, (sequences.codes[row : row + 1, a:b] + 1) % sequences.alphabet) for a, b in ends]
    if sample.row == row:
        tries.append(Edit(row, sample.start, sample.codes[:1]))
    try:
        fast = memory.after([Edit(0, edit.start, edit.codes) for edit in tries])
    except (RuntimeError, ValueError, TypeError, IndexError) as error:
        raise CannotWindow(f"recomputing a part of it fails ({str(error).splitlines()[0]})") from error
    for new, full in zip(fast, _run_full(run, sequences, tries), strict=True):
        if new.shape != full.shape or not new.is_floating_point():
            raise CannotWindow(
                f"an output is {new.dtype} {tuple(new.shape)} in windows and {tuple(full.shape)} in full"
            )
        allowed = TOLERANCE * max(1.0, float(full.abs().max())) if full.numel() else 0.0
        worst = float((new - full).abs().max()) if full.numel() else 0.0
        if not worst <= allowed:
            raise CannotWindow(f"recomputing in windows is off by {worst:.2g}")
    return fast
