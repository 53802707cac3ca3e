"""Log-odds of planted splice sites, read at the right gene, base and kind."""

import numpy as np
import pandas as pd

from cisgrammar.simulate.splice_recovery import COLUMNS, recovered_splice_sites
from cisgrammar.splice.models.model import ModelToAnalyze
from toy_calibration import CONTEXT, Motifs, plain, toy_genes


def test_each_site_has_the_log_odds_of_its_kind_at_its_base():
    genes, network = toy_genes(seed=1), Motifs()
    rng = np.random.default_rng(2)
    chosen = rng.integers(len(genes), size=60)
    place = rng.integers(genes.lengths[chosen])
    # Some are true sites, where a wrong kind would stand out.
    labelled = np.flatnonzero(genes.labels)[:20]
    chosen[:20] = np.searchsorted(genes.offsets, labelled, side="right") - 1
    place[:20] = labelled - genes.offsets[chosen[:20]]
    truth = pd.DataFrame({"gene": np.array(genes.names)[chosen], "gene_position": place})
    truth = truth.assign(kind=np.tile(["acceptor", "donor"], 30), role="site", strength=1.0, frame_dependent=0)
    elsewhere = truth.head(1).assign(gene="of another split")
    model = ModelToAnalyze(network, CONTEXT, CONTEXT).with_thresholds((0.4, 0.6))
    found = recovered_splice_sites(model, genes, pd.concat([elsewhere, truth]))
    assert list(found.columns) == COLUMNS
    assert found["gene"].tolist() == truth["gene"].tolist()
    scores = plain(network, genes)[0][genes.offsets[chosen] + place]  # (sites, 2)
    wanted = scores[np.arange(60), np.tile([0, 1], 30)]
    np.testing.assert_allclose(found["log_odds"], np.log(wanted / (1 - scores.sum(axis=1))), atol=1e-3)
    np.testing.assert_array_equal(found["called"], (wanted > np.tile([0.4, 0.6], 30)).astype(int))
    assert found["called"].sum() > 5
