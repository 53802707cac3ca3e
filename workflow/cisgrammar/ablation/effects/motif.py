"""What a motif does by itself: put into background sequences, and at one distance after another from another one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from cisgrammar.ablation.effects.model_parts import Part, PartGroup, grouped
from cisgrammar.ablation.effects.spacing import distances, placements, spacing_effects
from cisgrammar.config.ablation import Ablation
from cisgrammar.files.progress import Progress, counted
from cisgrammar.iupac import reverse_complement
from cisgrammar.motifs.motif import Motif
from cisgrammar.perturb.insert import first_position, motif_codes
from cisgrammar.perturb.space import placed
from cisgrammar.sequence.one_hot import one_hot
from cisgrammar.statistics.divergence import jensen_shannon_distance_of_logs

_CHUNK = 1 << 24
"""Values of outputs that are in memory at a time."""


def _mean_and_error(values: NDArray[np.float64]) -> tuple[float, float]:
    error = values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else np.nan
    return float(values.mean()), float(error)


def sufficiency(
    group: PartGroup, motifs: Iterable[Motif], backgrounds: NDArray[np.uint8], settings: Ablation
) -> pd.DataFrame:
    """Put each motif's best sequence into the middle of backgrounds, on either strand.

    Parameters
    ----------
    group
        Parts of a model.
    motifs
        Motifs and decoys; an N of the best sequence leaves what is there.
    backgrounds
        `(sequences, input_length)` codes.
    settings
        `batch_size`, `device`.

    Returns
    -------
    DataFrame
        A row per part, motif and head: motif, kind (motif or decoy), decoy_of, model, head, backgrounds,
        delta_log_counts (ln counts with minus without, mean over backgrounds of the mean over strands), profile_jsd
        (distance of the profiles, base 2), with standard errors over backgrounds.
    """
    X, every = one_hot(torch.from_numpy(backgrounds)), list(motifs)
    rows: list[list[dict[str, Any]]] = [[] for _ in group.parts]
    at_once = max(1, _CHUNK // (2 * len(X) * sum(part.output_length * len(part.heads) for part in group.parts)))
    chunks = [every[first : first + at_once] for first in range(0, len(every), at_once)]
    for some in counted(chunks, f"motifs alone on {settings.device}", "motifs", len):
        # All of them in one go: a background that is the same for all is run once.
        versions = [
            [(letters, first_position(len(letters), X.shape[2], None, motif.name))]
            for motif in some
            for letters in map(motif_codes, (motif.consensus, reverse_complement(motif.consensus)))
        ]
        result = placed(group.model, X, versions, batch_size=settings.batch_size, device=settings.device)
        for part, found, before, after in zip(group.parts, rows, *map(group.of_each, result), strict=True):
            for i, motif in enumerate(some):
                found += _rows(part, motif, before, [y[:, 2 * i : 2 * i + 2] for y in after])
    return pd.DataFrame([row for found in rows for row in found])


def _rows(part: Part, motif: Motif, before: Sequence[Tensor], after: Sequence[Tensor]) -> list[dict[str, Any]]:
    """A row per head, of outputs before `(backgrounds, ...)` and after on either strand `(backgrounds, 2, ...)`."""
    rows, count = [], len(part.heads)
    for h, head in enumerate(part.heads):
        change = (after[count + h] - before[count + h][:, None])[..., 0].double().numpy()  # (backgrounds, 2)
        without, with_it = (
            torch.log_softmax(y.float().flatten(2), 2) for y in (before[h][:, None].expand_as(after[h]), after[h])
        )
        distance = jensen_shannon_distance_of_logs(without, with_it).double().numpy()  # (backgrounds, 2)
        rows.append(
            {
                "motif": motif.name,
                "kind": "decoy" if motif.decoy_of else "motif",
                "decoy_of": motif.decoy_of,
                "model": part.name,
                "head": head.name,
                "backgrounds": len(change),
                **_columns("delta_log_counts", part.counts_of(head, change.mean(axis=1))),
                **_columns("profile_jsd", distance.mean(axis=1)),
            }
        )
    return rows


def _columns(name: str, values: NDArray[np.float64]) -> dict[str, float]:
    return dict(zip((name, f"{name}_se"), _mean_and_error(values), strict=True))


def motif_pairs(settings: Ablation, motifs: Mapping[str, Motif], measured: pd.DataFrame) -> list[tuple[str, str]]:
    """Pairs whose spacing is scanned: those of the section, or those that the binding models measured.

    Parameters
    ----------
    settings
        The section.
    motifs
        Motifs by name.
    measured
        Spacing tables of the binding stage: column pair (`a:b`).

    Raises
    ------
    ValueError
        If the section names a motif that is not there.
    """
    if settings.pairs is None:
        named = [tuple(pair.split(":")) for pair in dict.fromkeys(measured["pair"])] if len(measured) else []
        return [(pair[0], pair[1]) for pair in named if len(pair) == 2 and all(name in motifs for name in pair)]
    unknown = [name for pair in settings.pairs for name in pair if name not in motifs]
    if unknown:
        raise ValueError(f"ablation.pairs: no motif {unknown[0]}; there are {', '.join(motifs)}")
    return [(a, b) for a, b in settings.pairs]


def motif_effects(
    parts: Sequence[Part],
    backgrounds: Mapping[str, NDArray[np.uint8]],
    motifs: Mapping[str, Motif],
    pairs: Sequence[tuple[str, str]],
    settings: Ablation,
    seed: int,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Put motifs in by themselves in each model, and in pairs in the first one.

    The scan of pairs takes as many predictions for each of them as there are motifs in all, so that only the model
    that the section names first is scanned.

    Parameters
    ----------
    parts
        The models.
    backgrounds
        Model -> `(sequences, input_length)` codes.
    motifs
        Motifs and decoys by name.
    pairs
        Of `motif_pairs`.
    settings, seed
        The section, and the seed of the decoys of pairs.

    Returns
    -------
    tuple of DataFrame
        Of `sufficiency`, model after model; and of `spacing_effects` of the first.
    """
    first, named = parts[0], [(motifs[a], motifs[b]) for a, b in pairs]
    known = {name: motif for name, motif in motifs.items() if not motif.decoy_of}
    # Versions of each background: a motif on either strand; a pair at each distance, with its decoys, and both alone.
    alone = 2.0 * len(motifs)
    scans = (
        3.0
        * (1 + settings.both_strands)
        * (1 + settings.spacing_decoys)
        * len(distances(settings))
        * sum(len(placements(*pair)) for pair in named)
    )
    progress = Progress(
        f"put motifs in on {settings.device}", len(parts) * alone + scans, "versions of the backgrounds"
    )
    put_in = []
    for group in grouped(parts):
        longest = max((backgrounds[part.name] for part in group.parts), key=lambda codes: codes.shape[1])
        with progress.part(len(group.parts) * alone):
            put_in.append(sufficiency(group, motifs.values(), longest, settings))
    with progress.part(scans):
        spaced = spacing_effects(first, named, known, backgrounds[first.name], settings, seed)
    return pd.concat(put_in, ignore_index=True), spaced
