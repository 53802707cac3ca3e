"""What a model itself shows of a fold, with and without a bias."""

import pytest

from cisgrammar.config.profile import Evaluate
from cisgrammar.profile.data.scored import scored_regions
from cisgrammar.profile.evaluate.evaluate import evaluate
from cisgrammar.profile.evaluate.fitted_baselines import FoldBaselines
from cisgrammar.profile.evaluate.of_model import judge, of_model
from cisgrammar.profile.models.combined import CombinedModel
from cisgrammar.profile.models.solo import SoloModel
from cisgrammar.profile.predict import predict_parts
from cisgrammar.profile.prediction_file import InMemory
from cisgrammar.signal.table import read_regions
from toy_fold import LENGTH, make_fold, open_fold
from toy_profile import SIGNAL, network

SETTINGS = Evaluate(min_counts=5, footprint_backgrounds=5, motifs={"CBF1": "GTCACGTGAC"})


@pytest.fixture(scope="module")
def fold(tmp_path_factory):
    _, paths = make_fold(tmp_path_factory.mktemp("of_model"))
    data = open_fold(paths)
    return data, scored_regions(read_regions(paths["regions"]), data.genome, SETTINGS)


def _solo(layers=1):
    return SoloModel(network(4, layers, 3, 5), LENGTH, SIGNAL, seed=layers)


def _judged(model, data, regions):
    baselines = {"signal": FoldBaselines(data, "signal", LENGTH)}
    starts = data.genome.positions(regions.chrom.tolist(), regions.start)
    parts = predict_parts(model, data.genome.codes, starts, alone="combined")
    shown = of_model(model, data, SETTINGS, baselines, "cpu")
    found = evaluate(data, regions, InMemory(parts), baselines, 1)
    return shown, {gate.name: gate for gate in judge(found, shown, LENGTH, "s", "f")}


def test_without_bias_there_is_no_enzyme(fold):
    shown, gates = _judged(_solo(), *fold)
    assert shown.preference is None
    assert set(shown.footprints.part) == {"combined"}
    assert set(shown.footprints.motif) == {"background", "CBF1"}
    assert not any(name.startswith(("bias.", "residual.")) for name in gates)
    assert gates["combined.peaks.median_jsd"].bar is not None
    assert "combined.peaks.log_counts_mse.gain.low" in gates


def test_with_bias_its_preference_and_the_enzymes_footprints(fold):
    shown, gates = _judged(CombinedModel(_solo(2), _solo()), *fold)
    assert len(shown.preference) == 21 * 4
    assert {"enzyme_1", "CBF1"} < set(shown.footprints.motif)
    assert set(shown.heights) == {"combined", "residual", "bias"}
    assert gates["residual.footprint_max"].value == shown.heights["residual"]
