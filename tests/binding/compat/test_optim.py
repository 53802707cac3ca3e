"""Plans of a fit: steps in their order, each call once."""

from __future__ import annotations

import pytest

from cisgrammar.binding.compat import PSAM, BindingOptim, Call


def test_steps_stand_in_the_order_of_a_fit() -> None:
    optim = BindingOptim()
    for name in ("all", "posbias", "monomer", "posbias"):
        optim.step(name)
    assert [step.name for step in optim.steps] == ["monomer", "posbias", "all"]
    with pytest.raises(ValueError, match="a step is one of activate, monomer"):
        optim.step("rest")


def test_a_shared_matrix_is_unfrozen_once_and_a_step_runs_its_calls() -> None:
    psam = PSAM(3)
    psam.freeze()
    step = BindingOptim().step("monomer")
    for _ in range(2):
        step.add(Call(psam, "unfreeze", {"parameter": "monomer"}))
    assert len(step.calls) == 1
    step.run()
    assert psam.betas.requires_grad
    assert not psam.pair_betas.requires_grad
