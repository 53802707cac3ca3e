"""The compiled kernels: made once, for whoever asks first; what a plan without layers does, by hand."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from cisgrammar.profile.models.compiled.kernels import LAYER, PLAN, compiled_for, kernels
from cisgrammar.profile.models.compiled.machine import Machine


def test_they_are_made_once():
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(kernels, [32] * 8))
    assert all(each is made[0] for each in made)
    assert kernels(16).machine == Machine(8, 6)
    assert kernels(20) is None


@pytest.mark.parametrize("machine", [Machine(16, 8), Machine(8, 6)])
def test_what_reaches_the_first_convolution_is_kept_summed_and_weighed_by_letters(machine):
    channels, positions, length, before, span = 4 * machine.lanes, 6, 7, 1, 3
    rng = np.random.default_rng(0)
    start = rng.standard_normal((2, positions, channels)).astype(np.float32)
    multipliers = rng.standard_normal((2, positions, channels)).astype(np.float32)
    letters = np.array([[1, 2, 3, 4, 0, 1, 2], [4, 0, 0, 2, 2, 1, 3]], dtype=np.uint8)
    taps = rng.standard_normal((4, span, channels)).astype(np.float32)
    kept = np.zeros((length + span - 1, channels), dtype=np.float32)
    sums, totals = np.ones_like(start), np.ones((2, length), dtype=np.float32)
    room = np.empty((2, positions + 1, channels), dtype=np.float32)
    size = start[0].size
    arrays = {"start": start, "here": room, "kept": kept, "sums": sums, "letters": letters, "taps": taps}
    arrays |= {"totals": totals, "multipliers": multipliers}
    fields = {name: values.ctypes.data for name, values in arrays.items()}
    fields |= {"targets": 2, "blocks": 2, "before": before * channels, "ends": size, "length": length}
    fields |= {"span": span * channels, "apart": size, "room": room[0].size}
    row = [size if name == "width" else 0 for name in LAYER]
    plan = np.array([fields.get(name, 0) for name in PLAN] + row, dtype=np.int64)
    compiled_for(machine).back(plan.ctypes.data, 1)
    sent = start * multipliers[1]
    whole = np.pad(sent, ((0, 0), (before, len(kept) - positions - before), (0, 0)))
    # Of the last target.
    np.testing.assert_array_equal(kept, whole[1])
    np.testing.assert_allclose(sums, 1 + sent, atol=1e-6)
    for total, values in zip(totals, whole, strict=True):
        reached = [values[t : t + span] for t in range(length)]
        wanted = [np.vdot(r, taps[letter - 1]) if letter else 0 for r, letter in zip(reached, letters[1], strict=True)]
        np.testing.assert_allclose(total, 1 + np.array(wanted), atol=1e-4)
