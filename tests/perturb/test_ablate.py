import functools

import numpy as np
import pytest
import torch

from cisgrammar.perturb import ablate, compatible_shuffle, full_predict, predict
from cisgrammar.sequence.shuffle import dinucleotide_shuffle, shuffle
from toy_ablation import CountMotif, as_tensor, sequences, stack

SITE = "CCCC" + "GATA" + "CTCTCTCCTTCC"


def test_a_motif_that_is_shuffled_away_is_gone():
    X = as_tensor(SITE)
    before, after = ablate(CountMotif(), X, 2, 10, n=8, random_state=0)
    assert before.tolist() == [[1.0]]
    assert after.shape == (1, 8, 1)
    assert after.mean() < 0.5
    untouched = ablate(CountMotif(), X, 9, 20, n=4, random_state=0)
    assert (untouched.y_after == 1).all()


@pytest.mark.parametrize("function", [shuffle, dinucleotide_shuffle, compatible_shuffle])
@pytest.mark.parametrize("func", [predict, full_predict])
def test_after_is_the_model_on_the_shuffles(function, func):
    X, model = sequences(3, 60), stack().eval()
    before, after = ablate(model, X, 20, 40, n=5, shuffle_fn=function, random_state=3, func=func)
    shuffled = function(X, 20, 40, n=5, random_state=3)
    with torch.no_grad():
        torch.testing.assert_close(before, model(X), rtol=0, atol=1e-6)
        torch.testing.assert_close(after.flatten(0, 1), model(shuffled.flatten(0, 1)), rtol=0, atol=1e-6)


def test_repeats_and_the_input_run_once():
    model = CountMotif()
    result = ablate(model, as_tensor("CC" + "TGAGTCA" + "CC"), 2, 9, 20, dinucleotide_shuffle, random_state=0)
    # The sequence, and its two other arrangements; a model without convolutions is not recomputed in windows.
    assert sum(model.seen[-2:]) == 3
    assert result.report.arrangements.tolist() == [3]
    assert result.report.distinct.tolist() == [2]
    assert result.report.identical.tolist() in ([6], [7])


def test_weights_leave_out_the_input_and_even_out_repeats():
    X = as_tensor("CC" + "TGAGTCA" + "CC", "CC" + "ACTGACT" + "CC")
    report = ablate(CountMotif(), X, 2, 9, 20, dinucleotide_shuffle, random_state=0).report
    assert report.weights[0].sum() == pytest.approx(1)
    assert (report.weights[0][report.is_input[0]] == 0).all()
    assert report.is_input[1].all()
    assert (report.weights[1] == 0).all()
    assert report.arrangements.tolist() == [3, 1]


def test_options_of_the_shuffle_go_by_partial():
    widened = functools.partial(dinucleotide_shuffle, too_few="widen", minimum=5)
    X = as_tensor("GATTGCA" + "ACTGACT" + "GCATTAG")
    report = ablate(CountMotif(), X, 7, 14, 20, widened, random_state=0).report
    assert report.start[0] < 7
    assert report.arrangements[0] >= 5


def test_further_inputs_follow_their_sequence():
    X = as_tensor(SITE, SITE, "C" * 20)
    scale = torch.tensor([[2.0], [3.0], [5.0]])
    before, after = ablate(CountMotif(), X, 12, 20, n=4, args=(scale,), random_state=0)
    assert before.flatten().tolist() == [2, 3, 0]
    assert (after == before[:, None]).all()


def test_several_outputs_are_lists():
    before, after = ablate(CountMotif("both"), as_tensor(SITE, SITE), 2, 10, n=3, random_state=0)
    assert [tuple(y.shape) for y in before] == [(2, 1, 17), (2, 1)]
    assert [tuple(y.shape) for y in after] == [(2, 3, 1, 17), (2, 3, 1)]
    (count,) = ablate(
        CountMotif("both"),
        as_tensor(SITE),
        2,
        10,
        n=3,
        random_state=0,
        additional_func_kwargs={"func": lambda y: y[1:]},
    ).y_after
    assert torch.equal(count[0], after[1][0])


def seeded(model, X, args=None, random_state=None, scale=1):
    """A function of the user's that takes a seed."""
    return X.sum(dim=(1, 2)) * 0 + scale * (-1 if random_state is None else random_state)


def test_the_seed_goes_to_a_function_that_takes_one():
    X = sequences(2, 30)
    assert ablate(CountMotif(), X, 0, 30, 3, random_state=4, func=seeded).y_after.unique().tolist() == [4]
    own = ablate(CountMotif(), X, 0, 30, 3, random_state=4, func=seeded, additional_func_kwargs={"random_state": 9})
    assert own.y_after.unique().tolist() == [9]
    bound = functools.partial(seeded, random_state=6)
    assert ablate(CountMotif(), X, 0, 30, 3, func=bound).y_before.tolist() == [6, 6]
    assert ablate(CountMotif(), X, 0, 30, 3, random_state=4, func=bound, scale=2).y_before.tolist() == [12, 12]
    state = np.random.RandomState(0)
    assert ablate(CountMotif(), X, 0, 30, 3, random_state=state, func=seeded).y_before.shape == (2,)


def test_a_caller_s_dictionary_and_model_stay_as_they_were():
    model, options = stack().train(), {"batch_size": 2}
    model[1].eval()
    ablate(model, sequences(2, 40), 5, 30, n=3, additional_func_kwargs=options)
    assert options == {"batch_size": 2}
    assert model.training
    assert not model[1].training
    assert model[0].training


def test_results_do_not_depend_on_the_batch_size():
    X, model = sequences(4, 60), CountMotif("both")
    results = [
        ablate(model, X, 10, 50, n=7, random_state=1, func=full_predict, batch_size=size).y_after for size in (1, 3, 32)
    ]
    for other in results[1:]:
        assert all(torch.equal(a, b) for a, b in zip(results[0], other, strict=True))
    model.seen.clear()
    ablate(model, X, 10, 50, n=7, random_state=1, func=full_predict, batch_size=3)
    assert max(model.seen) == 3
