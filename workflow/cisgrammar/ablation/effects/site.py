"""What ablating a site changes in a model's outputs: counts, profile, profile at the site; errors over shuffles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from cisgrammar.ablation.effects.model_parts import Part, PartGroup, grouped
from cisgrammar.config.ablation import Ablation
from cisgrammar.files.progress import counted
from cisgrammar.perturb.ablate_annotations import ablate_annotations
from cisgrammar.perturb.motif_free import Guard, MotifFreeShuffle, motif_free
from cisgrammar.perturb.results import PerturbationAnnotationsResult, ShuffleReport
from cisgrammar.perturb.shuffle_regions import ShuffleFunction
from cisgrammar.sequence.alphabet import reverse_complement
from cisgrammar.sequence.one_hot import one_hot
from cisgrammar.sequence.shuffle import dinucleotide_shuffle, shuffle
from cisgrammar.statistics.divergence import jensen_shannon_distance_of_logs

EFFECTS = ("delta_log_counts", "profile_jsd", "local_log_ratio")
SHOWN_REACH = 100
_CHUNK = 1 << 25
_MOST_SITES = 2048
"""Few shuffles of short windows would else be of so many sites that their sequences fill the memory."""
SITES_AT_ONCE = 1024
"""Sites whose effects on counts alone are looked at together."""


@dataclass(frozen=True, eq=False)
class SiteInputs:
    """Sites on the sequences that a part of a model reads.

    Attributes
    ----------
    number
        `(sites,)` numbers of the sites, for the table.
    row, start, end
        `(sites,)` sequence, and place in it, 0-based, half-open.
    codes
        `(sequences, input_length)`.
    guards
        Number of a site -> what its shuffles may not hold; nothing for one that is not there.
    """

    number: NDArray[np.int64]
    row: NDArray[np.int64]
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    codes: NDArray[np.uint8]
    guards: Mapping[int, Sequence[Guard]] = field(default_factory=dict)

    def chunks(self, most: int) -> Iterator[SiteInputs]:
        """The same in pieces of at most so many sites, each with the sequences that it needs."""
        for first in range(0, len(self.number), most):
            part = slice(first, first + most)
            rows, row = np.unique(self.row[part], return_inverse=True)
            place = (row, self.start[part], self.end[part])
            yield SiteInputs(self.number[part], *place, self.codes[rows], self.guards)

    def take(self, mask: NDArray[np.bool_]) -> SiteInputs:
        """Some of the sites, on the same sequences."""
        return SiteInputs(self.number[mask], self.row[mask], self.start[mask], self.end[mask], self.codes, self.guards)

    def reverse_complement(self) -> SiteInputs:
        """The same sites on the other strand."""
        length = self.codes.shape[1]
        turned = reverse_complement(self.codes)
        return SiteInputs(self.number, self.row, length - self.end, length - self.start, turned, self.guards)


@dataclass(frozen=True, eq=False)
class SiteEffects:
    """Effects of sites on one part of a model.

    Attributes
    ----------
    table
        A row per site and head, see `site_effects`.
    before, after
        `(sites, 2 * SHOWN_REACH)` expected 5' ends of the first head around each site's centre, tasks summed: as the
        sequence is, and mean over shuffles; nan outside of the window.
    """

    table: pd.DataFrame
    before: NDArray[np.float32]
    after: NDArray[np.float32]


@dataclass
class _Collected:
    tables: list[pd.DataFrame] = field(default_factory=list)
    before: list[NDArray[np.float32]] = field(default_factory=list)
    after: list[NDArray[np.float32]] = field(default_factory=list)

    def joined(self) -> SiteEffects:
        before, after = (np.concatenate(rows) for rows in (self.before, self.after))
        return SiteEffects(pd.concat(self.tables, ignore_index=True), before, after)


def shuffler_for(settings: Ablation) -> ShuffleFunction:
    """The shuffle that the section asks for."""
    if settings.shuffle == "plain":
        return shuffle
    return partial(dinucleotide_shuffle, too_few=settings.too_few, minimum=settings.min_arrangements)


def _shuffle(settings: Ablation, sites: SiteInputs) -> MotifFreeShuffle:
    """The shuffle that the section asks for, of sites, without their motifs."""
    guards = [sites.guards.get(number, ()) for number in sites.number.tolist()]
    return motif_free(settings.shuffle, settings.too_few, settings.min_arrangements, guards)


def site_effects(part: Part, sites: SiteInputs, settings: Ablation, seed: int) -> SiteEffects:
    """Ablate sites in one part of a model.

    Parameters
    ----------
    part
        The model.
    sites
        The sites and their sequences.
    settings
        `n`, the shuffle, `local`, `batch_size`, `device`.
    seed
        Of the shuffles; what a site gives depends on nothing else than it, its sequence and the model.

    Returns
    -------
    SiteEffects
        The table has site, head, and for each effect its mean over shuffles and standard error `<effect>_se`:

        - `delta_log_counts`: ln counts before minus after;
        - `profile_jsd`: Jensen-Shannon distance (base 2, 0 to 1) between the profiles before and after;
        - `local_log_ratio`: ln of the profile before over that after, mean over tasks and the bases within `local` bp
          of the site.

        The error is 0 where all arrangements were listed, and everything is nan where the site has no other
        arrangement. Beside them predicted_log_counts (as the window is), arrangements, allowed, distinct, identical,
        how (listed or drawn), kept (dinucleotide or plain), shuffled_start and shuffled_end (on the sequence that the
        model reads).
    """
    return effects_of_parts(grouped([part])[0], sites, settings, seed)[0]


def effects_of_parts(group: PartGroup, sites: SiteInputs, settings: Ablation, seed: int) -> list[SiteEffects]:
    """`site_effects` in each part of a group, of which each network runs once."""
    collected = [_Collected() for _ in group.parts]
    chunks = list(sites.chunks(sites_at_once(group, settings)))
    for chunk in counted(chunks, f"ablate on {settings.device}", "sites", _number):
        annotations = np.column_stack([chunk.row, chunk.start, chunk.end])
        result = ablate_annotations(
            group.model,
            one_hot(torch.from_numpy(chunk.codes)),
            annotations,
            n=settings.n,
            shuffle_fn=_shuffle(settings, chunk),
            random_state=seed,
            batch_size=settings.batch_size,
            device=settings.device,
        )
        each = zip(collected, group.parts, *map(group.of_each, result), strict=True)
        for found, part, befores, afters in each:
            own = PerturbationAnnotationsResult(befores, afters, result.report)
            _collect(found, part, chunk, own, settings.local)
    return [found.joined() for found in collected]


def sites_at_once(group: PartGroup, settings: Ablation) -> int:
    """Sites whose outputs are in memory at a time."""
    floats = sum(max(h.tasks for h in part.heads) * len(part.heads) * part.output_length for part in group.parts)
    return max(1, min(_MOST_SITES, _CHUNK // (settings.n * floats)))


def log_count_effects(
    group: PartGroup, sites: SiteInputs, settings: Ablation, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Ln counts before minus mean after, and its standard error: `delta_log_counts` alone, faster.

    Both are `(sites, parts, heads)`.
    """
    counts = group.log_counts
    chunks = counted(list(sites.chunks(SITES_AT_ONCE)), f"ablate on {settings.device}", "sites", _number)
    found = [_of_counts(counts, chunk, settings, seed) for chunk in chunks]
    shape = (-1, len(group.parts), len(group.parts[0].heads))
    mean, error = (np.concatenate(rows).reshape(shape) for rows in zip(*found, strict=True))
    return mean, error


def _number(sites: SiteInputs) -> int:
    return len(sites.number)


def _of_counts(
    counts: nn.Module, sites: SiteInputs, settings: Ablation, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """`log_count_effects` of a few sites, `(sites, parts * heads)`."""
    result = ablate_annotations(
        counts,
        one_hot(torch.from_numpy(sites.codes)),
        np.column_stack([sites.row, sites.start, sites.end]),
        n=settings.n,
        shuffle_fn=_shuffle(settings, sites),
        random_state=seed,
        batch_size=settings.batch_size,
        device=settings.device,
    )
    change = (result.y_befores[:, :, None] - result.y_afters)[:, 0].double()  # (sites, n, parts * heads)
    found = [mean_and_error(change[..., h], result.report) for h in range(change.shape[2])]
    mean, error = (np.stack(columns, axis=1) for columns in zip(*found, strict=True))
    return mean, error


def mean_and_error(values: Tensor, report: ShuffleReport) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean over shuffles of values `(sites, n)`, and its standard error.

    Arrangements that are the input do not count. Where all arrangements were listed the mean is exact, its error 0.
    """
    found, weights = values.double().numpy(), report.weights
    none = weights.sum(axis=1) == 0
    mean = (found * weights).sum(axis=1)
    used = (weights > 0).sum(axis=1)
    spread = ((found - mean[:, None]) ** 2 * weights).sum(axis=1) * used / np.maximum(used - 1, 1)
    error = np.sqrt(spread / np.maximum(used, 1))
    error = np.where(report.how == "listed", 0.0, np.where(used > 1, error, np.nan))
    return np.where(none, np.nan, mean), np.where(none, np.nan, error)


def _collect(
    collected: _Collected, part: Part, chunk: SiteInputs, result: PerturbationAnnotationsResult, local: int
) -> None:
    befores, afters, report = result.y_befores, result.y_afters, result.report
    flank = (part.input_length - part.output_length) // 2
    for h, head in enumerate(part.heads):
        log_before = torch.log_softmax(befores[h][:, 0].float().flatten(1), dim=1)  # (sites, tasks * length)
        log_after = torch.log_softmax(afters[h][:, 0].float().flatten(2), dim=2)  # (sites, n, tasks * length)
        counts = (befores[len(part.heads) + h][:, 0].double(), afters[len(part.heads) + h][:, 0, :, 0].double())
        ratio = (log_before[:, None] - log_after).unflatten(2, (head.tasks, -1))  # (sites, n, tasks, length)
        values = {
            "delta_log_counts": counts[0] - counts[1],  # (sites, n)
            "profile_jsd": jensen_shannon_distance_of_logs(log_before[:, None], log_after),
            "local_log_ratio": _local_mean(ratio, chunk.start - flank - local, chunk.end - flank + local),
        }
        columns = {"site": chunk.number, "head": head.name}
        for name, value in values.items():
            columns[name], columns[f"{name}_se"] = mean_and_error(value, report)
        columns["predicted_log_counts"] = counts[0][:, 0].numpy()
        collected.tables.append(pd.DataFrame({**columns, **_shuffles(report)}))
        if h == 0:
            shown = _shown(log_before, log_after, counts, head.tasks, report)
            centre = (chunk.start + chunk.end) // 2 - flank
            collected.before.append(_around(shown[0], centre))
            collected.after.append(_around(shown[1], centre))


def _shuffles(report: ShuffleReport) -> dict[str, NDArray]:
    names = ("arrangements", "allowed", "distinct", "identical", "how")
    columns = {name: getattr(report, name) for name in names}
    return {**columns, "kept": report.kind, "shuffled_start": report.start, "shuffled_end": report.end}


def _local_mean(ratio: Tensor, start: NDArray[np.int64], end: NDArray[np.int64]) -> Tensor:
    """Mean over tasks and `[start, end)` of each site, `(sites, n)`; nan where nothing is inside of the window."""
    length = ratio.shape[3]
    rows = [
        ratio[i, :, :, max(0, a) : max(0, min(length, b))].mean(dim=(1, 2))
        for i, (a, b) in enumerate(zip(start, end, strict=True))
    ]
    return torch.stack(rows)


def _shown(
    log_before: Tensor, log_after: Tensor, counts: tuple[Tensor, Tensor], tasks: int, report: ShuffleReport
) -> tuple[NDArray, NDArray]:
    """Expected 5' ends before and, mean over shuffles, after; `(sites, length)`."""
    weights = torch.from_numpy(report.weights)
    before = (log_before + counts[0]).exp().unflatten(1, (tasks, -1)).sum(1)  # (sites, length)
    after = (log_after + counts[1][..., None]).exp()
    after = torch.einsum("skp,sk->sp", after.double(), weights).unflatten(1, (tasks, -1)).sum(1)  # (sites, length)
    return before.numpy(), after.numpy()


def _around(profiles: NDArray, centre: NDArray[np.int64]) -> NDArray[np.float32]:
    length = profiles.shape[1]
    at = centre[:, None] + np.arange(-SHOWN_REACH, SHOWN_REACH)  # (sites, 2 * reach)
    inside = (at >= 0) & (at < length)
    values = np.take_along_axis(profiles, np.clip(at, 0, length - 1), axis=1)
    return np.where(inside, values, np.nan).astype(np.float32)
