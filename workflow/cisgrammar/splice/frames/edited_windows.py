"""A model's scores of a splice site before and after the sequence around it is edited.

Only the window that the model sees of a site is built and run. Every batch has the same shape and the site is the
middle base of its window, so that an edit that a model does not look at changes nothing, to the last bit; an edit that
leaves the window as it was is not even run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from cisgrammar.splice.genes.gene_set import NULL, GeneSet
from cisgrammar.splice.models.model import ModelToAnalyze, log_softmax, logits
from cisgrammar.training.lanes import map_in_lanes, model_lanes

BATCH_BASES = 1 << 15
"""Bases that go through the model at a time on a CPU: their activations stay in its cache."""
_CUDA_BASES = 1 << 20
_BLOCK = 64
"""Sites whose results are held as whole log-probabilities."""


class Edit(NamedTuple):
    """Bases written and bases deleted; all places are those of the gene before the edit.

    Attributes
    ----------
    written
        (place, codes): codes to write from there on. Later ones overwrite earlier ones.
    deleted
        (start, stop), 0-based half-open, none of which overlap.
    """

    written: tuple[tuple[int, NDArray[np.uint8]], ...] = ()
    deleted: tuple[tuple[int, int], ...] = ()


UNEDITED = Edit()


class Reading(NamedTuple):
    """A splice site of a gene, and the edits after which to read it; None for one that cannot be made."""

    gene: int
    place: int
    label: int
    edits: Sequence[Edit | None]


class SiteScores(NamedTuple):
    """Scores of sites, arrays of one shape.

    Attributes
    ----------
    log_p
        float32: natural log of the probability, which thresholds are compared with.
    log_odds
        float32: log-odds against null, in nats. A softmax makes the probability of a donor depend on
        the logit of an acceptor at the same base, whose motif may be what was edited; the log-odds do not.
    """

    log_p: NDArray[np.float32]
    log_odds: NDArray[np.float32]

    def each(self, function: Callable[[NDArray], NDArray]) -> SiteScores:
        """The scores after the same change of shape of both arrays."""
        return SiteScores(*map(function, self))


def kept_places(place: int, half: int, deleted: Iterable[tuple[int, int]]) -> NDArray[np.int64]:
    """The places of a gene that lie `half` bases to either side of `place` once some of its bases are deleted.

    Returns
    -------
    NDArray
        `(2 * half + 1,)` int64, ascending; the middle one is `place`.

    Raises
    ------
    ValueError
        If `place` itself is deleted.
    """
    places = np.arange(place - half, place + half + 1)
    for start, stop in sorted(deleted):
        if start <= place < stop:
            raise ValueError(f"bases {start} to {stop} hold the site at {place} that is read; delete others")
        if start > place:
            places[places >= start] += stop - start
    for start, stop in sorted(deleted, reverse=True):
        if stop <= place:
            places[places < stop] -= stop - start
    return places


def edited_windows(genes: GeneSet, reading: Reading, half: int) -> NDArray[np.uint8]:
    """The window around a site before and after each edit.

    Parameters
    ----------
    genes
        The genes; beyond the ends of one lie its flanks, then N.
    reading
        The site and its edits.
    half
        Bases on either side of the site.

    Returns
    -------
    NDArray
        `(1 + edits, 2 * half + 1)` uint8; row 0 is unedited, and so are the rows of edits that cannot be made.
    """
    edits = [edit or UNEDITED for edit in (None, *reading.edits)]
    spare = max(sum(stop - start for start, stop in edit.deleted) for edit in edits)
    first = reading.place - half - spare
    around = genes.window(reading.gene, first, reading.place + half + 1 + spare)
    found = np.empty((len(edits), 2 * half + 1), dtype=np.uint8)
    for row, edit in zip(found, edits, strict=True):
        letters = _written(around, first, edit) if edit.written else around
        row[:] = letters[kept_places(reading.place, half, edit.deleted) - first]
    return found


def _written(around: NDArray[np.uint8], first: int, edit: Edit) -> NDArray[np.uint8]:
    letters = around.copy()
    for place, codes in edit.written:
        low, high = max(place - first, 0), min(place - first + len(codes), len(letters))
        if low < high:
            letters[low:high] = codes[low - (place - first) : high - (place - first)]
    return letters


def edited_scores(
    m: ModelToAnalyze, genes: GeneSet, readings: Iterable[Reading], batch_bases: int | None = None
) -> SiteScores:
    """A model's scores of sites before and after each of their edits.

    Parameters
    ----------
    m
        The model.
    genes
        The genes.
    readings
        The sites; all with the same number of edits. They are taken one after the other, a few at a time.
    batch_bases
        Bases that go through the model at a time; None for a size that suits its device.

    Returns
    -------
    SiteScores
        `(readings, 1 + edits)`, column 0 before any edit; nan where there is no edit.

    Raises
    ------
    ValueError
        If the model returns nan, or the numbers of edits differ.
    """
    width = m.model_cl + 1
    size = max(1, (batch_bases or (_CUDA_BASES if m.device.type == "cuda" else BATCH_BASES)) // width)
    readings, found = iter(readings), []
    while block := list(islice(readings, _BLOCK)):
        values = _block(m, genes, block, size)  # (readings, 1 + edits, 3)
        labels = torch.tensor([reading.label for reading in block])
        labels = labels.view(-1, 1, 1).expand(-1, values.shape[1], 1)  # (readings, 1 + edits, 1)
        log_p = log_softmax(values).gather(2, labels)[..., 0]  # (readings, 1 + edits)
        log_odds = values.gather(2, labels)[..., 0] - values[..., NULL]
        scores = SiteScores(log_p.float().numpy(), log_odds.float().numpy())
        for row, reading in enumerate(block):
            missing = 1 + np.flatnonzero([edit is None for edit in reading.edits])
            for part in scores:
                part[row, missing] = np.nan
        found.append(scores)
    none = np.zeros((0, 1), dtype=np.float32)
    return (
        SiteScores(*(np.concatenate(parts) for parts in zip(*found, strict=True))) if found else SiteScores(none, none)
    )


def _block(m: ModelToAnalyze, genes: GeneSet, block: Sequence[Reading], size: int) -> Tensor:
    """Logits of the sites, `(readings, 1 + edits, 3)`."""
    counts = {len(reading.edits) for reading in block}
    if len(counts) > 1:
        raise ValueError(f"readings with {sorted(counts)} edits together; all need the same number")
    rows = np.zeros((len(block), 1 + counts.pop()), dtype=np.int64)

    def windows() -> Iterator[NDArray[np.uint8]]:
        first = 0
        for row, reading in zip(rows, block, strict=True):
            part = edited_windows(genes, reading, m.model_cl // 2)
            changed = (part != part[0]).any(axis=1)  # (1 + edits,)
            changed[0] = True
            row[:] = np.where(changed, first + np.cumsum(changed) - 1, first)
            first += int(changed.sum())
            yield part[changed]

    found = _run(m, windows(), size)
    return found[torch.from_numpy(rows)]  # (readings, 1 + edits, 3)


def _run(m: ModelToAnalyze, parts: Iterable[NDArray[np.uint8]], size: int) -> Tensor:
    """Logits `(windows, 3)` of the middle bases, in batches of exactly `size` windows."""
    middle = (m.model_cl - m.cl_model_clipped) // 2

    def run(model: nn.Module, batch: tuple[NDArray[np.uint8], int]) -> Tensor:
        windows, filled = batch
        return logits(m.running(model), torch.from_numpy(windows))[:filled, middle].cpu()

    return torch.cat(list(map_in_lanes(run, model_lanes(m.model), _batches(parts, size))))  # (windows, 3)


def _batches(parts: Iterable[NDArray[np.uint8]], size: int) -> Iterator[tuple[NDArray[np.uint8], int]]:
    """Batches `(size, width)` of all windows, and how many of each are such; the rest of the last repeats its last."""
    waiting: list[NDArray[np.uint8]] = []
    number = 0
    for part in parts:
        waiting.append(part)
        number += len(part)
        if number >= size:
            together = np.concatenate(waiting)
            whole = number - number % size
            yield from ((together[i : i + size], size) for i in range(0, whole, size))
            waiting, number = [together[whole:]], number - whole
    if number:
        last = np.concatenate(waiting)
        yield np.concatenate([last, np.repeat(last[-1:], size - number, axis=0)]), number
