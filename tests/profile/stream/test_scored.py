"""Predictions of scored windows: the file is that of the models, the tracks are those of the file."""

import numpy as np
import pyBigWig
import pytest

from cisgrammar.profile.predict import average_parts, predict_parts
from cisgrammar.profile.prediction_file import read_predictions
from cisgrammar.profile.stream.scored import predict_scored
from cisgrammar.sequence.fasta import Genome
from cisgrammar.signal.table import Regions
from toy_profile import small_solo


@pytest.mark.parametrize("folds", [1, 2])
def test_windows_in_any_order_become_a_file_and_tracks(tmp_path, folds):
    rng = np.random.default_rng(0)
    genome = Genome.from_chromosomes({name: rng.integers(0, 4, 900).astype(np.uint8) for name in ("b", "a")})
    chrom, start = np.array(["a", "b", "b", "a"]), np.array([300, 500, 100, 320])
    text = np.array(["x"] * 4)
    regions = Regions(chrom, start, start + 40, text, text, text, start, start.astype(float))
    models = [small_solo(seed=seed) for seed in range(folds)]
    predict_scored(models, genome, regions, (tmp_path / "p.h5", tmp_path / "tracks"))
    where = genome.positions(chrom.tolist(), start)
    expected = average_parts(predict_parts(model, genome.codes, where) for model in models)["bias"]
    parts, chroms, starts = read_predictions(tmp_path / "p.h5")
    assert (chroms, starts.tolist(), list(parts)) == (chrom.tolist(), start.tolist(), ["combined"])
    np.testing.assert_allclose(parts["combined"].log_counts["signal"], expected.log_counts["signal"], rtol=1e-5)
    ends = expected.expected_counts("signal")[:, 0]
    with pyBigWig.open(str(tmp_path / "tracks/combined.signal.both.bw")) as file:
        np.testing.assert_allclose(file.values("b", 500, 540), ends[1], rtol=1e-4)
        both = (ends[0][20:] + ends[3][:20]) / 2
        np.testing.assert_allclose(file.values("a", 320, 340), both, rtol=1e-4)
        assert np.isnan(file.values("b", 140, 160)).all()
