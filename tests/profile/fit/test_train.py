"""Training on data drawn from a known model."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from cisgrammar.config.profile import Bias, Combined, Regression
from cisgrammar.profile.fit.train import Split, start_counts_at_mean, train_bias, train_combined, train_plain
from cisgrammar.profile.models.solo import SoloModel
from cisgrammar.profile.models.transformation import TransformationModel
from cisgrammar.signal.table import Regions, write_regions
from known_preference import LENGTH, known_solo, make_data

NOTHING = Regression(name="passthrough")
SHAPE = {"filters": 4, "layers": 1, "input_filter_width": 3, "output_filter_width": 3}
FAST = {"epochs": 6, "learning_rate": 0.02, "batch_size": 16, "reverse_complement": False}
PEAKS_ONLY = {**FAST, "background_ratio": 0}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return make_data(tmp_path_factory.mktemp("train"))


def test_windows_of_a_split_and_kind_are_those_of_the_whole_table_in_its_order(data, tmp_path):
    """A table of more rows than are read at once, of which no block has all splits and kinds."""
    random, number = np.random.default_rng(0), 20_000
    starts = np.sort(random.integers(0, data.genome.lengths[0] - 50, number))
    splits = np.where(np.arange(number) < 9000, "train", random.choice(["test", "train"], number))
    kinds = np.where(np.arange(number) > 15_000, "peak", random.choice(["peak", "background"], number))
    names, chroms = np.full(number, "w"), np.full(number, data.genome.names[0])
    counts, gc = random.integers(0, 99, number), np.full(number, 0.5)
    write_regions(tmp_path / "r.tsv", Regions(chroms, starts, starts + 50, names, kinds, splits, counts, gc))
    found = replace(data, regions=tmp_path / "r.tsv")
    for split in ("train", "test"):
        for kind in ("peak", "background"):
            rows = (splits == split) & (kinds == kind)
            np.testing.assert_array_equal(found.windows(split, kind).centres, starts[rows] + 25)
            np.testing.assert_array_equal(found.windows(split, kind).counts, counts[rows])
    assert found.has("test", "background")
    assert not found.has("validation", "peak")
    with pytest.raises(ValueError, match=r"r\.tsv: no peak windows in split validation"):
        found.windows("validation", "peak")


def test_counts_start_at_the_mean_of_the_training_windows(data):
    section = Bias(architecture=SHAPE)
    solo = SoloModel(section.architecture, LENGTH, data.heads(), seed=1)
    windows = data.windows("train", "peak")
    start_counts_at_mean(solo, data, windows, [section.loss])
    totals = [data.signal.heads["cuts"][0, c - 50 : c + 50].sum() for c in windows.centres]
    assert solo.counts_heads[0].linear.bias.item() == pytest.approx(np.log1p(totals).mean(), rel=1e-5)


def test_bias_then_combined_learn_and_are_the_same_for_the_same_seed(data):
    section = Bias(architecture=SHAPE, training=FAST)
    windows = (data.windows("train", "background"), data.windows("validation", "background"))
    solo, history = train_bias(data, section, windows, LENGTH, seed=1)
    assert history[-1]["validation_profile_nll_cuts"] < history[0]["validation_profile_nll_cuts"]
    bias = TransformationModel(solo, NOTHING, NOTHING)
    wide = {**SHAPE, "layers": 2}
    combined = Combined(architecture=wide, training={**FAST, "background_ratio": 0.5})
    first, rows = train_combined(data, bias, combined, seed=2)
    second, _ = train_combined(data, bias, combined, seed=2)
    other, _ = train_combined(data, bias, combined, seed=3)
    assert rows[-1]["validation_loss"] < rows[0]["validation_loss"]
    same = zip(first.state_dict().values(), second.state_dict().values(), strict=True)
    assert all(torch.equal(a, b) for a, b in same)
    assert not torch.equal(first.residual.input_conv.weight, other.residual.input_conv.weight)


def test_a_checkpoint_beside_another_bias_is_not_used(data, tmp_path):
    """The residual learns what the bias leaves: another bias makes another run."""
    checkpoint = tmp_path / "checkpoint.pt"
    section = Combined(architecture=SHAPE, training={**PEAKS_ONLY, "epochs": 1})
    first = train_combined(data, TransformationModel(known_solo(), NOTHING, NOTHING), section, 1, checkpoint)[1]
    again = train_combined(data, TransformationModel(known_solo(), NOTHING, NOTHING), section, 1, checkpoint)[1]
    assert again == first
    other = known_solo()
    other.profile_heads[0].conv.weight.data *= -1
    fresh = train_combined(data, TransformationModel(other, NOTHING, NOTHING), section, 1)[1]
    assert train_combined(data, TransformationModel(other, NOTHING, NOTHING), section, 1, checkpoint)[1] == fresh
    assert fresh != first


def test_peaks_alone_need_no_background(data):
    split = Split.of_peaks(data, Combined(training=PEAKS_ONLY).training)
    assert split.train_background is None
    assert len(split.train) == len(data.windows("train", "peak"))


def test_a_model_by_itself_learns_from_peaks(data):
    section = Combined(architecture=SHAPE, training={**FAST, "background_ratio": 0.5})
    model, history = train_plain(data, section, LENGTH, seed=1)
    assert isinstance(model, SoloModel)
    assert history[-1]["validation_profile_nll_cuts"] < history[0]["validation_profile_nll_cuts"]
    again, _ = train_plain(data, section, LENGTH, seed=1)
    same = zip(model.state_dict().values(), again.state_dict().values(), strict=True)
    assert all(torch.equal(a, b) for a, b in same)
