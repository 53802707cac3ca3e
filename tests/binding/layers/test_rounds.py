"""Rounds of a selection: each against its formula, written without logarithms."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from cisgrammar.binding.layers.rounds import (
    ROUNDS,
    BoundRound,
    BoundUnsaturatedRound,
    ExponentialRound,
    InitialRound,
    RhoGammaRound,
    Round,
    UnboundRound,
    chain,
)

# Binding from a hundredth to a hundred times the concentration of half occupancy.
Z = torch.tensor([0.01, 0.5, 1.0, 3.0, 100.0], dtype=torch.float64)


@pytest.mark.parametrize(
    ("one", "share"),
    [
        (InitialRound(), lambda z: torch.ones_like(z)),
        (BoundRound(0), lambda z: z / (1 + z)),
        (BoundUnsaturatedRound(0), lambda z: z),
        (UnboundRound(0), lambda z: 1 / (1 + z)),
        (RhoGammaRound(0, rho=1.5, gamma=-0.25), lambda z: z**1.5 * (1 + z) ** -0.25),
        (RhoGammaRound(0, rho=-0.5, gamma=0.75), lambda z: z**-0.5 * (1 + z) ** 0.75),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_round_keeps_the_share_of_its_formula(one: Round, share: Callable[[torch.Tensor], torch.Tensor]) -> None:
    torch.testing.assert_close(one.double().log_enrichment(Z.log()).exp(), share(Z))


def test_an_exponential_round_mixes_leak_and_selection() -> None:
    one = ExponentialRound(0, delta=-2.0).double()
    leak = 1 / (1 + torch.tensor(2.0, dtype=torch.float64).exp())
    wanted = leak * torch.exp(-Z) + (1 - leak) * (1 - torch.exp(-Z))
    torch.testing.assert_close(one.log_enrichment(Z.log()).exp(), wanted)


def test_bound_and_unbound_reads_are_all_reads() -> None:
    kept = sum(one.log_enrichment(Z.log()).exp() for one in (BoundRound(0), UnboundRound(0)))
    torch.testing.assert_close(kept, torch.ones_like(Z))


@pytest.mark.parametrize("name", sorted(set(ROUNDS) - {"initial", "unbound"}))
def test_stronger_binding_is_enriched_in_all_but_the_unbound(name: str) -> None:
    scores = ROUNDS[name](0).double().log_enrichment(Z.log())
    if name == "exponential":
        assert (scores.diff() >= 0).all()
    else:
        assert (scores.diff() > 0).all()
    assert (UnboundRound(0).log_enrichment(Z.log()).diff() < 0).all()


def test_a_chain_selects_each_round_from_the_one_before() -> None:
    rounds = chain("unbound", [True, False, True])
    assert [type(one) for one in rounds] == [InitialRound, UnboundRound, UnboundRound]
    assert [(one.reference, one.observed) for one in rounds] == [(None, True), (0, False), (1, True)]
    with pytest.raises(ValueError, match="round must be one of"):
        chain("initial", [True, True])
    with pytest.raises(ValueError, match="wanted at least 2"):
        chain("bound", [True, False])
