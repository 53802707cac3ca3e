"""Tables that somebody else made."""

import numpy as np
import pandas as pd
import pytest

from cisgrammar.files.atomic import write_table
from cisgrammar.tables.io import read_table

NAMES = ["1", "007", "NA", "nan"]


def test_names_that_look_like_numbers_stay_names(tmp_path):
    written = pd.DataFrame({"gene_id": NAMES, "motif": ["1", np.nan, "NA", "2"], "jsd": [0.5, np.nan, 1.0, 2.0]})
    write_table(tmp_path / "a.tsv", written)
    table = read_table(tmp_path / "a.tsv", ["gene_id", "jsd"], text=("gene_id", "absent"), text_or_none=("motif",))
    assert table["gene_id"].tolist() == NAMES
    assert table["motif"].dropna().tolist() == ["1", "NA", "2"]
    np.testing.assert_array_equal(table.jsd, written.jsd)
    empty = read_table(tmp_path / "a.tsv", text=("gene_id",)).head(0)
    assert empty["gene_id"].dtype == table["gene_id"].dtype


def test_a_missing_column_is_named(tmp_path):
    write_table(tmp_path / "a.tsv", pd.DataFrame({"chrom": ["1"]}))
    with pytest.raises(ValueError, match=r"a\.tsv: no column head, jsd; delete it"):
        read_table(tmp_path / "a.tsv", ["chrom", "head", "jsd"])
