"""The table of all scores, and the quantiles of p-values."""

import numpy as np

from cisgrammar.sequence.annotation import Transcript
from cisgrammar.tables.contracts.variants import BINDING, PROFILE, QQ, READ, SCORES
from cisgrammar.variants import collect
from cisgrammar.variants.near import Genes
from toy_tables import filled


def tables(tmp_path, heads=("a", "b"), n=40):
    import pandas as pd

    rng = np.random.default_rng(1)
    numbers = pd.DataFrame({"number": range(n), "line": range(1, n + 1), "pos": [str(101 + i) for i in range(n)]})
    read = filled(READ, numbers.assign(reason="", chrom="chr1", ref="A", alt="C", duplicate_of=np.nan))
    read.loc[3, "reason"] = "symbolic allele"
    READ.write(tmp_path / "read.tsv", read)
    rows = pd.DataFrame([{"number": i, "head": head} for i in range(n) for head in heads])
    p = rng.random((len(rows), 4))
    names = [name for name in PROFILE.names if "_p_" in name]
    profile = filled(PROFILE, rows.assign(logfc=np.arange(len(rows)) / 10, **dict(zip(names, p.T, strict=True))))
    PROFILE.write(tmp_path / "profile.tsv", profile)
    binding = filled(BINDING, pd.DataFrame({"number": range(n), "delta_log_affinity": np.arange(n) / 4}))
    BINDING.write(tmp_path / "binding.tsv", binding)
    return collect.Sources({"demo": tmp_path / "profile.tsv"}, {"REB1": tmp_path / "binding.tsv"})


def test_every_score_is_beside_its_variant(tmp_path, genome):
    sources = tables(tmp_path)
    columns = collect.columns_of(sources)
    genes = Genes([Transcript("t", "g", "G", "chr1", "+", ((110, 120),))], genome)
    collect.write_scores(tmp_path / "s.tsv", columns, collect.joined(tmp_path / "read.tsv", sources, genes))
    table = SCORES.read(tmp_path / "s.tsv")
    assert len(table) == 40
    assert table["demo.a.logfc"].astype(float).tolist() == [2 * i / 10 for i in range(40)]
    assert table["demo.b.logfc"].astype(float).tolist() == [(2 * i + 1) / 10 for i in range(40)]
    assert table["REB1.delta_log_affinity"].astype(float).tolist() == [i / 4 for i in range(40)]
    assert table["genes"].fillna("").tolist()[:5] == ["G:10", "G:9", "G:8", "", "G:6"]


def test_one_head_needs_no_name(tmp_path):
    sources = tables(tmp_path, heads=("a",))
    assert "demo.logfc" in collect.columns_of(sources)
    assert not any(name.startswith("demo.a.") for name in collect.columns_of(sources))


def test_uniform_p_values_lie_on_the_line(tmp_path):
    sources = tables(tmp_path, heads=("a",), n=3000)
    table = collect.quantiles(sources)
    QQ.write(tmp_path / "q.tsv", table)
    assert set(table["source"]) == {"demo"}
    assert table.groupby(["score", "null"]).size().tolist() == [len(table) // 4] * 4
    low = table[table["expected"] < 2]
    np.testing.assert_allclose(low["observed"], low["expected"], atol=0.2)
    assert len(collect.quantiles(collect.Sources())) == 0
