"""Tables row by row: what is read, in batches, and q-values of a second pass."""

import numpy as np
import pytest

from cisgrammar.statistics.p_values import benjamini_hochberg
from cisgrammar.tables.contract import Table, integer, number, text
from cisgrammar.tables.contracts.variants import READ
from cisgrammar.tables.io import rows_of
from cisgrammar.variants import table
from cisgrammar.variants.table import batches, count_reasons, shown, variant_of, write_variants, write_with_q
from toy_variants import at, other


def test_a_file_becomes_a_table_of_every_allele(genome, tmp_path):
    base, long = at(genome, "chr1", 100), at(genome, "chr1", 200, 3)
    lines = [
        f"1\t101\trs1\t{base}\t{other(base)},<DEL>\t.\t.\t.",
        "chr1\tx\t.\tA\tC\t.\t.\t.",
        f"chr1\t201\t.\t{long}\t{long[0]}\t.\t.\t.",
    ]
    path = tmp_path / "v.vcf"
    path.write_text("##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n" + "\n".join(lines) + "\n")
    checker = write_variants(tmp_path / "t.tsv", path, "auto", genome, 50)
    listed = READ.read(tmp_path / "t.tsv")
    assert listed["number"].tolist() == [0, 1, 2, 3]
    assert listed["line"].tolist() == [3, 3, 4, 5]
    assert listed["chrom"].tolist() == ["chr1", "1", "chr1", "chr1"]
    assert listed["kind"].fillna("").tolist() == ["SNV", "", "", "deletion"]
    rows = list(rows_of(tmp_path / "t.tsv"))
    first = variant_of(rows[0])
    assert (first.name, first.id, first.line) == (f"chr1:101:{base}>{other(base)}", "rs1", 3)
    assert variant_of(rows[1]) is None
    counts = count_reasons(tmp_path / "t.tsv")
    assert (counts.total, counts.scored, sum(counts.reasons.values())) == (4, 2, 2)
    assert checker.scored == 2


def test_batches_hold_all_rows_in_order():
    rows = [{"n": str(i)} for i in range(7)]
    assert [len(batch) for batch in batches(rows, 3)] == [3, 3, 1]
    assert [row for batch in batches(rows, 3) for row in batch] == rows


def test_q_values_are_those_of_each_family(tmp_path):
    contract = Table("t", "a row", (integer("n", ""), text("head", ""), number("p", "", True), number("q", "", True)))
    rng = np.random.default_rng(1)
    p = rng.random(60) ** 2
    p[7] = np.nan
    rows = [{"n": i, "head": "ab"[i % 2], "p": value} for i, value in enumerate(p)]
    write_with_q(tmp_path / "t.tsv", contract, iter(rows), {"q": "p"}, by="head")
    found = contract.read(tmp_path / "t.tsv")
    for start in (0, 1):
        np.testing.assert_allclose(found["q"][start::2], benjamini_hochberg(p[start::2]), rtol=1e-5)
    assert np.isnan(found["q"][7])
    assert [path.name for path in tmp_path.iterdir()] == ["t.tsv"]


def test_p_values_are_counted_and_not_held(tmp_path, monkeypatch):
    """Memory of the q-values is that of the different p-values: ranks among draws."""
    contract = Table("t", "a row", (integer("n", ""), number("p", "", True), number("q", "", True)))
    held = []
    counted = table._q_values
    monkeypatch.setattr(table, "_q_values", lambda counts: held.append(len(counts)) or counted(counts))
    rng = np.random.default_rng(2)
    p = (1 + rng.integers(0, 20, 2000)) / 20
    write_with_q(tmp_path / "t.tsv", contract, ({"n": i, "p": value} for i, value in enumerate(p)), {"q": "p"})
    assert held == [20]
    np.testing.assert_allclose(contract.read(tmp_path / "t.tsv")["q"], benjamini_hochberg(p), rtol=1e-5)


def test_a_failed_writer_leaves_nothing(tmp_path):
    contract = Table("t", "a row", (integer("n", ""),))

    def rows():
        yield {"n": 1}
        raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        write_with_q(tmp_path / "t.tsv", contract, rows(), {})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("value", "text_"), [(None, ""), (float("nan"), "nan"), (0.1234567, "0.123457"), ("a", "a"), (3, "3")]
)
def test_values_as_text(value, text_):
    assert shown(value) == text_
