"""Frame check: write donor motifs that are typical of one phase into donors of every phase.

A codon straddles the junction or not, so donors of the three phases differ in the exon's last bases. A model that
depends on the phase in which an exon ends scores the motifs of that phase higher there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cisgrammar.sequence.alphabet import N_CODE, decode, encode
from cisgrammar.splice.frames.edited_windows import Edit, Reading
from cisgrammar.splice.frames.effects import Models, Quantity, as_models, require, score
from cisgrammar.splice.frames.statistics import FrameStatistics, mean_effects
from cisgrammar.splice.genes.exon_table import ExonTable
from cisgrammar.splice.genes.gene_set import DONOR, GeneSet

if TYPE_CHECKING:
    import pandas as pd

EXONIC, WIDTH = 3, 9
"""Bases of a donor motif in the exon, and in all: from 2 before the exon's last base to 6 after it."""
TOP = 5
Motifs = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]
_CANNOT_END = ("T", "TA", "TG")


@dataclass(frozen=True, eq=False)
class PhaseHandedness:
    """Scores of motifs of each phase in donors of each phase.

    Attributes
    ----------
    exons
        The exons whose donors were written over; `phase_end` is the donor's phase.
    motifs
        The 9-mers of each phase.
    log_odds
        `(models, exons, 3 phases of the motifs)` float64: mean over a phase's motifs of ln P(donor) / P(null).
    """

    exons: ExonTable
    motifs: Motifs
    log_odds: NDArray[np.float64]

    @property
    def clusters(self) -> NDArray[np.int64]:
        """Gene of each exon, `(exons,)`."""
        return self.exons.gene

    def matrix(self) -> NDArray[np.float64]:
        """Mean log-odds of a donor, `(models, phase of the motif, phase of the donor)`."""
        parts = [self.log_odds[:, self.exons.phase_end == phase].mean(axis=1) for phase in range(3)]
        return np.stack(parts, axis=-1)  # (models, 3, 3)

    def contrast(self) -> NDArray[np.float64]:
        """What each exon adds to the contrast, `(models, exons)` in nats; their mean is `handedness`.

        An exon's score of its own phase's motifs less the mean of those of the other two, each relative to the mean of
        that motif over phases; exons of the three phases weigh the same in sum. A motif that scores the same wherever
        it is written adds exactly 0.
        """
        phase = self.exons.phase_end
        relative = self.log_odds - self.log_odds[:, :1]  # (models, exons, 3): exactly 0 for such a motif
        means = np.mean([relative[:, phase == p].mean(axis=1) for p in range(3)], axis=0)  # (models, 3)
        relative = relative - means[:, None]
        own = relative[:, np.arange(len(phase)), phase]  # (models, exons)
        difference = own - (relative.sum(axis=-1) - own) / 2
        return difference * len(phase) / (3 * np.bincount(phase, minlength=3)[phase])

    def handedness(self) -> NDArray[np.float64]:
        """Mean of the matrix's diagonal less the mean of the rest, in nats, `(models,)`; 0 for a frame-blind model."""
        return self.contrast().mean(axis=1)

    def table(self, statistics: FrameStatistics | None = None) -> pd.DataFrame:
        """The matrix as rows, with intervals over genes; and the motifs of each row."""
        import pandas as pd

        rows = []
        for phase in range(3):
            chosen = self.exons.phase_end == phase
            means = mean_effects(self.log_odds[:, chosen], self.exons.gene[chosen], statistics)
            for motif in range(3):
                found = {
                    name: getattr(means, name)[motif] for name in ("value", "lower", "upper", "n_exons", "n_genes")
                }
                rows.append(
                    {"motif_phase": motif, "donor_phase": phase, **found, "motifs": ",".join(self.motifs[motif])}
                )
        return pd.DataFrame(rows).sort_values(["motif_phase", "donor_phase"], ignore_index=True)

    def quantities(self) -> list[Quantity]:
        """The handedness."""
        return [Quantity("own_minus_other_phases", "log_odds", self.contrast())]

    def zero_if_frame_blind(self) -> NDArray[np.float64]:
        """What is 0 if the motif alone matters: each exon's part of the contrast."""
        return self.contrast()

    def zero_if_open_frames_suffice(self) -> NDArray[np.float64]:
        """Nothing: motifs of another phase may bring a stop."""
        return np.zeros(0)


def donor_motifs(genes: GeneSet, exons: ExonTable, top: int = TOP) -> Motifs:
    """The donor 9-mers that are most typical of each phase.

    A 9-mer that occurs `c` times in a phase and `o` times in the other two scores `c * ln((c + 1) / (o + 1))`, as in
    the reference; of equal scores the first in the alphabet.

    Parameters
    ----------
    genes
        The genes.
    exons
        Exons to count in, such as those of training genes; internal coding ones are taken.
    top
        How many per phase.

    Raises
    ------
    ValueError
        If a phase has fewer different 9-mers than `top`.
    """
    exons = require(exons.internal_coding(), "internal coding ones to count donor motifs in")
    found = [
        genes.window(int(g), int(e) - EXONIC, int(e) - EXONIC + WIDTH)
        for g, e in zip(exons.gene, exons.end, strict=True)
    ]
    known = [not (codes == N_CODE).any() for codes in found]
    texts = np.array([decode(codes) for codes in found])
    names, index = np.unique(texts[known], return_inverse=True)
    counts = np.stack([np.bincount(index[exons.phase_end[known] == p], minlength=len(names)) for p in range(3)])
    scores = counts * np.log((counts + 1) / (counts.sum(axis=0) - counts + 1))  # (3, 9-mers)
    few = (counts > 0).sum(axis=1)
    if few.min() < top:
        raise ValueError(
            f"{int(few.min())} different donor 9-mers in exons that end in phase {int(few.argmin())}, wanted {top}; "
            "give more training genes, or ask for fewer motifs"
        )
    order = np.argsort(np.where(counts > 0, -scores, np.inf), axis=1, kind="stable")
    first, second, third = (tuple(names[row[:top]].tolist()) for row in order)
    return first, second, third


def motif_exons(genes: GeneSet, exons: ExonTable) -> ExonTable:
    """The internal coding exons whose donor any motif can take the place of: those that make no stop across its start.

    ValueError if there is none of some phase.
    """
    exons = require(exons.internal_coding(EXONIC + 2), "internal coding ones")
    exons = exons.select(np.array([_takes_any_motif(genes, exons, i) for i in range(len(exons))], dtype=bool))
    numbers = np.bincount(exons.phase_end, minlength=3)
    if numbers.min() == 0:
        raise ValueError(
            f"{numbers.tolist()} exons that end in phase 0, 1 and 2 and can take any motif; at least one of each is "
            "needed; give more genes"
        )
    return exons


def phase_handedness(m: Models, genes: GeneSet, exons: ExonTable, motifs: Motifs) -> PhaseHandedness:
    """Write each motif into the donors of exons and score them.

    The windows are as wide as the model's context (in the reference only as wide as what it clips). The score is the
    log-odds against null, where the reference has ln P(donor): see `SiteScores`.

    Parameters
    ----------
    m
        A model, or several. Thresholds play no part.
    genes
        The genes.
    exons
        Exons of `genes`; those of `motif_exons` are taken. As in the reference, those that end in T, TA or TG before
        the motif are left out, so that no codon across its start becomes a stop.
    motifs
        9-mers of each phase, such as `donor_motifs` finds.

    Raises
    ------
    ValueError
        If a motif has another length, or there is no exon of some phase.
    """
    models = as_models(m)
    _check_motifs(motifs)
    exons = motif_exons(genes, exons)
    codes = [encode(motif) for of_phase in motifs for motif in of_phase]

    def readings() -> Iterator[Reading]:
        for gene, end in zip(exons.gene.tolist(), exons.end.tolist(), strict=True):
            yield Reading(gene, end - 1, DONOR, [Edit(((end - EXONIC, motif),)) for motif in codes])

    logs = score(models, genes, readings).log_odds[..., 1:].astype(np.float64)
    edges = np.cumsum([0, *map(len, motifs)])
    parts = [logs[..., a:b].mean(axis=-1) for a, b in pairwise(edges)]
    return PhaseHandedness(exons, motifs, np.stack(parts, axis=-1))


def _check_motifs(motifs: Sequence[Sequence[str]]) -> None:
    if len(motifs) != 3 or not all(len(of_phase) for of_phase in motifs):
        raise ValueError(f"motifs of phases 0, 1 and 2 are needed, got {[len(of_phase) for of_phase in motifs]}")
    wrong = [motif for of_phase in motifs for motif in of_phase if len(motif) != WIDTH]
    if wrong:
        raise ValueError(f"donor motif {wrong[0]!r} has {len(wrong[0])} bases; wanted {WIDTH}, {EXONIC} of them exonic")


def _takes_any_motif(genes: GeneSet, exons: ExonTable, exon: int) -> bool:
    end = int(exons.end[exon]) - EXONIC
    before = decode(genes.window(int(exons.gene[exon]), end - 2, end))
    return not before.endswith(_CANNOT_END)
