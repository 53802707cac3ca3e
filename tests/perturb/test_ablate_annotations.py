import numpy as np
import pytest
import torch

from cisgrammar.perturb import ablate, ablate_annotations, compatible_shuffle, full_predict, predict
from cisgrammar.sequence.shuffle import dinucleotide_shuffle
from toy_ablation import CountMotif, as_tensor, sequences, stack

ROWS = [[0, 10, 30], [2, 5, 17], [2, 40, 60], [0, 10, 30], [1, 0, 9]]


@pytest.mark.parametrize("func", [predict, full_predict])
def test_each_row_is_an_ablation_of_its_own(func):
    X, model = sequences(3, 60), stack()
    result = ablate_annotations(
        model, X, torch.tensor(ROWS), n=6, shuffle_fn=dinucleotide_shuffle, random_state=5, func=func
    )
    assert result.y_befores.shape == (5, 1, 3)
    assert result.y_afters.shape == (5, 1, 6, 3)
    for number, (row, start, end) in enumerate(ROWS):
        one = ablate(model, X[row : row + 1], start, end, 6, dinucleotide_shuffle, random_state=5, func=full_predict)
        torch.testing.assert_close(result.y_befores[number], one.y_before, rtol=0, atol=1e-6)
        torch.testing.assert_close(result.y_afters[number], one.y_after, rtol=0, atol=1e-6)
        assert result.report.arrangements[number] == one.report.arrangements[0]


def test_every_row_is_answered_with_its_number_of_arrangements():
    rng = np.random.default_rng(0)
    X = sequences(8, 200, seed=2)
    starts, widths = rng.integers(0, 170, 500), rng.integers(8, 31, 500)
    rows = np.stack([rng.integers(0, 8, 500), starts, starts + widths], axis=1)
    result = ablate_annotations(stack(), X, rows, n=20, shuffle_fn=dinucleotide_shuffle, random_state=0)
    assert result.y_afters.shape == (500, 1, 20, 3)
    assert not result.y_afters.isnan().any()
    report = result.report
    assert (report.arrangements >= 1).all()
    assert (report.arrangements == 1).any(), "among 500 short regions some cannot be shuffled"
    assert (report.distinct == report.arrangements - 1)[report.how == "listed"].all()
    same = torch.from_numpy(report.is_input)
    assert (result.y_afters[:, 0] == result.y_befores)[same].all()


def test_each_sequence_runs_once_before():
    model = CountMotif()
    ablate_annotations(model, sequences(3, 60), ROWS * 10, n=1, random_state=0, func=full_predict, batch_size=1000)
    assert model.seen == [3, 50]


def test_rows_get_shuffles_of_their_own():
    X = as_tensor("ACGTTGCAAC" * 4)
    result = ablate_annotations(CountMotif("both"), X, [[0, 0, 20], [0, 20, 40]], n=10, random_state=0)
    assert not torch.equal(result.y_afters[0][0, 0, :, 0, :17], result.y_afters[0][1, 0, :, 0, 20:])
    X = sequences(1, 60)
    one = ablate_annotations(stack(), X, [[0, 5, 25], [0, 5, 25]], n=5, random_state=[1, 2])
    assert not torch.allclose(one.y_afters[0], one.y_afters[1])
    moved = ablate_annotations(stack(), X, [[0, 30, 50], [0, 5, 25]], n=5, random_state=1)
    torch.testing.assert_close(moved.y_afters[1], one.y_afters[0], rtol=0, atol=1e-6)


def test_further_inputs_are_those_of_the_row_s_sequence():
    scale = torch.tensor([[2.0], [3.0], [5.0]])
    X = as_tensor(*["GATA" + "CT" * 10] * 3)
    result = ablate_annotations(CountMotif(), X, [[2, 8, 20], [0, 8, 20]], n=3, args=(scale,), random_state=0)
    assert result.y_befores.flatten().tolist() == [5, 2]
    assert (result.y_afters == result.y_befores[:, :, None]).all()


def test_a_function_of_the_user_sees_each_row():
    calls = []

    def letters(model, X, args=None):
        calls.append(len(X))
        return [X.argmax(dim=1).float(), (X[:, 0].sum(dim=1), X[:, 1].sum(dim=1))]

    X = sequences(3, 60)
    befores, afters = ablate_annotations(CountMotif(), X, ROWS, n=4, random_state=0, func=letters)
    assert calls == [3, 4, 4, 4, 4, 4]
    assert afters[0].shape == (5, 1, 4, 60)
    assert afters[1][0].shape == (5, 1, 4)
    assert (afters[1][1] == befores[1][1][..., None]).all(), "a shuffle keeps the letters"


def test_a_shuffle_function_of_the_user():
    def reverse(X, start, end, n, random_state):
        new = X.clone()
        new[:, :, start:end] = X[:, :, start:end].flip(2)
        return new.unsqueeze(1).repeat(1, n, 1, 1)

    result = ablate_annotations(CountMotif(), as_tensor("CCATAGCC"), [[0, 2, 6], [0, 0, 2]], n=2, shuffle_fn=reverse)
    assert result.y_afters.flatten().tolist() == [1, 1, 0, 0]
    assert result.report.distinct.tolist() == [1, 0]
    assert result.report.arrangements.tolist() == [-1, -1]


def test_compatible_rows_share_the_seed_as_in_the_reference():
    X = sequences(1, 60)
    result = ablate_annotations(stack(), X, ROWS[:1] * 2, n=4, shuffle_fn=compatible_shuffle, random_state=3)
    assert torch.equal(result.y_afters[0], result.y_afters[1])
    expected = ablate(stack(), X, 10, 30, 4, compatible_shuffle, random_state=3)
    torch.testing.assert_close(result.y_afters[0], expected.y_after, rtol=0, atol=1e-6)
