"""Signs of affinity and accessibility: counted by motif, beside chance, with a p that is one."""

import numpy as np
import pytest
from scipy.stats import fisher_exact

from cisgrammar.tables.contracts.variants import SIGNS
from cisgrammar.variants.signs import agreement, sign_table


def row(motif, change, logfc, site="broken"):
    return {"s.logfc": logfc, "m.delta_log_affinity": change, "m.site": site, "m.motif": motif}


def test_variants_of_a_site_are_counted_by_motif(tmp_path):
    rows = [
        *[row("a", "-1", "-0.5")] * 6,
        *[row("a", "1", "0.2", "made")] * 4,
        *[row("b", "-1", "0.5", "kept")] * 3,
        row("b", "1", "nan"),
        row("b", "nan", "1"),
        row("b", "0", "1"),
        row("b", "2", "1", ""),
        row("b", "", ""),
    ]
    found = sign_table(rows)
    SIGNS.write_rows(tmp_path / "signs.tsv", found)
    table = SIGNS.read(tmp_path / "signs.tsv")
    assert table["motif"].tolist() == ["all", "a", "b"]
    assert table["variants"].tolist() == [13, 10, 3]
    assert table["agree"].tolist() == [10, 10, 0]
    assert table["expected"].tolist() == pytest.approx([(4 * 7 + 9 * 6) / 169, 0.52, 0.0], abs=1e-5)
    assert table["p"][1] == pytest.approx(1 / 210, abs=1e-6)
    assert table["p"][2] == 1
    assert (table["low"] <= table["share"]).all()
    assert (table["share"] <= table["high"]).all()


def test_without_binding_or_profile_scores_there_are_no_rows():
    assert sign_table([]) == []
    assert sign_table([{"s.logfc": "1"}]) == []


def test_p_is_fishers_and_not_too_small_under_independence():
    rng = np.random.default_rng(1)
    p = []
    for _ in range(2000):
        ups = rng.random((2, 60)) < np.array([[0.2], [0.35]])
        counts = np.zeros((2, 2), dtype=np.int64)
        np.add.at(counts, tuple(ups.astype(int)), 1)
        p.append(agreement(counts)[-1])
    assert p[-1] == pytest.approx(fisher_exact(counts, "greater")[1])
    # The test is discrete: it may reject less often than the level.
    assert 0.015 <= np.mean(np.array(p) <= 0.05) <= 0.06
