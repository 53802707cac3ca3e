"""The strongest variants: both alleles' profiles, and what their bases contribute to the counts."""

from __future__ import annotations

import heapq
import logging
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from cisgrammar.files.atomic import atomic_hdf5
from cisgrammar.files.progress import counted
from cisgrammar.perturb.contributions import HiddenFunctionError, deep_lift, without_convergence_warnings
from cisgrammar.profile.models.profile_model import ProfileModel
from cisgrammar.profile.models.rescale import Target, can_rescale, references_of, rescale
from cisgrammar.profile.predict import joint_log_softmax
from cisgrammar.sequence.one_hot import one_hot
from cisgrammar.sequence.shuffle import dinucleotide_shuffle
from cisgrammar.sequence.windows import window_starts
from cisgrammar.variants.alleles import Item, effects_of
from cisgrammar.variants.null import genome_item
from cisgrammar.variants.place import why_not
from cisgrammar.variants.profile import ProfileScorer
from cisgrammar.variants.table import Row, variant_of

log = logging.getLogger(__name__)

_FORMAT = "cisgrammar variant profiles 1"
_REFERENCES = 20


def strength(row: Row) -> float:
    """Size of a variant's log2 fold change, the largest; without one that of affinity or of a splice site; or -1."""
    for score in (".logfc", ".delta_log_affinity", ".ds_max"):
        sizes = [abs(float(value)) for name, value in row.items() if name.endswith(score) and value not in ("", "nan")]
        if sizes:
            return max(sizes)
    return -1.0


def strongest(rows: Iterable[Row], most: int) -> list[Row]:
    """The strongest scored variants, first the strongest, at most `most`; equals in their order."""
    scored = ((strength(row), -int(row["number"]), row) for row in rows if not row["reason"])
    best = heapq.nlargest(most, (one for one in scored if one[0] >= 0 and math.isfinite(one[0])), key=lambda x: x[:2])
    return [row for _, _, row in best]


@dataclass(frozen=True, eq=False)
class Card:
    """Both alleles of one variant as the models of one source see them; first axis reference, alternate.

    Attributes
    ----------
    number
        Of the variant.
    chrom, window
        Chromosome and first base of the models' input.
    codes
        `(2, input_length)`.
    log_probabilities
        Head -> `(2, tasks, output_length)`, mean over folds, normalised.
    log_counts
        Head -> `(2,)` ln counts, mean over folds.
    contributions
        Head -> `(2, input_length)` contributions of the bases to ln counts, mean over folds; nan where they do not add
        up.
    """

    number: int
    chrom: str
    window: int
    codes: NDArray[np.uint8]
    log_probabilities: dict[str, NDArray[np.float32]]
    log_counts: dict[str, NDArray[np.float64]]
    contributions: dict[str, NDArray[np.float32]]


class _Counts(nn.Module):
    """ln counts of all heads of a model, `(batch, heads)`."""

    def __init__(self, model: ProfileModel) -> None:
        super().__init__()
        self.model, self.heads = model, len(model.heads)

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat(list(self.model(x)[self.heads :]), dim=1)  # (batch, heads)


def cards(rows: Sequence[Row], scorer: ProfileScorer) -> list[Card]:
    """The cards of scored variants; those that the models cannot score get none."""
    found = []
    for row in counted(rows, "profiles and contributions of the strongest variants", "variants"):
        variant = variant_of(row)
        if variant is None:
            continue
        window = window_starts(scorer.placer.place(variant).centre, scorer.length)
        if not why_not(variant, window, scorer.length, scorer.genome.length(variant.chrom)):
            item = genome_item(scorer.genome, variant, window, scorer.length)
            found.append(_card(int(row["number"]), variant.chrom, window, item, scorer))
    return found


def _card(number: int, chrom: str, window: int, item: Item, scorer: ProfileScorer) -> Card:
    codes = np.stack([item.codes, item.alternate])
    effects = [effects_of(model, [item], windowed=False, profiles=True) for model in scorer.models]
    profiles, counts = {}, {}
    for h, head in enumerate(scorer.heads):
        mean = torch.from_numpy(np.mean([one.profiles[h][0] for one in effects], axis=0))  # (2, tasks, length)
        profiles[head.name] = joint_log_softmax(mean).numpy()
        counts[head.name] = np.mean([(one.before[0, h], one.after[0, h]) for one in effects], axis=0)
    explained = np.mean([_contributions(model, codes, scorer.seed) for model in scorer.models], axis=0)
    of_head = {head.name: explained[h] for h, head in enumerate(scorer.heads)}
    return Card(number, chrom, window, codes, profiles, counts, of_head)


def _contributions(model: ProfileModel, codes: NDArray[np.uint8], seed: int) -> NDArray[np.float32]:
    """Contributions of the bases of sequences to each head's ln counts, `(heads, sequences, length)`."""
    X = one_hot(torch.from_numpy(codes))
    if can_rescale(model):
        targets = [Target("counts", tuple(row)) for row in np.eye(len(model.heads)).tolist()]
        hypothetical = rescale(model, codes, references_of(codes, _REFERENCES, seed), targets)
        return (np.stack(hypothetical) * X.numpy()).sum(axis=2)  # (heads, sequences, length)
    device = str(next(iter(model.parameters())).device)
    references = dinucleotide_shuffle(X, n=_REFERENCES, random_state=seed)
    found = []
    try:
        with without_convergence_warnings():
            for head in range(len(model.heads)):
                values = deep_lift(_Counts(model), X, references, head, (), device)
                found.append((values * X).sum(dim=1).numpy())  # (sequences, length)
    except HiddenFunctionError as error:
        log.warning("no contributions: %s", error)
        return np.full((len(model.heads), *codes.shape), np.nan, dtype=np.float32)
    return np.stack(found)


def write_cards(path: str | Path, found: Sequence[Card]) -> None:
    """Write cards as HDF5.

    Layout: `number`, `chrom`, `window` `(variants,)`, `codes` `(variants, 2, input_length)`, and for each head
    `<head>/{log_probabilities,log_counts,contributions}`; the second axis is reference, alternate.
    """
    with atomic_hdf5(path, track_order=True) as file:
        file.attrs["format"] = _FORMAT
        file["number"] = np.array([card.number for card in found], dtype=np.int64)
        file["chrom"] = np.array([card.chrom.encode() for card in found], dtype="S")
        file["window"] = np.array([card.window for card in found], dtype=np.int64)
        if not found:
            return
        file["codes"] = np.stack([card.codes for card in found])
        for head in found[0].log_counts:
            group = file.create_group(head)
            group["log_probabilities"] = np.stack([card.log_probabilities[head] for card in found]).astype(np.float32)
            group["log_counts"] = np.stack([card.log_counts[head] for card in found])
            group["contributions"] = np.stack([card.contributions[head] for card in found]).astype(np.float32)
