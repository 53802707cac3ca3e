"""The settings of a fit: what the config says where nothing is given, and no two fits share them."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from cisgrammar.binding.fit.fit_libraries import FitPlan
from cisgrammar.binding.fit.settings import FitSettings


def test_defaults_are_those_of_the_config() -> None:
    row = {"model": "m", "counts": "c.tsv"}
    plan = FitPlan.from_config({"libraries": "selex.tsv"}, {}, [row], split_seed=1, seed=5)
    assert plan.settings() == FitSettings(seed=5)


def test_settings_of_one_fit_cannot_change_another_s() -> None:
    one, other = FitSettings(), FitSettings()
    assert one == other
    for part, name in ((one, "seed"), (one.search, "kmer"), (one.penalty, "l2"), (one.effort, "iterations")):
        with pytest.raises(FrozenInstanceError):
            setattr(part, name, 5)
