"""Bad input to the ablation functions: one sentence that says what was got and what was wanted, before any work."""

import functools
import re

import pytest
import torch

from cisgrammar.perturb import (
    ablate,
    ablate_annotations,
    ablate_pairs,
    marginalize,
    predict,
    space,
)
from cisgrammar.sequence.shuffle import dinucleotide_shuffle
from toy_ablation import CountMotif, sequences

X = sequences(2, 40)
SOFT = X * 0.5
TWICE = X.clone()
TWICE[1, :, 7] = 1


def run(function, *args, **kwargs):
    """Call it with a model that notes whether it ran."""
    model = CountMotif()
    with pytest.raises(ValueError) as caught:
        function(model, *args, **kwargs)
    assert model.seen == []
    text = str(caught.value)
    assert "\n" not in text
    return text


KINDS = {
    "not a tensor": (lambda: run(ablate, X.numpy(), 0, 9), "must be a torch tensor"),
    "two dimensions": (lambda: run(ablate, X[0], 0, 9), r"shape \(sequences, alphabet, length\)"),
    "no sequence": (lambda: run(ablate, X[:0], 0, 9), "none of them 0"),
    "soft": (lambda: run(ablate, SOFT, 0, 9), "sequence 0 has .* at position 0"),
    "two letters at once": (lambda: run(ablate, TWICE, 0, 9), "sequence 1 has .* at position 7"),
    "channels last": (
        lambda: run(ablate, X.transpose(1, 2), 0, 3),
        r"length\), got \(2, 40, 4\), one-hot along its last dimension; give X.transpose\(1, 2\)$",
    ),
    "channels last and soft": (
        lambda: run(ablate, SOFT.transpose(1, 2), 0, 3),
        r"got \(2, 40, 4\), sequence 0 has \[([0-9.]+, ){8}\.\.\.\] at position 0$",
    ),
    "end beyond": (lambda: run(ablate, X, 0, 41), "outside of the sequence of 40 bp"),
    "start below": (lambda: run(ablate, X, -3, 9), "0 <= start"),
    "empty region": (lambda: run(ablate, X, 9, 9), "the end must come after the start"),
    "start is no number": (lambda: run(ablate, X, 1.5, 9), "whole numbers, got 1.5"),
    "dinucleotide, end beyond": (
        lambda: run(ablate, X, 0, 50, shuffle_fn=dinucleotide_shuffle),
        "outside of the sequence",
    ),
    "no shuffles": (lambda: run(ablate, X, 0, 9, n=0), "n must be a whole number"),
    "seed is text": (lambda: run(ablate, X, 0, 9, random_state="1"), "random_state must be"),
    "seeds of other rows": (lambda: run(ablate, X, 0, 9, random_state=[1, 2, 3]), "3 seeds for 2 rows"),
    "args not in a tuple": (lambda: run(ablate, X, 0, 9, args=torch.ones(2)), "args must be a tuple"),
    "args of other rows": (lambda: run(ablate, X, 0, 9, args=(torch.ones(3),)), r"args\[0\] has shape \(3,\)"),
    "args elsewhere": (lambda: run(ablate, X, 0, 9, args=(torch.ones(2, device="meta"),)), r"args\[0\] is on meta"),
    "batch size": (lambda: run(ablate, X, 0, 9, batch_size=0), "batch_size must be"),
    "dtype": (lambda: run(ablate, X, 0, 9, dtype="float31"), "dtype must be"),
    "func": (lambda: run(ablate, X, 0, 9, func="predict"), "func must be a function"),
    "shuffle of another shape": (lambda: run(ablate, X, 0, 9, shuffle_fn=lambda x, **_: x), "shuffle_fn must give"),
    "option of a shuffle": (
        lambda: run(ablate, X, 0, 9, shuffle_fn=functools.partial(dinucleotide_shuffle, too_few="raise")),
        "too_few must be report, widen or plain",
    ),
    "no annotations": (lambda: run(ablate_annotations, X, torch.zeros(0, 3, dtype=torch.long)), "annotations is empty"),
    "four columns": (lambda: run(ablate_annotations, X, [[0, 1, 9, 1]]), "must have 3 columns"),
    "fractions": (lambda: run(ablate_annotations, X, [[0, 1.5, 9]]), "must be whole numbers"),
    "no such sequence": (lambda: run(ablate_annotations, X, [[0, 1, 9], [2, 1, 9]]), "annotation 1: sequence 2"),
    "sequence -1": (lambda: run(ablate_annotations, X, [[-1, 1, 9]]), "annotation 0: sequence -1"),
    "annotation beyond": (
        lambda: run(ablate_annotations, X, [[0, 1, 9], [1, 30, 41]]),
        "annotation 1: region 30 to 41",
    ),
    "start given twice": (lambda: run(ablate_annotations, X, [[0, 1, 9]], start=3), "from the annotations"),
    "pair overlaps": (lambda: run(ablate_pairs, X, [[0, 1, 9, 8, 20]]), "pair 0: .* overlap"),
    "motif letter": (lambda: run(marginalize, X, "GAXA"), "'X' at position 2"),
    "motif too long": (lambda: run(marginalize, X, "A" * 41), "does not fit"),
    "motif beyond": (lambda: run(marginalize, X, "GATA", start=38), "does not fit"),
    "motif of other shape": (lambda: run(marginalize, X, torch.eye(5)), r"shape \(4, width\)"),
    "alphabet": (lambda: run(marginalize, X, "GA", alphabet=("G", "A")), "4 letters, the alphabet 2"),
    "negative spacing": (lambda: run(space, X, ["GATA", "GATA"], [3, -1]), "at least 0 bp, got -1"),
    "spacings of more motifs": (lambda: run(space, X, ["GATA", "GATA"], [[3, 1]]), "must have 1 columns"),
    "one motif": (lambda: run(space, X, ["GATA"], [3]), "at least two"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_bad_input(kind):
    call, wanted = KINDS[kind]
    text = call()
    assert re.search(wanted, text), text


def test_a_model_that_is_none():
    with pytest.raises(ValueError, match="model must be a torch module, got function"):
        ablate(lambda x: x, X, 0, 9)
    with pytest.raises(ValueError, match="gives a dict; wanted a tensor"):
        predict(Dictionary(), X)
    with pytest.raises(ValueError, match=r"gives a tuple of Tensor, NoneType; wanted a tensor, or a tuple or list of"):
        predict(HalfEmpty(), X)
    with pytest.raises(ValueError, match="at least one sequence"):
        predict(CountMotif(), X[:0])


class HalfEmpty(torch.nn.Module):
    """Gives a tensor and nothing."""

    def forward(self, X):
        return X, None


class Dictionary(torch.nn.Module):
    """Gives what is not supported."""

    def forward(self, x):
        return {"y": x}


def test_arguments_given_twice_or_unknown():
    with pytest.raises(TypeError, match="multiple values for batch_size"):
        ablate(CountMotif(), X, 0, 9, batch_size=3, additional_func_kwargs={"batch_size": 4})
    with pytest.raises(TypeError, match="unexpected keyword"):
        ablate(CountMotif(), X, 0, 9, batchsize=3)
