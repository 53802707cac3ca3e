"""What the figures of the binding stage have in common."""

import pandas as pd

import binding_tables as made
from cisgrammar.figures.binding.style import fitted_reads, with_reads


def test_reads_are_those_that_were_fitted_of_all_libraries(tmp_path):
    paths = made.write(tmp_path, heldout=made.heldout(("a", "b")))
    assert fitted_reads(with_reads(pd.DataFrame({"x": [1]}), paths)) == "n = 72,000 reads of 2 libraries"
    assert fitted_reads(with_reads(pd.DataFrame({"x": [1]}), {})) == ""
