"""Train a SpliceAI network on a gene set, through the project's one loop."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

import cisgrammar
from cisgrammar.config.splice import SpliceTraining
from cisgrammar.splice.genes.gene_set import GeneSet
from cisgrammar.splice.models.blocks import IGNORED, Batch, Blocks
from cisgrammar.splice.models.model import SITES
from cisgrammar.splice.models.spliceai import SpliceAI
from cisgrammar.training.device import pick_device
from cisgrammar.training.history import History
from cisgrammar.training.loop import fit
from cisgrammar.training.team import ALONE, Team, team_on

log = logging.getLogger(__name__)


class SpliceObjective:
    """Cross-entropy of null, acceptor and donor over all labelled bases, as SpliceAI is trained.

    Its unit is nats per kb: per base it is so small that no gain would look like one.

    Parameters
    ----------
    model
        One-hot `(N, T, 4)` to logits `(N, T - context, 3)`.
    training, validation
        Blocks of genes.
    batch_size
        Blocks per step.
    seed
        Of the order of blocks.
    team
        The processes that share each batch, and the device of this one.
    """

    def __init__(
        self, model: nn.Module, training: Blocks, validation: Blocks, batch_size: int, seed: int, team: Team = ALONE
    ) -> None:
        self.model, self.network, self.training, self.validation = model, model, training, validation
        self.batch_size, self.seed, self.team = batch_size, seed, team

    def batches(self, epoch: int) -> Iterator[Batch]:
        """Batches of an epoch, of each this process's part, on the device; their order follows from seed and epoch."""
        rng = np.random.default_rng([self.seed, epoch])
        return (batch.to(self.team.device) for batch in self.training.batches(self.batch_size, rng, self.team))

    def steps(self) -> int:
        """Batches in an epoch."""
        return -(-len(self.training) // self.batch_size)

    def _losses(self, network: nn.Module, batch: Batch) -> tuple[Tensor, Tensor]:
        """Cross-entropy of each base in nats, 0 where there is no label, and the labels; `(size, block)` both."""
        bases = torch.arange(4, dtype=torch.uint8, device=batch.codes.device)
        logits = network((batch.codes.unsqueeze(2) == bases).float())  # (size, block, 3)
        labels = batch.labels.long()
        by_class = logits.float().transpose(1, 2)  # (size, 3, block)
        return functional.cross_entropy(by_class, labels, ignore_index=IGNORED, reduction="none"), labels

    def loss(self, batch: Batch) -> dict[str, Tensor]:
        """Mean over the labelled bases of a batch, nats per kb; this process's share of it."""
        losses, labels = self._losses(self.network, batch)
        return {"loss": 1000 * losses.sum() / self.team.total((labels != IGNORED).sum()).clamp(min=1)}

    def validate(self) -> dict[str, float]:
        """Over all validation bases, nats per kb; over acceptors and over donors alone, nats per site."""
        sums, counts = np.zeros(3), np.zeros(3)
        for batch in self.validation.batches(self.batch_size, team=self.team):
            losses, labels = self._losses(self.model, batch.to(self.team.device))
            for kind in range(3):
                chosen = labels == kind
                sums[kind] += float(losses[chosen].double().sum())
                counts[kind] += int(chosen.sum())
        sums, counts = np.array(self.team.totals([*sums, *counts])).reshape(2, 3)
        parts = {name: float(sums[i] / max(counts[i], 1)) for i, name in enumerate(SITES, 1)}
        return {"cross_entropy": float(1000 * sums.sum() / counts.sum()), **parts}

    def watched(self, validation: Mapping[str, float]) -> float:
        """Cross-entropy over all bases, nats per kb."""
        return validation["cross_entropy"]

    def end_epoch(self, training: Mapping[str, float], validation: Mapping[str, float], epoch: int) -> None:
        """Nothing adapts between epochs."""

    def state(self) -> dict[str, Any]:
        """Nothing."""
        return {}

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Nothing."""


def start_at_base_rates(model: SpliceAI, genes: GeneSet) -> None:
    """Set the last layer's bias to the log frequencies of the three classes: the first epoch need not find them."""
    counts = np.bincount(genes.labels, minlength=3).astype(np.float64) + 1
    with torch.no_grad():
        model.last.bias.copy_(torch.from_numpy(np.log(counts / counts.sum())))


def train_splice(
    genes: GeneSet, context: int, training: SpliceTraining, seed: int, checkpoint: Path | None = None
) -> tuple[SpliceAI, History]:
    """Train SpliceAI on the genes of split `train`, and keep the epoch that is best on those of `validation`.

    Parameters
    ----------
    genes
        Gene set with both splits; flanks that it has are used as context, else N.
    context
        80, 400, 2000 or 10000.
    training
        Settings of the loop, and the length of a block.
    seed
        Of starting weights and order.
    checkpoint
        File that a killed run goes on from, to the weights that it would have ended with.

    Returns
    -------
    model, history
        The model in eval mode on the CPU, and a row per epoch.

    Raises
    ------
    ValueError
        If a split is empty or has no sites, or there is no such variant; before any work.
    """
    model = SpliceAI(context, seed)
    sets = {split: genes.subset(split) for split in ("train", "validation")}
    for split, part in sets.items():
        if not part.labels.any():
            raise ValueError(f"{genes.path or 'gene set'}: no splice site in the {len(part)} genes of split {split!r}")
    start_at_base_rates(model, sets["train"])
    fitted, watched = (Blocks(part, training.block, context) for part in sets.values())
    log.info("%d training and %d validation blocks of %d bases", len(fitted), len(watched), training.block)
    facts = [cisgrammar.__version__, genes.fingerprint(), context, training.model_dump(mode="json"), seed]
    fingerprint = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]
    with team_on(pick_device(training.device)) as team:
        objective = SpliceObjective(model, fitted, watched, training.batch_size, seed, team)
        history = fit(objective, training, checkpoint, fingerprint)
    return model.cpu().eval(), history
