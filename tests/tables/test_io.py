"""Tables of a run, read back as they were written."""

import numpy as np
import pandas as pd
import pytest

from cisgrammar.files.atomic import write_table
from cisgrammar.profile.evaluate.fold_average import average_summaries
from cisgrammar.tables.io import read_table


def test_names_that_look_like_numbers_stay_names(tmp_path):
    names = ("chrom", "name", "head", "model", "kind", "fold", "role", "part", "motif")
    written = pd.DataFrame({**{name: ["1", "007", "NA"] for name in names}, "jsd": [0.5, np.nan, 1.0]})
    write_table(tmp_path / "a.tsv", written)
    table = read_table(tmp_path / "a.tsv", ["chrom", "jsd"])
    for name in names:
        assert table[name].tolist() == ["1", "007", "NA"]
    np.testing.assert_array_equal(table.jsd, written.jsd)


def test_heads_called_by_numbers_are_averaged_apart(tmp_path):
    for fold, values in (("a", [0.2, 0.6]), ("b", [0.4, 0.8])):
        write_table(tmp_path / f"{fold}.tsv", pd.DataFrame({"head": ["1", "2"], "median_jsd": values}))
    average = average_summaries({fold: read_table(tmp_path / f"{fold}.tsv") for fold in "ab"})
    assert average["head"].tolist() == ["1", "2"]
    np.testing.assert_allclose(average.median_jsd, [0.3, 0.7])
    assert "head_sd" not in average


def test_a_missing_column_is_named(tmp_path):
    write_table(tmp_path / "a.tsv", pd.DataFrame({"chrom": ["1"]}))
    with pytest.raises(ValueError, match=r"a\.tsv: no column head, jsd; delete it"):
        read_table(tmp_path / "a.tsv", ["chrom", "head", "jsd"])
