"""Position weights: the motif is in them, and nothing of null."""

import numpy as np

from cisgrammar.splice.calibration.calibrate import calibrate
from cisgrammar.splice.models.position_weights import fit_position_weights
from cisgrammar.statistics.bootstrap import Bootstrap
from toy_calibration import toy_genes


def test_position_weights_know_the_motifs_and_not_the_future():
    train, test = toy_genes(60, seed=1), toy_genes(60, seed=2)
    found = calibrate(fit_position_weights(train), test, bootstrap=Bootstrap(0)).fitted
    for channel in found.channels:
        assert channel.top_k[1.0].value > 20 * channel.base_rate
        assert np.isnan(channel.recall.lower)
    kernel = fit_position_weights(train).model.kernel
    assert int(kernel[2, :, 21].argmax()) == 2, "G after the last base of an exon"
    assert int(kernel[1, :, 19].argmax()) == 2, "G before the first one"
    assert not kernel[0].any()
