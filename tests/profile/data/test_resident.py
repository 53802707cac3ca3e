"""Windows held on a device: the same as those cut from the stores, in little memory."""

import numpy as np
import pytest
import torch

from cisgrammar.profile.data.resident import ResidentWindows, resident_bytes
from cisgrammar.signal.store import cut_windows, open_signal, write_signal
from toy_windows import make_stores

CPU = torch.device("cpu")


@pytest.fixture
def stores(tmp_path):
    return make_stores(tmp_path)


def test_windows_are_cut_shifted_and_turned_round_as_from_the_stores(stores):
    centres = np.array([300, 500, 1200, 1400])
    held = ResidentWindows(*stores, centres, 60, 40, 7, CPU)
    index, shifts, flip = np.array([3, 0, 1]), np.array([7, -7, 2]), np.array([True, False, True])
    codes, counts = held.cut(index, shifts, flip)
    wanted_codes, wanted_counts = cut_windows(*stores, centres[index], 60, 40, shifts=shifts, flip=flip)
    assert np.array_equal(codes.numpy(), wanted_codes)
    assert np.array_equal(counts[0].numpy(), wanted_counts["cut"])
    assert counts[0].dtype == torch.float32
    still, _ = held.cut(index)
    assert np.array_equal(still.numpy(), cut_windows(*stores, centres[index], 60, 40)[0])


def test_the_memory_is_not_underestimated(stores):
    centres = np.arange(100, 800, 50)
    held = ResidentWindows(*stores, centres, 60, 40, 7, CPU)
    taken = sum(part.numel() * part.itemsize for part in (held.codes, *held.counts))
    assert taken <= resident_bytes(stores[1], len(centres), 60, 40, 7)


def test_held_counts_take_the_smallest_integers_that_hold_them(tmp_path, stores):
    genome = stores[0]
    for most, kind in ((255, torch.uint8), (256, torch.int16), (40_000, torch.int32)):
        counts = np.zeros((1, genome.size), np.uint16)
        counts[0, 305], counts[0, 1200] = most, 3
        write_signal(tmp_path / f"{most}.h5", {"cut": counts}, {"genome_fingerprint": genome.fingerprint})
        signal = open_signal(tmp_path / f"{most}.h5")
        made = ResidentWindows(genome, signal, np.array([300, 1200]), 60, 40, 5, CPU)
        assert made.counts[0].dtype == kind
        (found,) = made.cut(np.array([1, 0]), np.array([2, -3]), np.array([False, True]))[1]
        assert found[0, 0, 18].item() == 3
        assert found[1, 0, 39 - 28].item() == most
