"""The mean of models, batch by batch."""

import numpy as np
import pytest

from cisgrammar.profile.predict import average_parts, predict_parts
from cisgrammar.profile.stream.average import check_alike, predict_cover
from cisgrammar.profile.stream.windows import cover, whole_sequences
from cisgrammar.sequence.fasta import Genome
from toy_profile import small_solo
from toy_profile_models import models

CODES = np.random.default_rng(0).integers(0, 4, 700, np.uint8)
GENOME = Genome.from_chromosomes({"a": CODES})


def joined(batches):
    batches = list(batches)
    return {
        part: (
            np.concatenate([p[part].log_probabilities["a"] for _, p in batches]),
            np.concatenate([p[part].log_counts["b"] for _, p in batches]),
        )
        for part in batches[0][1]
    }


@pytest.mark.parametrize("batch", [1, 5, 64])
def test_the_mean_of_models_is_that_of_the_package_call(batch):
    one, two = models()["combined"], models()["combined"]
    for weight in two.parameters():
        weight.data.mul_(1.3)
    windows = cover(GENOME, whole_sequences(GENOME), 20)
    inside = windows.take(np.flatnonzero((windows.start > 50) & (windows.start < 600)))
    found = joined(predict_cover([one, two], GENOME, inside, batch))
    expected = average_parts(predict_parts(model, CODES, inside.start) for model in (one, two))
    assert set(found) == {"model", "residual", "transformation", "bias"}
    for part in found:
        other = expected["combined" if part == "model" else part]
        np.testing.assert_allclose(found[part][0], other.log_probabilities["a"], atol=1e-6)
        np.testing.assert_allclose(found[part][1], other.log_counts["b"], atol=1e-6)


def test_models_of_several_reaches_are_cut_from_one_sequence():
    narrow, wide = small_solo(layers=1), small_solo(layers=3, seed=4)
    windows = cover(GENOME, whole_sequences(GENOME), 40).take(slice(3, 9))
    ((_, found),) = predict_cover([narrow, wide], GENOME, windows)
    expected = average_parts(predict_parts(model, CODES, windows.start) for model in (narrow, wide))
    np.testing.assert_allclose(
        found["model"].log_probabilities["signal"], expected["bias"].log_probabilities["signal"], atol=1e-6
    )


def test_batches_are_made_when_they_are_asked_for():
    windows = cover(GENOME, whole_sequences(GENOME), 40)
    batches = predict_cover([small_solo()], GENOME, windows, 3)
    first, _ = next(batches)
    assert first.start.tolist() == windows.start[:3].tolist()
    batches.close()


def test_models_that_cannot_be_averaged_are_named():
    solo = models()["solo"]
    with pytest.raises(ValueError, match="no model to predict with"):
        check_alike([], [])
    with pytest.raises(ValueError, match=r"y.h5: heads .with tasks. .*'signal', 1.* of 40 bp, but x.h5 has .*'a', 2"):
        check_alike([solo, small_solo()], ["x.h5", "y.h5"])
    check_alike([solo, models()["combined"]], ["x", "y"])
