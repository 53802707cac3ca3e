"""The choice of the bias model."""

import numpy as np

from cisgrammar.tables.contracts.profile import SWEEP
from profile_figures import drawn_from, sweep_table


def test_the_choice_is_named(run):
    sweep = drawn_from("threshold_sweep", run)
    assert sweep.figure.get_suptitle() == "chosen threshold: 1 (bias learned)"


def test_a_single_threshold_is_one_point(tmp_path):
    SWEEP.write(tmp_path / "sweep.tsv", sweep_table().iloc[1:2])
    sweep = drawn_from("threshold_sweep", {"sweep": str(tmp_path / "sweep.tsv")})
    assert len(sweep.table) == 1
    for axis in sweep.figure.axes:
        # The point, and the ring that marks the choice.
        points = [place for item in axis.collections for place in item.get_offsets()[:, 0].tolist()]
        assert points == [1.0, 1.0]


def test_a_small_difference_looks_small(tmp_path):
    table = sweep_table()
    table["background_nll"] = table["position_weight_nll"] = 6.25
    table.loc[table.index[0], "background_nll"] = 6.255
    SWEEP.write(tmp_path / "sweep.tsv", table)
    low, high = drawn_from("threshold_sweep", {"sweep": str(tmp_path / "sweep.tsv")}).figure.axes[0].get_ylim()
    assert high - low > 0.1


def test_windows_are_counted_and_differences_from_weights_have_intervals(tmp_path):
    numbers = {"above_weights": 0.01, "above_weights_se": [0.002, 0.001, np.inf]}
    table = sweep_table().assign(**numbers, background_windows=1440, peak_windows=480)
    SWEEP.write(tmp_path / "sweep.tsv", table)
    axes = drawn_from("threshold_sweep", {"sweep": str(tmp_path / "sweep.tsv")}).figure.axes
    assert "(n = 1,440)" in axes[0].get_title()
    assert "(n = 480)" in axes[2].get_title()
    (bars,) = axes[0].containers
    (segments,) = [line.get_segments() for line in bars.lines[2]]
    np.testing.assert_allclose([high - low for (_, low), (_, high) in segments], [0.00784, 0.00392, 0.0], atol=1e-9)
