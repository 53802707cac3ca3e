"""The genes that travel with the package."""

import numpy as np

from cisgrammar.splice.compat.genes import FOLDER, validation_genes
from cisgrammar.splice.genes.introns import KNOWN


def test_the_genes_that_travel_with_the_package_are_small_licensed_and_spliced_as_genes_are():
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 1_000_000
    assert "MIT License" in (FOLDER / "LICENSE").read_text()
    genes = validation_genes()
    assert (len(genes), len(genes.codes), set(genes.splits)) == (99, 372_897, {"validation"})
    donors, acceptors = genes.sites(2), genes.sites(1)
    assert len(donors) == len(acceptors) == 306
    ends = {
        "".join("ACGTN"[code] for code in codes)
        for codes in np.stack([genes.codes[donors + 1], genes.codes[donors + 2]], axis=1)
    }
    assert ends <= {motif[:2] for motif in KNOWN}
    assert (genes.codes[acceptors - 2] == 0).all()
    assert (genes.codes[acceptors - 1] == 2).all()
