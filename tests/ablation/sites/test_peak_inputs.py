"""Windows of scored test peaks, and the sequences around them."""

import numpy as np
import pytest

from cisgrammar.ablation.sites.peak_inputs import background_inputs, inputs_of, peak_windows
from cisgrammar.config.profile import Evaluate
from toy_sites import LENGTH, make_place


def test_windows_are_scored_test_peaks_and_inputs_lie_around_them():
    regions, genome, _ = make_place(windows=4)
    low = regions.counts.copy()
    low[1] = 3
    fewer = type(regions)(*(low if n == "counts" else getattr(regions, n) for n in regions.__dataclass_fields__))
    windows = peak_windows(fewer, genome, Evaluate(min_counts=20))
    assert windows.region.tolist() == [0, 2, 3]
    codes = inputs_of(fewer, genome, windows.region, LENGTH + 20)
    np.testing.assert_array_equal(codes[:, 10:-10], windows.codes)
    assert background_inputs(fewer, genome, 2, LENGTH).shape == (2, LENGTH)
    with pytest.raises(ValueError, match="no test peak is scored"):
        peak_windows(fewer.take(fewer.kind == "background"), genome, Evaluate())
