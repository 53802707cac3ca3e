"""Numbers computed with tangermeme 1.6.0, and the two side by side where it is installed.

The folder comes from CISGRAMMAR_GOLDEN; any file of the same layout must pass, so sizes and places are read from it.
Where the file does not say which seed was used, it is looked for: the sequences must come out for one of the first.
"""

from __future__ import annotations

import functools

import numpy as np
import pytest
import torch
from torch import nn

from cisgrammar.perturb import (
    ablate,
    ablate_annotations,
    compatible_dinucleotide_shuffle,
    compatible_shuffle,
    full_predict,
    marginalize,
    predict,
    space,
)
from cisgrammar.sequence.shuffle import shuffle
from places import GOLDEN

SHUFFLES = {"plain": compatible_shuffle, "dinuc": compatible_dinucleotide_shuffle}
SEEDS = (11, 5, *range(64))

pytestmark = [pytest.mark.peers, pytest.mark.filterwarnings("ignore::DeprecationWarning:tangermeme")]


@pytest.fixture(scope="module")
def golden() -> dict[str, np.ndarray]:
    if not (GOLDEN / "tangermeme.npz").exists():
        pytest.skip(f"no tangermeme.npz in {GOLDEN} (CISGRAMMAR_GOLDEN)")
    with np.load(GOLDEN / "tangermeme.npz") as file:
        return {name: file[name] for name in file.files}


@pytest.fixture(scope="module")
def X(golden):
    return one_hot(golden["X"])


def one_hot(codes):
    return torch.eye(5, 4)[torch.from_numpy(codes.astype(np.int64))].transpose(1, 2)


def letters(shuffled):
    return np.where(shuffled.sum(dim=-2) == 0, 4, shuffled.argmax(dim=-2)).astype(np.int8)


class Toy(nn.Module):
    """The network of the golden file: two convolutions, the mean, a linear layer."""

    def __init__(self, golden, both=False):
        super().__init__()
        weights = {name[2:]: torch.from_numpy(golden[name]) for name in golden if name.startswith("w_")}
        self.c1, self.c2 = (
            nn.Conv1d(w.shape[1], w.shape[0], w.shape[2], padding="same")
            for w in (weights["c1.weight"], weights["c2.weight"])
        )
        self.l = nn.Linear(*weights["l.weight"].shape[::-1])
        self.load_state_dict(weights)
        self.both = both

    def forward(self, x, arg=None):
        x = torch.relu(self.c2(torch.relu(self.c1(x))))
        y = self.l(x.mean(dim=2))
        y = y if arg is None else y + arg
        return (x, y) if self.both else y


def same(ours, theirs, tolerance=1e-5):
    if isinstance(theirs, tuple | list):
        assert len(ours) == len(theirs)
        for a, b in zip(ours, theirs, strict=True):
            same(a, b, tolerance)
        return
    theirs = torch.as_tensor(theirs)
    assert ours.shape == theirs.shape
    assert (ours - theirs).abs().max() < tolerance


def regions(golden):
    return list(enumerate(golden["regions"].tolist()))


def same_for_some_seed(make, expected):
    """Whether one of the first seeds gives what was expected."""
    for seed in SEEDS:
        try:
            found = make(seed)
        except ValueError:
            continue
        if found.shape == expected.shape and np.abs(np.asarray(found) - expected).max() < 1e-5:
            return
    raise AssertionError("no seed gives the golden numbers")


@pytest.mark.parametrize("kind", SHUFFLES)
def test_shuffles_bit_for_bit(golden, X, kind):
    for j, (start, end, n, seed) in regions(golden):
        if f"sh_{kind}_{j}_error" in golden:
            with pytest.raises(ValueError, match="are the sequence itself"):
                SHUFFLES[kind](X, start, end, n, seed)
        else:
            found = letters(SHUFFLES[kind](X, start, end, n, seed))
            assert (found == golden[f"sh_{kind}_{j}"]).all()


@pytest.mark.parametrize("kind", SHUFFLES)
def test_shuffles_with_n_bit_for_bit(golden, kind):
    expected, codes = golden[f"sh_{kind}_N"], golden["XN"]
    # The file does not say which region: the plain shuffle, in which every position moves, shows it.
    moved = np.flatnonzero((golden["sh_plain_N"] != codes[:, None]).any(axis=(0, 1)))
    start, end, n = int(moved[0]), int(moved[-1]) + 1, expected.shape[1]
    found = (letters(SHUFFLES[kind](one_hot(codes), start, end, n, seed)) for seed in SEEDS)
    assert any((shuffled == expected).all() for shuffled in found)


@pytest.mark.parametrize("func", [predict, full_predict])
@pytest.mark.parametrize("kind", SHUFFLES)
def test_ablate(golden, X, kind, func):
    for j, (start, end, n, seed) in regions(golden):
        if f"ab_{kind}_{j}_after" in golden:
            found = ablate(Toy(golden), X, start, end, n, SHUFFLES[kind], random_state=seed, func=func)
            same(found, (golden[f"ab_{kind}_{j}_before"], golden[f"ab_{kind}_{j}_after"]))


def test_ablate_with_a_further_input_and_with_two_outputs(golden, X):
    start, end, _, _ = golden["regions"][1].tolist()
    n, arg = golden["ab_args_after"].shape[1], torch.from_numpy(golden["arg"])
    settings = {"n": n, "shuffle_fn": compatible_shuffle, "func": full_predict}
    with_arg = ablate(Toy(golden), X, start, end, **settings, args=(arg,), random_state=0)
    same(with_arg, (golden["ab_args_before"], golden["ab_args_after"]))
    settings["n"] = golden["ab_list_after_0"].shape[1]
    before, after = ablate(Toy(golden, both=True), X, start, end, **settings, random_state=0)
    same(before, [golden["ab_list_before_0"], golden["ab_list_before_1"]])
    same(after, [golden["ab_list_after_0"], golden["ab_list_after_1"]])


@pytest.mark.parametrize("kind", SHUFFLES)
def test_ablate_annotations(golden, X, kind):
    rows, n = golden["annotations"], golden[f"ann_{kind}_after"].shape[2]
    settings = {"n": n, "shuffle_fn": SHUFFLES[kind]}

    def run(seed, both=False):
        return ablate_annotations(Toy(golden, both), X, rows, **settings, random_state=seed, func=full_predict)

    same(run(0).y_befores, golden[f"ann_{kind}_before"])
    same_for_some_seed(lambda seed: run(seed).y_afters, golden[f"ann_{kind}_after"])
    for k in (0, 1):
        same(run(0, both=True).y_befores[k], golden[f"ann_{kind}_list_before_{k}"])
    same_for_some_seed(lambda seed: run(seed, both=True).y_afters[0], golden[f"ann_{kind}_list_after_0"])


def test_ablate_annotations_advances_a_generator_object(golden, X):
    n = golden["ann_plain_rsobj_after"].shape[2]
    same_for_some_seed(
        lambda seed: (
            ablate_annotations(
                Toy(golden),
                X,
                golden["annotations"],
                n=n,
                shuffle_fn=compatible_shuffle,
                random_state=np.random.RandomState(seed),
                func=full_predict,
            ).y_afters
        ),
        golden["ann_plain_rsobj_after"],
    )


def test_our_plain_shuffle_has_the_same_distribution(golden, X):
    """Both are uniform: the means differ by their standard errors."""
    start, end, _, _ = golden["regions"][1].tolist()
    n = 500
    after = ablate(Toy(golden), X, start, end, n, shuffle, random_state=0).y_after
    error = np.hypot(after.std(dim=1).numpy() / np.sqrt(n), golden["dist_plain_se"])
    z = np.abs(after.mean(dim=1).numpy() - golden["dist_plain_mean"]) / error
    assert np.sqrt((z**2).mean()) < 2


@pytest.fixture(scope="module")
def peer():
    return pytest.importorskip("tangermeme", reason="tangermeme is not installed here; the golden file is compared")


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv1d(4, 16, 9, padding=4),
        nn.ReLU(),
        nn.Conv1d(16, 16, 5, padding=2),
        nn.ReLU(),
        nn.AdaptiveAvgPool1d(1),
        nn.Flatten(),
        nn.Linear(16, 2),
    ).eval()


@pytest.fixture(scope="module")
def random_sequences():
    return one_hot(np.random.default_rng(0).integers(0, 4, (4, 100)))


def test_side_by_side_shuffles(peer, random_sequences):
    from tangermeme import ersatz

    theirs = functools.partial(ersatz.dinucleotide_shuffle, allow_N=True)
    for seed in (0, 7, -3, 2**40 + 7, 2**31 - 2, 2**32 - 1):
        for start, end in ((0, -1), (20, 60), (10, -5)):
            call = {"start": start, "end": end, "n": 4, "random_state": seed}
            assert torch.equal(
                theirs(random_sequences, **call), compatible_dinucleotide_shuffle(random_sequences, **call)
            )
            if 0 <= seed < 2**32:
                assert torch.equal(
                    ersatz.shuffle(random_sequences, **call), compatible_shuffle(random_sequences, **call)
                )


@pytest.mark.parametrize("name", ["predict", "deep_lift_shap", "saturation_mutagenesis"])
def test_side_by_side_with_its_functions(peer, network, random_sequences, name):
    import importlib

    from tangermeme import ablate as theirs
    from tangermeme import ersatz

    func = getattr(importlib.import_module(f"tangermeme.{name}"), name)
    options = {"func": func, "n": 3, "random_state": 2, "device": "cpu"}
    options |= {"fast": False} if name == "saturation_mutagenesis" else {}
    pairs = [(compatible_shuffle, ersatz.shuffle), (compatible_dinucleotide_shuffle, ersatz.dinucleotide_shuffle)]
    rows = torch.tensor([[0, 20, 50], [3, 10, 60], [0, 60, 100]])
    for our_shuffle, their_shuffle in pairs:
        expected = theirs.ablate(network, random_sequences, 20, 60, shuffle_fn=their_shuffle, **options)
        same(ablate(network, random_sequences, 20, 60, shuffle_fn=our_shuffle, **options), expected)
        same(ablate(network, random_sequences, 20, 60, shuffle_fn=their_shuffle, **options), expected)
        expected = theirs.ablate_annotations(network, random_sequences, rows, shuffle_fn=their_shuffle, **options)
        same(ablate_annotations(network, random_sequences, rows, shuffle_fn=our_shuffle, **options), expected)


def test_side_by_side_motifs(peer, network, random_sequences):
    from tangermeme.marginalize import marginalize as their_marginalize
    from tangermeme.space import space as their_space

    for motif, start in (("TGANTCA", None), ("GATA", 3), ("GATA", None)):
        same(
            marginalize(network, random_sequences, motif, start),
            their_marginalize(network, random_sequences, motif, start),
        )
    gaps = torch.tensor([[0, 2], [3, 1], [10, 11]])
    motifs = ["TGACTCA", "GGGCG", "AC"]
    same(space(network, random_sequences, motifs, gaps, 10), their_space(network, random_sequences, motifs, gaps, 10))
