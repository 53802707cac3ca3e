"""The settings of the training loop, and which of them each stage has."""

import re

import pytest

from cisgrammar.config.profile import Bias, Combined
from cisgrammar.config.splice import SpliceTraining
from cisgrammar.config.training import Training, WindowTraining
from toy_config import refusal


def test_tf32_is_refused_on_a_cpu():
    assert "precision: tf32 is a GPU's" in refusal(Training, {"precision": "tf32"})
    assert "precision: tf32 is a GPU's" in refusal(Combined, {"training": {"precision": "tf32"}})
    assert Training(precision="tf32", device="cuda").precision == "tf32"
    assert Training(precision="bf16").device == "cpu"


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("learning_rate", -1, "> 0, got -1"),
        ("learning_rate", float("nan"), "got nan"),
        ("epochs", 0, "got 0"),
        ("epochs", 1.5, "got 1.5"),
        ("epochs", "many", "got 'many'"),
        ("average", 1, "< 1, got 1"),
        ("schedule", "step", "got 'step'"),
        ("gradient_clip", 0, "> 0"),
        ("processes", 0, "got 0"),
        ("learning_rat", 0.1, "unknown key"),
    ],
)
def test_a_bad_value_is_named(key, value, said):
    assert re.search(rf"^training\.{key}: .*{said}", refusal(Combined, {"training": {key: value}}))


@pytest.mark.parametrize(
    ("section", "key"),
    [
        (type(Bias().training), "background_ratio"),
        (SpliceTraining, "background_ratio"),
        (SpliceTraining, "jitter"),
        (SpliceTraining, "reverse_complement"),
    ],
)
def test_a_key_without_effect_is_refused(section, key):
    """Windows that are all background have no ratio; a gene is read whole, on its own strand."""
    assert refusal(section, {key: 0}).startswith(f"{key}: unknown key; see config/README.md")


def test_peaks_are_trained_with_background_among_them():
    training = Combined().training
    assert (training.jitter, training.reverse_complement, training.background_ratio) == (200, True, 0.5)


def test_processes_are_not_saved():
    """The result does not depend on them: a run that goes on with fewer is the same run."""
    settings = WindowTraining(processes=4, epochs=3)
    assert "processes" not in settings.model_dump()
    assert WindowTraining(epochs=3).model_dump() == settings.model_dump()
