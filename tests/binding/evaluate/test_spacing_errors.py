"""Spacings: which entries there are, the mixture at fixed matrices, and profiles of its likelihood."""

from __future__ import annotations

import numpy as np
import pytest

from cisgrammar.binding.evaluate import spacing_errors as spacing_profile
from cisgrammar.binding.evaluate.frozen import Frozen
from cisgrammar.binding.evaluate.spacing_errors import DROP, Profile, log_omega_of, spacing_table
from cisgrammar.binding.likelihood.fitted import Fitted
from cisgrammar.binding.likelihood.spaced import entries, log_mean_omega, log_omega
from cisgrammar.binding.likelihood.standard_errors import covariance
from toy_binding import WIDTH, dimer, drawn, fitted
from toy_spacing import plain


@pytest.fixture(scope="module")
def found() -> Fitted:
    return fitted(dimer(), drawn(dimer(), 2500, WIDTH, 1))


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
