"""One library: what binds to it, and how its rounds follow from that."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch
from torch import nn

from cisgrammar.binding.layers.conv1d import Conv1d
from cisgrammar.binding.layers.cooperativity import Cooperativity
from cisgrammar.binding.layers.mode import Mode, NonSpecific
from cisgrammar.binding.layers.module_list import ModuleListOf
from cisgrammar.binding.layers.rounds import Round
from cisgrammar.binding.layers.window_cache import WindowCache
from cisgrammar.binding.reads.count_table import CountTable

Binding = Mode | NonSpecific | Cooperativity


class Experiment(nn.Module):
    """Bindings and rounds of one library.

    log Z of a round is the log-sum over bindings of log activity + log score; a round's share of a read is its depth
    times the enrichments along the rounds that it came from.

    Parameters
    ----------
    bindings
        Terms of Z. Matrices and spacings in them may be shared with other experiments.
    rounds
        The rounds, in the order of the table's columns.
    activity
        Activities of their own for each `round`, or `shared` by all. A round that was not sequenced takes those of
        the next one that was.

    Attributes
    ----------
    log_activity
        `(bindings, selected rounds or 1)`; rounds other than the initial one, in order.
    log_depth
        `(rounds,)`, relative sequencing depth; only differences between sequenced rounds matter.
    active
        For each binding, whether it takes part; a fit switches them on one after the other.
    """

    def __init__(
        self,
        bindings: Sequence[Binding],
        rounds: Sequence[Round],
        activity: Literal["round", "shared"] = "round",
    ) -> None:
        super().__init__()
        if activity not in ("round", "shared"):
            raise ValueError(f"activity must be round or shared, got {activity!r}")
        for index, one in enumerate(rounds):
            if one.reference is not None and one.reference >= index:
                raise ValueError(f"round {index} refers to round {one.reference}; wanted an earlier one")
        if not any(r.reference is not None for r in rounds) or sum(r.observed for r in rounds) < 2:
            raise ValueError("an experiment needs a selected round and at least two sequenced rounds")
        self.bindings = ModuleListOf[Binding](bindings)
        self.rounds = ModuleListOf[Round](rounds)
        self.activity = activity
        self.active = [True] * len(bindings)
        columns = 1 if activity == "shared" else sum(r.reference is not None for r in rounds)
        self.log_activity = nn.Parameter(torch.zeros(len(bindings), columns))
        self.log_depth = nn.Parameter(torch.zeros(len(rounds)))

    @property
    def observed(self) -> list[int]:
        """Indices of the sequenced rounds."""
        return [i for i, r in enumerate(self.rounds) if r.observed]

    def activity_columns(self) -> list[int | None]:
        """Column of `log_activity` that each round uses; None for an initial round."""
        selected = [i for i, r in enumerate(self.rounds) if r.reference is not None]
        columns: list[int | None] = [None] * len(self.rounds)
        following = None
        for i in reversed(selected):
            if self.rounds[i].observed or following is None:
                following = i
            columns[i] = 0 if self.activity == "shared" else selected.index(following)
        return columns

    def scores(self, seqs: torch.Tensor) -> torch.Tensor:
        """Log score of each active binding, `(active bindings, reads)`."""
        cache = WindowCache()
        return torch.stack([b(seqs, cache) for b, on in zip(self.bindings, self.active, strict=True) if on])

    def log_aggregate(self, seqs: torch.Tensor) -> torch.Tensor:
        """Log Z by column of `log_activity`, `(reads, columns)`."""
        scores = self.scores(seqs)
        activity = self.log_activity[self.active].to(scores.dtype)  # (active bindings, columns)
        total = scores[0] + activity[0][:, None]  # (columns, reads)
        for score, row in zip(scores[1:], activity[1:], strict=True):
            total = torch.logaddexp(total, score + row[:, None])
        return total.T  # (reads, columns)

    def log_enrichments(self, log_z: torch.Tensor) -> list[torch.Tensor]:
        """For each round, the sum of log enrichments from the initial library to it, `(reads,)` each."""
        sums: list[torch.Tensor] = []
        for one, column in zip(self.rounds, self.activity_columns(), strict=True):
            if one.reference is None or column is None:
                sums.append(torch.zeros_like(log_z[:, 0]))
            else:
                sums.append(sums[one.reference] + one.log_enrichment(log_z[:, column]))
        return sums

    def forward(self, seqs: torch.Tensor) -> torch.Tensor:
        """Log of each sequenced round's expected share of a read's counts, `(reads, sequenced rounds)`."""
        sums = self.log_enrichments(self.log_aggregate(seqs))
        # Rounds first: a softmax over a short last dimension is several times slower.
        shares = torch.stack([sums[i] for i in self.observed])  # (sequenced rounds, reads)
        depth = self.log_depth[self.observed].to(shares.dtype)
        return torch.log_softmax(shares + depth[:, None], dim=0).T  # (reads, sequenced rounds)

    def freeze(self) -> None:
        """Turn gradients off for all parameters."""
        self.requires_grad_(False)

    def unfreeze(self, parameter: Literal["all", "depth", "activity", "rounds"] = "all") -> None:
        """Turn gradients on for depths, activities, rounds' own parameters, or all of these and active bindings."""
        if parameter not in ("all", "depth", "activity", "rounds"):
            raise ValueError(f"unfreeze takes all, depth, activity or rounds, got {parameter!r}")
        if parameter in ("all", "depth"):
            self.log_depth.requires_grad_(True)
        if parameter in ("all", "activity"):
            self.log_activity.requires_grad_(True)
        if parameter in ("all", "rounds"):
            self.rounds.requires_grad_(True)
        if parameter == "all":
            for binding, on in zip(self.bindings, self.active, strict=True):
                if on:
                    binding.unfreeze()

    @torch.no_grad()
    def activate(self, index: int, share: float = 0.05) -> None:
        """Switch a binding on with the activity that gives it `share` of Z for a read of even letter weights."""
        self.active[index] = False
        score = self.bindings[index].expected_log_score()
        others = [
            b.expected_log_score() + self.log_activity[i]
            for i, (b, on) in enumerate(zip(self.bindings, self.active, strict=True))
            if on
        ]
        self.active[index] = True
        if others:
            total = torch.logsumexp(torch.stack(others), 0)  # (columns,)
            self.log_activity[index] = torch.log(torch.tensor(share)) + total - score

    def set_compute_dtype(self, dtype: torch.dtype | None) -> None:
        """Score windows in `dtype` (None: that of the parameters); gradients add up in the parameters' type."""
        for part in self.modules():
            if isinstance(part, Conv1d):
                part.compute_dtype = dtype

    def set_depths(self, table: CountTable) -> None:
        """Start the depths from the rounds' total counts."""
        totals = torch.as_tensor(table.counts.sum(0), device=self.log_depth.device).clamp(min=1.0)
        first = self.observed[0]
        depth = (totals / totals[first]).log().to(self.log_depth)
        self.log_depth.data = torch.where(totals > 1.0, depth, torch.zeros_like(depth))


# The experiments of a model, one for each library.
Model = ModuleListOf[Experiment]
