"""The table of splice scores: its columns, and rows that lack all that is not scored."""

import pandas as pd
import pytest

from cisgrammar.tables.contracts.variants_splice import TABLES, VARIANT_SPLICE

ROW = {"line": 1, "chrom": "chr1", "start": 9, "id": ".", "ref": "A", "alt": "C"}


def test_a_variant_without_scores_is_a_row(tmp_path):
    frame = pd.DataFrame([{**ROW, "reason": "no gene"}], columns=list(VARIANT_SPLICE.names))
    VARIANT_SPLICE.write(tmp_path / "a.tsv", frame)
    (read,) = VARIANT_SPLICE.read(tmp_path / "a.tsv").to_dict("records")
    assert (read["start"], read["reason"]) == (9, "no gene")
    assert pd.isna(read["ds_ag"])
    with pytest.raises(ValueError, match="column start"):
        VARIANT_SPLICE.write(tmp_path / "b.tsv", frame.assign(start=None))


def test_four_changes_each_have_a_place_and_a_masked_one():
    assert TABLES == (VARIANT_SPLICE,)
    for key in ("ag", "al", "dg", "dl"):
        assert {f"{masked}{what}_{key}" for masked in ("", "masked_") for what in ("ds", "dp")} <= set(
            VARIANT_SPLICE.names
        )
