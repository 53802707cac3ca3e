"""The transformation's optimum, on data drawn with a known scale and depth."""

import numpy as np
import pytest

from cisgrammar.config.profile import Regression, Transformation
from cisgrammar.profile.fit.fit_transformation import fit_transformation
from known_preference import known_solo, make_data

NOTHING = Regression(name="passthrough")


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return make_data(tmp_path_factory.mktemp("fit"))


def test_scale_and_depth_of_the_experiment_are_found(data):
    model, history, report, _ = fit_transformation(data, known_solo(), Transformation(), seed=1)
    assert model.profile_regressions[0].linear_m.item() == pytest.approx(2.0, abs=0.1)
    centres = data.windows("train", "peak").centres
    log_totals = np.log1p([data.signal.heads["cuts"][0, c - 50 : c + 50].sum() for c in centres])
    # The solo model's log-count is 0 everywhere: the best line is its own intercept, the mean.
    assert model.counts_regressions[0].linear_b.item() == pytest.approx(log_totals.mean(), abs=1e-4)
    assert [row["earns_its_place"] for row in report["validation"]] == [True, True]
    assert history[-1]["train_loss"] < history[0]["train_loss"]
    assert not any(p.requires_grad for p in model.solo.parameters())


def test_the_scale_is_the_maximum_of_the_likelihood(data):
    model, _, _, _ = fit_transformation(data, known_solo(), Transformation(counts=NOTHING), seed=1)
    best = model.profile_regressions[0].linear_m.item()

    def nll(m):
        total = 0.0
        for c in data.windows("train", "peak").centres:
            y = data.signal.heads["cuts"][0, c - 50 : c + 50].astype(float)
            z = m * np.array([0.0, 0.5, -0.5, 1.0])[data.genome.codes[c - 50 : c + 50]]
            total -= (y * (z - np.log(np.exp(z).sum()))).sum()
        return total

    assert nll(best) < min(nll(best - 0.02), nll(best + 0.02))


def test_bins_are_on_the_line_after_and_hold_every_window(data):
    bins = fit_transformation(data, known_solo(), Transformation(), seed=1).bins
    profile, counts = (bins[bins.output == output] for output in ("profile", "counts"))
    windows = len(data.windows("validation", "peak"))
    assert counts.n.sum() == windows
    assert profile.n.sum() <= windows * 100
    # The data were drawn with twice the model's scale: before, what is likely is not likely enough.
    weight = 1 / profile.standard_error**2
    wrong, right = (np.average((profile.observed - profile[side]) ** 2, weights=weight) for side in ("before", "after"))
    assert right < 0.1 * wrong
    assert (profile.observed - profile.after).abs().max() < 5 * profile.standard_error.max()
    steep = np.polyfit(profile.before, profile.observed, 1)[0]
    assert steep == pytest.approx(2.0, abs=0.3)


def test_passthrough_fits_nothing(data):
    model, history, report, _ = fit_transformation(
        data, known_solo(), Transformation(profile=NOTHING, counts=NOTHING), seed=1
    )
    assert history == []
    assert [row["earns_its_place"] for row in report["validation"]] == [False, False]
    assert not [p for p in model.parameters() if p.requires_grad]


def test_same_seed_same_fit_and_a_draw_is_respected(data):
    section = Transformation(most_windows=20, profile=Regression(types=("linear", "sigmoid")))
    first, second, other = (fit_transformation(data, known_solo(), section, seed=s)[0].state_dict() for s in (1, 1, 2))
    assert all((first[k] == second[k]).all() for k in first)
    assert any((first[k] != other[k]).any() for k in first)
