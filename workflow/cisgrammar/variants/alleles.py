"""What profile models predict for both alleles of variants: one pass for a window, and for each allele what it changes.

Every model sees both strands; log counts and log probabilities of the two are averaged, as predictions are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cisgrammar.perturb.edit import distinct
from cisgrammar.perturb.predict import Settings
from cisgrammar.perturb.predict_edits import Sequences, predict_edits
from cisgrammar.profile.models.combined import CombinedModel
from cisgrammar.profile.models.heads import Head
from cisgrammar.profile.models.profile_model import ProfileModel
from cisgrammar.profile.predict import average_strands, joint_log_softmax
from cisgrammar.sequence.alphabet import reverse_complement
from cisgrammar.sequence.one_hot import one_hot
from cisgrammar.statistics.divergence import jensen_shannon_distance_of_logs
from cisgrammar.training.lanes import map_in_lanes, model_lanes

AT_ONCE = 1024
"""Alternate sequences whose profiles are held at a time, on both strands."""
WIDEST = 64
"""bp of the widest change that is recomputed in windows; insertions and deletions, which move all to their right, are
run in full: that is faster."""
_NAT = float(np.log(2))
Matrix = NDArray[np.float64]


class Item(NamedTuple):
    """A window and an alternate sequence of it.

    Attributes
    ----------
    window
        What tells windows apart: items of one share its pass. Any value that can be a key.
    codes, alternate
        `(input_length,)` each.
    """

    window: object
    codes: NDArray[np.uint8]
    alternate: NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Effects:
    """Predictions of one model for pairs of sequences.

    Attributes
    ----------
    before, after
        `(items, heads)` ln counts of the reference and of the alternate sequence.
    jsd
        `(items, heads)` Jensen-Shannon distance of the two profiles, base 2, over tasks and positions together.
    profiles
        For each head `(items, 2, tasks, length)` log probabilities of both, if they were asked for.
    """

    before: Matrix
    after: Matrix
    jsd: Matrix
    profiles: tuple[NDArray[np.float32], ...] = ()

    @property
    def logfc(self) -> Matrix:
        """log2 of the counts of the alternate over those of the reference sequence, `(items, heads)`."""
        return (self.after - self.before) / _NAT


def part_of(model: ProfileModel, part: str) -> ProfileModel:
    """The part of a model that scores: the residual of a combined one if that is asked for, else the whole."""
    if isinstance(model, CombinedModel) and part == "residual":
        return model.residual
    return model


def effects_of(
    model: ProfileModel, items: Sequence[Item], windowed: bool = True, profiles: bool = False, at_once: int = AT_ONCE
) -> Effects:
    """Score pairs of sequences.

    Parameters
    ----------
    model
        In eval mode, on its device.
    items
        What to score; those of one window next to each other share its pass.
    windowed
        Recompute only what the alternate sequence changes; else both sequences run in full.
    profiles
        Keep the profiles.
    at_once
        Alternate sequences at a time.
    """
    found = [_piece(model, piece, windowed, profiles) for piece in _pieces(items, at_once)]
    heads = len(model.heads)
    if not found:
        empty = np.zeros((0, heads))
        return Effects(empty, empty, empty)
    kept = tuple(np.concatenate([one.profiles[h] for one in found]) for h in range(heads)) if profiles else ()
    before, after, jsd = (np.concatenate([getattr(one, n) for one in found]) for n in ("before", "after", "jsd"))
    return Effects(before, after, jsd, kept)


def _pieces(items: Sequence[Item], most: int) -> Iterator[Sequence[Item]]:
    for first in range(0, len(items), most):
        yield items[first : first + most]


def _piece(model: ProfileModel, items: Sequence[Item], windowed: bool, profiles: bool) -> Effects:
    rows: dict[object, int] = {}
    for item in items:
        rows.setdefault(item.window, len(rows))
    first = {rows[item.window]: item for item in reversed(items)}
    forward = np.stack([first[row].codes for row in range(len(rows))])  # (windows, length)
    codes = np.concatenate([forward, reverse_complement(forward)])  # (2 windows, length)
    others = np.stack([item.alternate for item in items])  # (items, length)
    others = np.concatenate([others, reverse_complement(others)])  # (2 items, length)
    of_item = np.array([rows[item.window] for item in items])
    of_edit = np.concatenate([of_item, of_item + len(rows)])  # (2 items,)
    edits = [distinct(row, 0, other[None], codes[row])[0] for row, other in zip(of_edit.tolist(), others, strict=True)]
    wide = np.array([not windowed or edit.codes.shape[1] > WIDEST for edit in edits])
    wide &= np.array([len(edit.codes) > 0 for edit in edits])
    narrow = [replace(e, codes=e.codes[:0]) if w else e for e, w in zip(edits, wide.tolist(), strict=True)]
    predicted = predict_edits(model, Sequences(codes, 4), narrow, Settings(batch_size=_batch(model)), windows=windowed)
    in_full = dict(zip(np.flatnonzero(wide).tolist(), _run(model, others[wide]), strict=True))
    outputs = range(2 * len(model.heads))
    old = [torch.stack([predicted.before[row][k] for row in range(2 * len(rows))]) for k in outputs]
    new = [old[k][torch.from_numpy(of_edit)] for k in outputs]
    for i in range(len(edits)):
        found = in_full.get(i) or [after[0] for after in predicted.after.get(i, ())]
        for k, value in enumerate(found):
            new[k][i] = value
    same = np.array([not len(edit.codes) for edit in edits]).reshape(2, -1).all(axis=0)  # (items,)
    return _effects(model.heads, (old, new), torch.from_numpy(of_item), torch.from_numpy(same), profiles)


def _run(model: ProfileModel, codes: NDArray[np.uint8]) -> Iterator[list[Tensor]]:
    """Outputs of whole sequences `(sequences, length)`, one after the other; batches do not depend on the threads."""
    batch, device = _batch(model), _device(model)

    def run(model: ProfileModel, piece: NDArray[np.uint8]) -> list[Tensor]:
        with torch.no_grad():
            return [y.cpu() for y in model(one_hot(torch.from_numpy(piece).to(device)))]

    pieces = [codes[i : i + batch] for i in range(0, len(codes), batch)]
    for outputs in map_in_lanes(run, model_lanes(model), pieces):
        for i in range(len(outputs[0])):
            yield [y[i] for y in outputs]


def _batch(model: ProfileModel) -> int:
    return 256 if _device(model).type == "cuda" else 16


def _device(model: ProfileModel) -> torch.device:
    return next(iter(model.parameters()), torch.empty(0)).device


def _effects(
    heads: Sequence[Head], outputs: tuple[list[Tensor], list[Tensor]], of_item: Tensor, same: Tensor, profiles: bool
) -> Effects:
    """Join the strands: `outputs` are the model's of windows and of items, each first forward and then turned round."""
    before, after, jsd, kept = [], [], [], []
    for h, head in enumerate(heads):
        old, new = (_averaged(y[h], head) for y in outputs)  # (windows or items, tasks, length)
        old_counts, new_counts = (_mean(y[len(heads) + h]) for y in outputs)
        before.append(old_counts[of_item].numpy())
        after.append(torch.where(same, old_counts[of_item], new_counts).numpy())
        # In double precision: the root of a divergence that is rounded to 1e-7 would be off by 3e-4.
        distance = jensen_shannon_distance_of_logs(old[of_item].flatten(1).double(), new.flatten(1).double())
        jsd.append(torch.where(same, torch.zeros_like(distance), distance).numpy())
        if profiles:
            kept.append(torch.stack([old[of_item], new], dim=1).numpy())
    return Effects(np.stack(before, axis=1), np.stack(after, axis=1), np.stack(jsd, axis=1), tuple(kept))


def _averaged(logits: Tensor, head: Head) -> Tensor:
    """Log probabilities of both strands, one half of `logits` each, averaged: `(batch, tasks, length)`."""
    forward, backward = (joint_log_softmax(half.float()) for half in logits.chunk(2))
    return average_strands(forward, backward, head)


def _mean(log_counts: Tensor) -> Tensor:
    forward, backward = log_counts.squeeze(1).double().chunk(2)
    return (forward + backward) / 2
