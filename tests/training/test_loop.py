"""The training loop: it learns, keeps the best epoch, and a stopped run ends with the same bytes."""

import pytest
import torch

from cisgrammar.config.training import Training
from cisgrammar.training.checkpoint import Preempted
from cisgrammar.training.loop import fit
from toy_loop import SETTINGS, Regression, weights


def test_it_learns_the_closed_form_solution():
    objective = Regression()
    history = fit(objective, Training(epochs=200, learning_rate=0.05, schedule="cosine", early_stopping_patience=300))
    torch.testing.assert_close(weights(objective), torch.tensor([1.0, -2.0, 0.5, 3.0]), atol=1e-2, rtol=0)
    assert history[-1]["train_error"] < 1e-3 < history[0]["train_error"]


@pytest.mark.parametrize("stop_at", [1, 2, 4, 5, 11, 24])
def test_a_stopped_run_goes_on_and_ends_with_the_same_bytes(tmp_path, stop_at):
    whole = Regression()
    expected = fit(whole, SETTINGS)
    path = tmp_path / "checkpoint.pt"
    first = Regression(stop_at=stop_at)
    with pytest.raises(Preempted):
        fit(first, SETTINGS, path, "a")
    second = Regression()
    history = fit(second, SETTINGS, path, "a")
    assert second.calls == whole.calls - stop_at
    assert torch.equal(weights(second), weights(whole))
    assert history == expected
    assert fit(Regression(), SETTINGS, path, "a") == expected


def test_a_checkpoint_of_another_run_is_not_used(tmp_path):
    path = tmp_path / "checkpoint.pt"
    fit(Regression(), SETTINGS, path, "a")
    other = Regression()
    fit(other, SETTINGS, path, "b")
    assert other.calls == 24


def test_the_best_epoch_is_kept_and_training_stops_after_patience():
    objective = Regression(validation=[5.0, 1.0, 3.0, 4.0, 2.0, 0.1])
    history = fit(
        objective, Training(epochs=6, learning_rate=0.1, schedule="plateau", average=0, early_stopping_patience=3)
    )
    assert [row["kept"] for row in history] == [0, 1, 0, 0, 0]
    short = Regression(validation=[5.0, 1.0])
    fit(short, Training(epochs=2, learning_rate=0.1, schedule="plateau", average=0, early_stopping_patience=3))
    assert torch.equal(weights(objective), weights(short))


def test_a_plateau_halves_the_learning_rate():
    objective = Regression(validation=[1.0] * 8)
    history = fit(
        objective,
        Training(epochs=8, learning_rate=0.08, schedule="plateau", plateau_patience=2, early_stopping_patience=20),
    )
    assert [row["learning_rate"] for row in history] == pytest.approx([0.08, 0.08, 0.08, 0.04, 0.04, 0.02, 0.02, 0.01])


class Watched(Regression):
    """Notes the weights that each step starts from, and those that are validated."""

    def __init__(self):
        super().__init__()
        self.before, self.validated = [], []

    def loss(self, batch):
        self.before.append(weights(self).clone())
        return super().loss(batch)

    def validate(self):
        self.validated.append(weights(self).clone())
        return super().validate()


def test_the_average_of_the_weights_is_validated_and_kept():
    settings = Training(epochs=1, learning_rate=0.1, schedule="plateau", average=0.9)
    plain, averaged = Watched(), Watched()
    fit(plain, settings.model_copy(update={"average": 0.0}))
    fit(averaged, settings)
    # The steps are those without it: the average is for validation and for what is kept alone.
    assert torch.equal(torch.stack(averaged.before), torch.stack(plain.before))
    first, *others = [*plain.before[1:], weights(plain)]
    expected = first
    for done, now in enumerate(others, 2):
        expected = expected + (1 - min(0.9, done / (done + 10))) * (now - expected)
    torch.testing.assert_close(averaged.validated[0], expected)
    torch.testing.assert_close(weights(averaged), expected)
    assert (expected - weights(plain)).abs().max() > 0.01


def norm_of_gradient(parameters):
    return float(torch.cat([p.grad.flatten() for p in parameters]).norm())


@pytest.mark.parametrize("clip", [None, 1e9, 0.5])
def test_a_gradient_is_cut_to_the_norm_asked_for(monkeypatch, clip):
    norms = []

    class Watching(torch.optim.AdamW):
        def step(self, *arguments, **named):
            norms.append(norm_of_gradient(self.param_groups[0]["params"]))
            return super().step(*arguments, **named)

    monkeypatch.setattr(torch.optim, "AdamW", Watching)
    fit(Regression(), Training(epochs=1, learning_rate=0.1, gradient_clip=clip))
    objective = Regression()
    objective.loss(next(objective.batches(0)))["loss"].backward()
    whole = norm_of_gradient(objective.model.parameters())
    assert whole > 1
    assert norms[0] == pytest.approx(0.5 if clip == 0.5 else whole, rel=1e-4)


def test_a_loss_that_is_no_number_is_a_clear_error():
    objective = Regression()
    objective.y[:] = float("nan")
    with pytest.raises(ValueError, match="no longer a finite number"):
        fit(objective, SETTINGS)


@pytest.mark.parametrize("at", [0, 2])
def test_a_validation_that_is_no_number_ends_the_training_and_names_the_learning_rate(at):
    values = [3.0, 2.0, 1.0, 0.5, 0.4, 0.3]
    values[at] = float("nan")
    objective = Regression(validation=values)
    with pytest.raises(
        ValueError, match=rf"epoch {at + 1}, validation: .*nan\); lower training.learning_rate \(now 0.1\)"
    ):
        fit(objective, SETTINGS)


def test_weights_that_run_away_are_not_kept(tmp_path):
    """A rate far too high: finite numbers all along, but no model."""
    path = tmp_path / "checkpoint.pt"
    settings = SETTINGS.model_copy(update={"learning_rate": 1e6, "epochs": 1})
    with pytest.raises(ValueError, match=r"has grown from .* in the first step to .*\(now 1e\+06\)"):
        fit(Regression(), settings, path, "a")
    with pytest.raises(ValueError, match="has grown"):
        fit(Regression(), settings, path, "a")


def test_a_loss_that_begins_small_may_rise():
    """Parts near zero in the first step: noise is no divergence."""
    objective = Regression(validation=[900.0, 3.0, 2.0, 1.0, 0.5, 0.4])
    objective.y = objective.model(objective.x).detach() + 1e-6
    assert len(fit(objective, SETTINGS)) == 6
