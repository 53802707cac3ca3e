"""Spacings: which entries there are, the mixture at fixed matrices, and profiles of its likelihood."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from cisgrammar.binding.evaluate import spacing_errors as spacing_profile
from cisgrammar.binding.evaluate.frozen import Frozen, groups
from cisgrammar.binding.evaluate.spacing_errors import DROP, Profile, log_omega_of, spacing_table
from cisgrammar.binding.likelihood.fitted import Fitted
from cisgrammar.binding.likelihood.likelihood import Data, negative_log_likelihood
from cisgrammar.binding.likelihood.spaced import entries, log_mean_omega, log_omega
from cisgrammar.binding.likelihood.standard_errors import covariance
from toy_binding import NO_PENALTY, WIDTH, dimer, drawn, factors_of, fitted


def plain(model, n=600, seed=0) -> Fitted:
    table = drawn(model, n, model.bindings[1].layer.input_shape, seed)
    return Fitted({"library": model}, factors_of(model), {"library": table}, penalty=NO_PENALTY)


@pytest.fixture(scope="module")
def found() -> Fitted:
    return fitted(dimer(), drawn(dimer(), 2500, WIDTH, 1))


def best_sites(entry, size_a, size_b) -> torch.Tensor:
    """A read that holds TGA and CCT (or AGG) at an entry's placement, seen along a's strand, else N."""
    start_a = max(0, -entry.offset)
    start_b = start_a + entry.offset
    read = torch.full((1, WIDTH), 5, dtype=torch.uint8)
    read[0, start_a : start_a + size_a] = torch.tensor([3, 2, 0], dtype=torch.uint8)
    read[0, start_b : start_b + size_b] = torch.tensor([1, 1, 3] if entry.strands == "same" else [0, 2, 2]).byte()
    return read


@pytest.mark.parametrize("turned", [False, True])
def test_an_entry_is_where_it_says_on_either_strand(turned: bool) -> None:
    model = dimer()
    term = model.bindings[3]
    for entry in entries(term):
        read = best_sites(entry, 3, 3)
        if turned:
            read = torch.where(read < 4, 3 - read, read).flip(1)
        scores = torch.full_like(term.spacing.log_spacing, -40.0)
        scores[entry.row, entry.index] = 0.0
        term.spacing.log_spacing.data = scores
        # Only the placement that is allowed sees both sites.
        assert float(term(read).detach()) == pytest.approx(0.0, abs=0.5)
        assert entry.gap == abs(entry.offset) - 3


def test_entries_are_all_that_is_allowed_and_no_more() -> None:
    table = [(e.strands, e.offset, e.gap) for e in entries(dimer().bindings[3])]
    wanted = [(s, o, abs(o) - 3) for s in ("same", "opposite") for o in (-4, -3, 3, 4)]
    assert table == wanted


def test_of_a_factor_with_itself_offsets_of_both_signs_are_one() -> None:
    placements = entries(dimer(same=True).bindings[2])
    keys = [[(placements[i].strands, placements[i].offset) for i in g] for g in groups(placements, True)]
    assert [("same", -4), ("same", 4)] in keys
    assert [("opposite", -4)] in keys
    assert len(groups(placements, False)) == len(placements)


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


def test_the_profile_is_quadratic_near_its_best_and_wald_there(found: Fitted) -> None:
    profile = Profile(Frozen(found, found.dimers()[0][1]))
    group = next(i for i, g in enumerate(profile.frozen.members) if profile.frozen.placements[g[0]].offset == 4)
    error, centre = profile.error(group), profile.ratio(profile.best, group)
    lost = [profile.deviance(group, centre + z * error) for z in (-1.0, 0.0, 1.0)]
    assert lost == pytest.approx([0.5, 0.0, 0.5], abs=0.1)


def test_bounds_are_where_the_likelihood_has_fallen_by_the_quantile(found: Fitted) -> None:
    profile = Profile(Frozen(found, found.dimers()[0][1]))
    for group in (2, 3, 4):
        interval = profile.interval(group)
        assert profile.deviance(group, interval.upper) == pytest.approx(DROP, abs=0.12)
        if interval.gain > DROP:
            assert profile.deviance(group, interval.lower) == pytest.approx(DROP, abs=0.12)
        else:
            assert interval.lower == -np.inf


def test_the_table_finds_the_spacings_that_are_there(found: Fitted) -> None:
    table = spacing_table(found, covariance(found))
    assert list(table.columns) == [
        "pair", "strands", "offset", "gap", "log_omega", "standard_error", "lower", "upper", "gain",
    ]  # fmt: skip
    assert set(table["pair"]) == {"a:b"}
    supported = table[table["lower"] > 0]
    assert set(zip(supported["strands"], supported["offset"], strict=True)) == {("same", 3), ("same", 4)}
    truth = log_omega(dimer().bindings[3], entries(dimer().bindings[3]))
    truth = truth - log_mean_omega(truth)
    for row in supported.to_dict("records"):
        wanted = truth[[e.offset for e in entries(dimer().bindings[3])].index(row["offset"])]
        assert row["lower"] - 0.05 < wanted < row["upper"] + 0.05
        assert abs(row["log_omega"] - wanted) < 3 * row["standard_error"]
        assert row["gain"] > 20
    assert (table.loc[~table.index.isin(supported.index), "gain"] < 6).all()
    assert np.exp(table["log_omega"]).mean() == pytest.approx(1.0)


def test_bounds_widen_with_what_is_not_fixed(found: Fitted) -> None:
    profile = Profile(Frozen(found, found.dimers()[0][1]))
    group = next(i for i, g in enumerate(profile.frozen.members) if profile.frozen.placements[g[0]].offset == 4)
    interval = profile.interval(group)
    fixed = interval.error / (1 + np.exp(interval.ratio))
    narrow, wide = (spacing_profile._bounds(profile, group, k * fixed) for k in (1.0, 3.0))
    assert wide[0] < narrow[0] < narrow[1] < wide[1]
    assert wide[2] == narrow[2]


def test_log_omega_of_a_share() -> None:
    # Three placements of which one has half of all: 1.5 times the mean.
    assert log_omega_of(0.0, 1.0, 3.0) == pytest.approx(np.log(1.5))
    assert log_omega_of(-np.inf, 1.0, 3.0) == -np.inf
    assert log_omega_of(50.0, 1.0, 3.0) == pytest.approx(np.log(3.0))


def test_a_single_placement_has_a_gain_and_no_preference() -> None:
    model = dimer(max_spacing=0, score_reverse=False, score_mode="positive")
    given = plain(model, 400)
    table = spacing_table(given, covariance(given, 300))
    assert len(table) == 1
    assert table[["log_omega", "lower", "upper"]].to_numpy() == pytest.approx(0.0)
    assert table["gain"].iloc[0] > DROP


def test_without_dimers_the_table_is_empty_and_has_its_columns() -> None:
    model = dimer()
    model.active[3] = False
    given = plain(model, 100)
    table = spacing_table(given, covariance(given))
    assert len(table) == 0
    assert list(table.columns)[-3:] == ["lower", "upper", "gain"]
