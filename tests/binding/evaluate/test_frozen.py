"""A dimer with its matrices held fast is the model itself."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from cisgrammar.binding.evaluate.frozen import Frozen, groups
from cisgrammar.binding.evaluate.spacing_errors import Profile
from cisgrammar.binding.likelihood.fitted import Fitted
from cisgrammar.binding.likelihood.likelihood import Data, negative_log_likelihood
from cisgrammar.binding.likelihood.spaced import entries
from toy_binding import NO_PENALTY, dimer, drawn, factors_of
from toy_spacing import plain


@pytest.mark.parametrize("same", [False, True])
def test_the_mixture_is_the_model(same: bool) -> None:
    model = dimer(same=same)
    model.bindings[-1].log_hill.data += 0.2
    given = plain(model)
    frozen = Frozen(given, given.dimers()[0][1])
    data = Data(given.train["library"], [0, 1])
    value, slope = frozen.loss(frozen.vector)
    assert value == pytest.approx(negative_log_likelihood(model, data) * data.total, rel=1e-7)
    # Another point, against the model itself.
    vector = frozen.vector
    vector[1] *= 3.0
    with torch.no_grad():
        hill = float(model.bindings[-1].log_hill.exp())
        for i in frozen.members[1]:
            entry = frozen.placements[i]
            model.bindings[-1].spacing.log_spacing[entry.row, entry.index] += np.log(3.0) / hill
    assert frozen.loss(vector)[0] == pytest.approx(negative_log_likelihood(model, data) * data.total, rel=1e-7)
    for i in range(len(vector)):
        above, below = frozen.vector, frozen.vector
        above[i] += 1e-6
        below[i] -= 1e-6
        assert slope[i] == pytest.approx((frozen.loss(above)[0] - frozen.loss(below)[0]) / 2e-6, rel=1e-3, abs=1e-2)


def test_several_rounds_and_libraries_of_different_lengths_share_a_spacing() -> None:
    long, short = dimer(rounds=3, kind="bound", max_spacing=3), dimer(8, max_spacing=3)
    short.bindings[3].spacing = long.bindings[3].spacing
    for number in (1, 2):
        short.bindings[number].layer.psam = long.bindings[number].psam
    short.bindings[3].spacing._psams = long.bindings[3].spacing.psams
    long.log_activity.data += torch.tensor([[0.0, 0.5]]).double()
    models = {"long": long, "short": short}
    tables = {name: drawn(m, 300, m.bindings[1].layer.input_shape, 0) for name, m in models.items()}
    given = Fitted(models, factors_of(long), tables, penalty=NO_PENALTY)
    frozen = Frozen(given, given.dimers()[0][1])
    data = {name: Data(tables[name], m.observed) for name, m in models.items()}
    wanted = sum(negative_log_likelihood(m, data[name]) * data[name].total for name, m in models.items())
    value, slope = frozen.loss(frozen.vector)
    assert value == pytest.approx(wanted, rel=1e-7)
    for i in range(len(slope)):
        above = frozen.vector
        above[i] += 1e-5
        assert slope[i] == pytest.approx((frozen.loss(above)[0] - value) / 1e-5, rel=1e-2, abs=2e-2)
    # Offsets 6 do not fit into 8 bases twice over, but do into 10.
    assert {abs(e.offset) for e in frozen.placements} == {3, 4, 5, 6}
    assert np.isfinite(Profile(frozen).interval(0).upper)


def test_a_subset_stands_for_all_reads() -> None:
    given = plain(dimer())
    part = Frozen(given, given.dimers()[0][1], rows=400)
    whole = Frozen(given, given.dimers()[0][1])
    assert part.loss(part.vector)[0] == pytest.approx(whole.loss(whole.vector)[0], rel=0.15)


def test_of_a_factor_with_itself_offsets_of_both_signs_are_one() -> None:
    placements = entries(dimer(same=True).bindings[2])
    keys = [[(placements[i].strands, placements[i].offset) for i in g] for g in groups(placements, True)]
    assert [("same", -4), ("same", 4)] in keys
    assert [("opposite", -4)] in keys
    assert len(groups(placements, False)) == len(placements)
