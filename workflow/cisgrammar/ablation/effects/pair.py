"""What two neighbouring sites give together, beyond the sum of what each gives alone; of null pairs too."""

from __future__ import annotations

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from cisgrammar.ablation.effects.model_parts import Part, PartGroup
from cisgrammar.ablation.effects.site import mean_and_error, shuffler_for
from cisgrammar.ablation.sites.pairs import FLANK
from cisgrammar.ablation.sites.peak_inputs import inputs_of
from cisgrammar.config.ablation import Ablation
from cisgrammar.files.progress import counted
from cisgrammar.perturb.ablate_pairs import ablate_pairs
from cisgrammar.perturb.results import ShuffleReport
from cisgrammar.sequence.alphabet import reverse_complement
from cisgrammar.sequence.fasta import Genome
from cisgrammar.sequence.one_hot import one_hot
from cisgrammar.sequence.windows import window_starts
from cisgrammar.signal.table import Regions
from cisgrammar.tables.contracts.ablation import JOINT_EFFECTS

SHUFFLES = 10
"""Shuffles of a pair, at most: their error (0.04 at most in the demo, 0.001 from 20 bp on) is in null pairs too, whose
spread at the same distances is 0.05 to 0.1."""
_ORDERS = 20
_CHUNK = 256


def pair_effects(
    group: PartGroup, pairs: pd.DataFrame, place: tuple[Regions, Genome], settings: Ablation, seed: int
) -> pd.DataFrame:
    """Ablate pairs of stretches, each alone and both at once.

    The interaction is the joint effect of both minus the sum of the effects of each alone, where an effect is what is
    gained over neither: (y_ab - y_0) - (y_a - y_0) - (y_b - y_0), ln counts, y_a with b shuffled. Above 0 where
    together they give more than their sum, below 0 where one makes up for the other. In what shuffling takes away,
    this is effect_a + effect_b - effect_both. A spacing scan has the same sign.

    Parameters
    ----------
    group
        Parts of a model. Heads whose counts are in no prediction have no rows.
    pairs
        Of `find_pairs` and `null_pairs`.
    place
        Table of regions and genome.
    settings, seed
        As for `site_effects`, but `SHUFFLES` shuffles at most. Sites are not widened here, so that the two of a pair
        cannot come to overlap.

    Returns
    -------
    DataFrame
        A row per part, pair and head, with the columns of `pairs.tsv`: means over shuffles.
    """
    names = list(JOINT_EFFECTS.names)
    if all(part.all_without_counts for part in group.parts):
        return pd.DataFrame(columns=names)
    chunks = [pairs.iloc[first : first + _CHUNK] for first in range(0, len(pairs), _CHUNK)]
    pieces = counted(chunks, f"ablate pairs on {settings.device}", "pairs", len)
    tables = [table for chunk in pieces for table in _ablated(group, chunk, place, settings, seed)]
    if not tables:
        return pd.DataFrame(columns=names)
    found = pd.concat(tables, ignore_index=True)[names]
    order = {part.name: i for i, part in enumerate(group.parts)}
    return found.sort_values("model", key=lambda names: names.map(order), kind="stable", ignore_index=True)


def _ablated(
    group: PartGroup, pairs: pd.DataFrame, place: tuple[Regions, Genome], settings: Ablation, seed: int
) -> list[pd.DataFrame]:
    """A table of each part and head."""
    codes, table = pair_sequences(group, pairs, place, seed)
    result = ablate_pairs(
        group.log_counts,
        one_hot(torch.from_numpy(codes)),
        table,
        n=min(settings.n, SHUFFLES),
        shuffle_fn=shuffler_for(settings.model_copy(update={"too_few": "plain"})),
        random_state=seed,
        batch_size=settings.batch_size,
        device=settings.device,
    )
    before = result.y_before[:, None]  # (pairs, 1, parts * heads)
    changes = [before - y for y in (result.y_first, result.y_second, result.y_both)]
    either = _either(result.first, result.second)
    tables = []
    heads = [(part, head.name) for part in group.parts for head in part.heads]
    for h, (part, head) in enumerate(heads):
        if head in part.without_counts:
            continue
        columns = {**{name: pairs[name].to_numpy() for name in ("pair", "kind", "draw")}, "head": head}
        for name, change, report in zip("ab", changes, (result.first, result.second), strict=False):
            columns[f"effect_{name}"] = mean_and_error(change[..., h], report)[0]
        columns["effect_both"] = mean_and_error(changes[2][..., h], either)[0]
        columns["interaction"], columns["shuffle_se"] = mean_and_error(result.interaction[..., h], either)
        tables.append(pd.DataFrame({**columns, "model": part.name}))
    return tables


def pair_sequences(
    part: Part | PartGroup, pairs: pd.DataFrame, place: tuple[Regions, Genome], seed: int
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """The sequences that a part reads of pairs, and where the stretches lie in them.

    Returns
    -------
    codes, table
        `(sequences, input_length)`, one for each window and one for each pair that is a decoy or was moved; and
        `(pairs, 5)`: sequence, start and end of both stretches, 0-based, half-open.
    """
    regions, genome = place
    rows, row = np.unique(pairs["region"].to_numpy(), return_inverse=True)
    first = window_starts(regions.centre[rows], part.input_length)[row]
    codes = inputs_of(regions, genome, rows, part.input_length)
    ends = pairs[["start_a", "end_a", "start_b", "end_b"]].to_numpy() - first[:, None]
    edited: list[NDArray[np.uint8]] = []
    for i, pair in enumerate(pairs[["pair", "kind", "draw", "moved_from"]].to_dict("records")):
        if pair["kind"] not in ("decoy", "moved"):
            continue
        sequence, (start, end) = codes[row[i]].copy(), ends[i, 2:]
        if pair["kind"] == "decoy":
            rng = np.random.default_rng([seed, 5, pair["pair"], pair["draw"]])
            sequence[start:end] = reordered(sequence[start:end], rng)
        else:
            _exchange(sequence, int(pair["moved_from"] - first[i]), start, end - start, ends[i, :2])
        row[i] = len(codes) + len(edited)
        edited.append(sequence)
    return np.concatenate([codes, np.array(edited, dtype=codes.dtype).reshape(-1, part.input_length)]), np.column_stack(
        [row, ends]
    )


def reordered(letters: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Of 20 drawn orders of letters `(width,)` the one that shares fewest places with them, on either strand."""
    orders = rng.permuted(np.tile(letters, (_ORDERS, 1)), axis=1)
    strands = letters, reverse_complement(letters[None])[0]
    return orders[np.maximum(*((orders == strand).sum(axis=1) for strand in strands)).argmin()]


def _exchange(sequence: NDArray[np.uint8], origin: int, target: int, width: int, stays: NDArray[np.int64]) -> None:
    """Exchange two stretches, with up to 5 bp on either side that the site which stays leaves free; in place."""
    gap = max(origin - stays[1], stays[0] - origin - width)
    flank = int(min(FLANK, gap))
    old, new = (slice(at - flank, at + width + flank) for at in (origin, target))
    sequence[old], sequence[new] = sequence[new].copy(), sequence[old].copy()


def _either(first: ShuffleReport, second: ShuffleReport) -> ShuffleReport:
    """A report on the shuffles of both: those that change the two, each counted once."""
    used = (first.weights > 0) & (second.weights > 0)
    weights = used / np.maximum(used.sum(axis=1, keepdims=True), 1)
    how = np.full(len(used), "drawn")
    return ShuffleReport(
        first.row,
        first.start,
        second.end,
        np.minimum(first.arrangements, second.arrangements),
        np.minimum(first.distinct, second.distinct),
        ~used,
        weights,
        how,
        first.kind,
    )
