"""Numbers that are trained, one by one."""

from __future__ import annotations

import torch

from cisgrammar.binding.likelihood.coordinate import coordinates
from toy_binding import dimer, monomer


def test_what_cannot_change_a_share_is_no_coordinate() -> None:
    model = dimer()
    spacing = model.bindings[3].spacing
    chosen = [n for n in coordinates([model]) if n.parameter is spacing.log_spacing]
    # Offsets 3, 4 on either side and strand.
    assert len(chosen) == 8
    assert sum(n.parameter is model.log_depth for n in coordinates([model])) == 1
    model.active[1] = False
    assert {n.index for n in coordinates([model]) if n.parameter is model.log_activity} == {0, 2, 3}


def test_a_moved_number_is_put_back() -> None:
    model = monomer()
    before = model.bindings[1].psam.betas.detach().clone()
    number = next(n for n in coordinates([model]) if n.parameter is model.bindings[1].psam.betas)
    with number.moved(0.5):
        assert float((model.bindings[1].psam.betas.detach() - before).abs().sum()) == 0.5
    assert torch.equal(model.bindings[1].psam.betas, before)
