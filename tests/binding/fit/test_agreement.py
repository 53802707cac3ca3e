"""Agreement of seeds: motifs are laid on each other by shift and strand, and matched by what they are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies

from cisgrammar.binding.fit.agreement import agreement_table, align, best_seed, match, share_in_register


def motif(seed: int, width: int = 8) -> np.ndarray:
    values = np.random.default_rng(seed).normal(size=(width, 4))
    return values - values.mean(1, keepdims=True)


def moved(values: np.ndarray, shift: int) -> np.ndarray:
    """The matrix of a fit that sits `shift` positions to the right: it lacks the first and has as many beyond."""
    out = np.zeros_like(values)
    for i in range(len(values)):
        if 0 <= i + shift < len(values):
            out[i] = values[i + shift]
    return out


@given(strategies.integers(-3, 3), strategies.booleans(), strategies.integers(0, 50))
def test_the_move_is_found(shift: int, flipped: bool, seed: int) -> None:
    wanted = motif(seed)
    given_matrix = moved(wanted, shift)
    found = align(given_matrix[::-1, ::-1] if flipped else given_matrix, wanted)
    assert (found.shift, found.flipped) == (shift, flipped)
    assert found.rmse < 1e-12 or shift
    assert found.pearson > 0.99 or shift


def test_a_wider_matrix_begins_before_the_other() -> None:
    wide = np.concatenate([np.zeros((2, 4)), motif(1), np.zeros((2, 4))])
    found = align(wide, motif(1))
    assert (found.shift, found.flipped, round(found.rmse, 12)) == (-2, False, 0.0)
    assert align(motif(1), wide).shift == 2


def test_a_palindrome_is_not_called_flipped() -> None:
    half = motif(2, 4)
    assert not align(np.concatenate([half, half[::-1, ::-1]]), np.concatenate([half, half[::-1, ::-1]])).flipped


def test_factors_that_changed_places_are_matched() -> None:
    chosen = {"a": motif(1), "b": motif(2)}
    found = match({"a": motif(2)[::-1, ::-1], "b": motif(1)}, chosen)
    assert {name: other for name, (other, _) in found.items()} == {"a": "b", "b": "a"}
    assert found["b"][1].flipped
    with pytest.raises(ValueError, match="same model"):
        match({"a": motif(1)}, chosen)


def test_the_table_says_who_is_in_register() -> None:
    noise = 0.05 * motif(9)
    seeds = {1: motif(1) + noise, 2: motif(1)[::-1, ::-1], 3: moved(motif(1), 1), 4: motif(5)}
    table = agreement_table({1: 0.7, 2: 0.5, 3: 0.6, 4: 0.8}, {s: {"m": v} for s, v in seeds.items()})
    assert list(table.columns) == [
        "seed", "loss", "chosen", "motif", "shift", "flipped", "rmse", "pearson", "in_register",
    ]  # fmt: skip
    rows = table.set_index("seed")
    assert rows.index[rows["chosen"]].tolist() == [2]
    assert rows["in_register"].tolist() == [True, True, False, False]
    assert rows["flipped"].tolist()[:2] == [True, False]
    assert rows.loc[1, "rmse"] == pytest.approx(np.sqrt((noise**2).mean()))
    assert abs(rows.loc[3, "shift"]) == 1
    assert share_in_register(table) == 0.5


def test_the_best_seed_is_that_of_the_lowest_finite_loss() -> None:
    assert best_seed({3: 0.4, 1: float("nan"), 2: 0.4}) == 2
    with pytest.raises(ValueError, match="finite"):
        best_seed({1: float("nan")})
