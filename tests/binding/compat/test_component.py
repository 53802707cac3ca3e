"""What all components can do: cache, plan, save and reload."""

from __future__ import annotations

import pytest
import torch

from cisgrammar.binding.compat import PSAM, Component, Conv1d, Cooperativity, Mode, NonSpecific, Spacing
from cisgrammar.binding.fit import update
from cisgrammar.binding.layers.experiment import Experiment
from cisgrammar.binding.layers.rounds import chain
from toy_layers import randomise, reads


class Counted(Conv1d):
    calls = 0

    @Component.cache
    def scored(self, seqs: torch.Tensor) -> torch.Tensor:
        self.calls += 1
        return self(seqs)


def test_an_output_is_kept_until_its_input_or_a_parameter_changes() -> None:
    layer = Counted(PSAM(3), 8, 8, 8)
    layer.freeze()
    codes = reads(2, 8)
    first = layer.scored(codes)
    assert layer.scored(codes) is first
    assert layer.calls == 1
    layer.psam.betas += 1
    torch.testing.assert_close(layer.scored(codes), first + 3)
    codes[0, 0] = 3 - codes[0, 0]
    layer.scored(codes)
    layer.scored(codes.clone())
    assert layer.calls == 4


def test_an_output_with_a_gradient_is_computed_anew() -> None:
    layer = Counted(PSAM(3), 8, 8, 8)
    codes = reads(2, 8)
    for _ in range(2):
        layer.scored(codes).sum().backward()
    assert layer.calls == 2


def test_the_plan_of_a_library_runs_step_by_step() -> None:
    a, b = (Mode(Conv1d(PSAM(k), 9, 9, 9, train_posbias=True)) for k in (3, 4))
    dimer = Cooperativity(Spacing(a.key(), b.key()), a, b)
    model = Experiment([NonSpecific(9, 9), a, b, dimer], chain("bound", [True, True]))
    order: dict = {}
    for binding in (a, b, dimer):
        assert binding.optim_procedure((model,), order) is order
    assert list(order) == [a.key(), b.key(), dimer.key()]
    assert order[a.key()].ancestry == {(model, a), (model, dimer, a)}
    plan = order[dimer.key()]
    assert [step.name for step in plan.steps] == ["activate", "spacing", "all"]
    plan.step("activate").run()
    assert [name for name, p in model.named_parameters() if p.requires_grad] == ["log_depth"]
    assert model.log_activity[3, 0] != 0
    plan.step("spacing").run()
    assert {name for name, p in model.named_parameters() if p.requires_grad} == {
        "log_depth",
        "bindings.3.spacing.log_spacing",
    }
    plan.step("all").run()
    assert dimer.mode_a.psam.betas.requires_grad


def test_save_and_reload_follow_the_shapes_of_the_file(tmp_path) -> None:
    layer = Conv1d(PSAM(4), 10, 10, 10, train_posbias=True)
    randomise(layer)
    update.update_footprint(layer, layer.psam, 1, 1)
    layer.save(tmp_path / "m.pt", [(2, 2)])
    other = Conv1d(PSAM(4), 10, 10, 10, train_posbias=True)
    assert other.reload(tmp_path / "m.pt")["flank_lengths"] == [[2, 2]]
    torch.testing.assert_close(other(reads(3, 10)), layer(reads(3, 10)))
    torch.save([1], tmp_path / "odd.pt")
    with pytest.raises(ValueError, match="holds no state_dict"):
        other.reload(tmp_path / "odd.pt")
    layer.save(tmp_path / "again.pt", [(2, 2)])
    assert (tmp_path / "m.pt").read_bytes() == (tmp_path / "again.pt").read_bytes()
