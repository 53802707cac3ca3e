"""Agreement of folds."""

import pytest

from cisgrammar.ablation.tables.fold_agreement import fold_agreement
from cisgrammar.ablation.tables.site_table import site_table
from toy_site_tables import made_effects, made_sites


def tables():
    sites = made_sites()
    return sites, site_table(sites, made_effects(sites))


def test_folds_that_agree_and_folds_that_do_not():
    _, table = tables()
    other = table.assign(delta_log_counts=table["delta_log_counts"].where(table["name"] != "k", -1.0))
    found = fold_agreement({"one": table, "two": other}).set_index(["motif", "model"])
    same = found.loc[("m", "combined")]
    assert (same["folds"], same["same_sign"], same["shared_sites"]) == (2, 1.0, 20)
    assert same["shared_pearson"] == pytest.approx(1)
    assert same["between_folds"] == 0
    assert same["heterogeneity"] == 0
    assert found.loc[("k", "combined"), "same_sign"] <= 0.5
