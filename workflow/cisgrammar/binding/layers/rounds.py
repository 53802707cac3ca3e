"""Rounds of a selection: how the share of a read changes with its binding, log Z."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn


class Round(nn.Module):
    """One round of a library.

    Parameters
    ----------
    reference
        Index of the round that this one was selected from; None for the initial library.
    observed
        Whether the round was sequenced. An unsequenced round still passes its selection on.
    """

    name = "initial"

    def __init__(self, reference: int | None = None, observed: bool = True) -> None:
        super().__init__()
        if reference is not None and reference < 0:
            raise ValueError(f"reference must be the index of an earlier round, got {reference}")
        self.reference = reference
        self.observed = observed

    def log_enrichment(self, log_z: torch.Tensor) -> torch.Tensor:
        """Logarithm of the share kept, up to a constant, `(reads,)`, from log Z `(reads,)`."""
        return torch.zeros_like(log_z)


class InitialRound(Round):
    """The library before selection: nothing is enriched."""

    def __init__(self, observed: bool = True) -> None:
        super().__init__(None, observed)


class BoundRound(Round):
    """Bound reads, saturating: Z / (1 + Z)."""

    name = "bound"

    def log_enrichment(self, log_z: torch.Tensor) -> torch.Tensor:
        """Log Z / (1 + Z)."""
        return F.logsigmoid(log_z)


class BoundUnsaturatedRound(Round):
    """Bound reads far from saturation: Z."""

    name = "bound_unsaturated"

    def log_enrichment(self, log_z: torch.Tensor) -> torch.Tensor:
        """Log Z."""
        return log_z


class UnboundRound(Round):
    """Reads that stayed free: 1 / (1 + Z)."""

    name = "unbound"

    def log_enrichment(self, log_z: torch.Tensor) -> torch.Tensor:
        """-log(1 + Z)."""
        return F.logsigmoid(-log_z)


class RhoGammaRound(Round):
    """General power law: Z ** rho * (1 + Z) ** gamma; both exponents are trained when unfrozen."""

    name = "rho_gamma"

    def __init__(
        self, reference: int | None = None, observed: bool = True, rho: float = 1.0, gamma: float = -1.0
    ) -> None:
        super().__init__(reference, observed)
        self.rho = nn.Parameter(torch.tensor(float(rho)))
        self.gamma = nn.Parameter(torch.tensor(float(gamma)))

    def log_enrichment(self, log_z: torch.Tensor) -> torch.Tensor:
        """Rho log Z + gamma log(1 + Z)."""
        return self.rho * log_z - self.gamma * F.logsigmoid(-log_z)


class ExponentialRound(Round):
    """Rate-dependent selection with leak: s e^-Z + (1 - s)(1 - e^-Z), s the logistic function of delta."""

    name = "exponential"

    def __init__(self, reference: int | None = None, observed: bool = True, delta: float = -3.0) -> None:
        super().__init__(reference, observed)
        self.delta = nn.Parameter(torch.tensor(float(delta)))

    def log_enrichment(self, log_z: torch.Tensor) -> torch.Tensor:
        """Logarithm of the mixture of leak and selection."""
        z = log_z.exp()
        kept = torch.log(-torch.expm1(-z).clamp(max=-torch.finfo(z.dtype).tiny))
        return torch.logaddexp(F.logsigmoid(self.delta) - z, F.logsigmoid(-self.delta) + kept)


ROUNDS: dict[str, type[Round]] = {
    kind.name: kind
    for kind in (InitialRound, BoundRound, BoundUnsaturatedRound, UnboundRound, RhoGammaRound, ExponentialRound)
}


def chain(kind: str, observed: list[bool]) -> list[Round]:
    """Rounds of a SELEX series: the initial library, then `kind` after `kind`, each selected from the one before.

    Parameters
    ----------
    kind
        A key of `ROUNDS` other than `initial`.
    observed
        For each round from the initial one on, whether it was sequenced.
    """
    if kind not in ROUNDS or kind == "initial":
        raise ValueError(f"round must be one of {sorted(set(ROUNDS) - {'initial'})}, got {kind!r}")
    if sum(observed) < 2:
        raise ValueError(f"{sum(observed)} round has counts, wanted at least 2; enrichment compares rounds")
    later = [ROUNDS[kind](reference=i, observed=seen) for i, seen in enumerate(observed[1:])]
    return [InitialRound(observed[0]), *later]
