"""Which windows an epoch shows, and that sequence and counts stay together."""

import numpy as np
import pytest
import torch

from cisgrammar.config.training import PeakTraining
from cisgrammar.profile.data.window_sampler import WindowSampler, evenly, pick_windows
from cisgrammar.signal.table import Regions, read_regions, write_regions
from toy_windows import make_stores, windows_at


@pytest.fixture
def stores(tmp_path):
    return make_stores(tmp_path)


def sampler(stores, **settings):
    training = PeakTraining(**{"batch_size": 4, "background_ratio": 0.5, **settings})
    return WindowSampler(
        *stores, windows_at(range(100, 800, 50)), windows_at(range(1000, 1500, 20)), training, 60, 40, seed=5
    )


def test_sequence_and_counts_agree_on_both_strands_and_with_jitter(stores):
    for batch in sampler(stores, jitter=9).batches(0):
        middle = batch.codes[:, 10:50].numpy()
        (counts,) = batch.counts
        np.testing.assert_array_equal(counts[:, 0].numpy(), middle == 0)
        np.testing.assert_array_equal(counts[:, 1].numpy(), middle == 3)


@pytest.mark.parametrize("name", ["cpu", "cuda"])
def test_windows_held_on_a_device_are_those_cut_from_the_stores(stores, name):
    if name == "cuda" and not torch.cuda.is_available():
        pytest.skip("torch sees no GPU")
    ours, held = (sampler(stores, jitter=9) for _ in range(2))
    held.hold_on(torch.device(name))
    for batches in (lambda s: s.batches(3), lambda s: s.fixed_batches()):
        for batch, other in zip(batches(ours), batches(held), strict=True):
            assert other.codes.device.type == name
            assert torch.equal(batch.codes, other.codes.cpu())
            assert all(torch.equal(a, b.cpu()) for a, b in zip(batch.counts, other.counts, strict=True))


def test_an_epoch_shows_every_primary_window_and_a_new_draw_of_background(stores):
    made = sampler(stores, jitter=0, reverse_complement=False)
    codes = stores[0].codes
    known = {codes[c - 30 : c + 30].tobytes(): c for c in [*range(100, 800, 50), *range(1000, 1500, 20)]}
    seen = [[known[w.numpy().tobytes()] for b in made.batches(e) for w in b.codes] for e in (0, 1, 0)]
    assert seen[0] == seen[2]
    assert seen[0] != seen[1]
    for epoch in seen:
        assert sorted(c for c in epoch if c < 900) == list(range(100, 800, 50))
        assert len(set(epoch)) == len(made) == 21
    assert {c for c in seen[0] if c > 900} != {c for c in seen[1] if c > 900}


def test_jitter_reaches_both_ends_and_zero_is_allowed(stores):
    training = PeakTraining(jitter=2, background_ratio=0, batch_size=500, reverse_complement=False)
    made = WindowSampler(*stores, windows_at([300] * 500), None, training, 60, 40, seed=1)
    (batch,) = made.batches(0)
    codes = stores[0].codes
    known = {codes[300 + s - 30 : 330 + s].tobytes(): s for s in range(-5, 6)}
    shifts = [known[w.numpy().tobytes()] for w in batch.codes]
    assert set(shifts) == {-2, -1, 0, 1, 2}
    still = WindowSampler(
        *stores, windows_at([300] * 8), None, training.model_copy(update={"jitter": 0}), 60, 40, seed=1
    )
    assert {known[w.numpy().tobytes()] for b in still.batches(0) for w in b.codes} == {0}


def test_validation_is_the_same_each_time_forward_and_still(stores):
    made = sampler(stores, jitter=9)
    first, second = ([b.codes for b in made.fixed_batches()] for _ in range(2))
    assert all((a == b).all() for a, b in zip(first, second, strict=True))
    assert (first[0][0].numpy() == stores[0].codes[70:130]).all()


def test_windows_are_where_their_regions_are_in_the_concatenated_genome(stores, tmp_path):
    path = tmp_path / "regions.tsv"
    names = np.array(['"x', "y"])
    kinds, splits, gc = np.array(["peak", "peak"]), np.array(["train", "test"]), np.array([0.5, 0.5])
    starts = np.array([100, 50])
    write_regions(path, Regions(np.array(["b", "a"]), starts, starts + 40, names, kinds, splits, np.array([7, 9]), gc))
    regions = read_regions(path)
    assert regions.name.tolist() == names.tolist()
    picked = pick_windows(regions.of("peak", "train"), stores[0])
    assert picked.centres.tolist() == [900 + 120]
    assert picked.counts.tolist() == [7]


def test_evenly_takes_the_ends_and_no_more_than_asked():
    everything = windows_at(range(11))
    assert evenly(everything, 3).centres.tolist() == [0, 5, 10]
    assert evenly(everything, 11) is everything


def test_the_control_goes_with_its_window_and_reaches_beyond_it(stores):
    """The store's own counts as control: its middle is what the batch counts, on both strands and with jitter."""
    made = sampler(stores, jitter=9)
    made.show_control(stores[1], 7)
    for batches in (made.batches(0), made.fixed_batches()):
        for batch in batches:
            (counts,), (control,) = batch.counts, batch.control
            assert control.shape == (*counts.shape[:2], 54)
            assert torch.equal(control[..., 7:47], counts)
            np.testing.assert_array_equal(control[:, 0].numpy(), batch.codes[:, 3:57].numpy() == 0)
            moved = batch.to(torch.device("cpu"))
            assert torch.equal(moved.control[0], control)
    made.hold_on(torch.device("cpu"))
    assert next(iter(made.batches(0))).control is not None
    assert next(iter(sampler(stores).batches(0))).control is None
