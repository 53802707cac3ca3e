"""Reads drawn exactly from a matrix, against a pool weighted by Z."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cisgrammar.simulate.selected_reads import SETTINGS, Setting, draw_reads, holds

SMALL = Setting("TGAC", (30_000, 30_000), 5, "T", "CA", low=0.8, high=2.0, log_nonspecific=-4.0, uneven=True)


def every_read(setting: Setting) -> np.ndarray:
    """All scored reads that the library may hold, `(reads, width)`."""
    inside = np.indices((4,) * setting.length).reshape(setting.length, -1).T
    sides = [np.tile(["ACGT".index(b) for b in side], (len(inside), 1)) for side in (setting.left, setting.right)]
    return np.concatenate([sides[0], inside, sides[1]], axis=1).astype(np.uint8)


def log_z(setting: Setting, reads: np.ndarray) -> np.ndarray:
    """Z by a loop over windows and strands."""
    z = np.full(len(reads), setting.width * np.exp(setting.log_nonspecific))
    for betas in (setting.betas(), setting.betas()[::-1, ::-1]):
        for start in range(setting.width - len(betas) + 1):
            z += np.exp(sum(row[reads[:, start + i]] for i, row in enumerate(betas)))
    return np.log(z)


@pytest.mark.parametrize("kept", [1.0, 0.3])
def test_both_rounds_are_drawn_by_their_probabilities(kept: float) -> None:
    """Chi-square over all 1,024 reads, those expected fewer than 5 times together: within 4 standard deviations."""
    setting = replace(SMALL, kept=kept)
    before, after = draw_reads(setting, 3)
    shares = setting.shares(np.random.default_rng([3, 15]))
    reads = every_read(setting)
    p = np.prod([shares[i, reads[:, i]] for i in range(setting.width)], axis=0)
    p *= np.where(holds(reads, setting.consensus), kept, 1.0)
    for drawn, weight in ((before, p), (after, p * np.exp(log_z(setting, reads)))):
        numbers = drawn.astype(int) @ 4 ** np.arange(setting.length)[::-1]
        seen = np.bincount(numbers, minlength=4**setting.length).astype(float)
        expected = weight / weight.sum() * len(drawn)
        rare = expected < 5
        seen, expected = (np.append(x[~rare], x[rare].sum()) for x in (seen, expected))
        chi_square, free = float(((seen - expected) ** 2 / np.maximum(expected, 1e-9)).sum()), len(seen) - 1
        assert abs(chi_square - free) < 4 * np.sqrt(2 * free)


def test_what_holds_the_consensus() -> None:
    reads = np.array([[0, 3, 2, 0, 1, 0], [0, 2, 3, 1, 2, 0], [0, 0, 0, 0, 0, 0]], dtype=np.uint8)
    assert holds(reads, "TGAC").tolist() == [True, False, False]
    turned = np.ascontiguousarray(3 - reads[:, ::-1])
    assert holds(turned, "TGAC").tolist() == [True, False, False]


def test_settings_have_the_sizes_that_they_say() -> None:
    for setting in (SETTINGS["even"], replace(SETTINGS["strong"], reads=(100, 200))):
        before, after = draw_reads(setting, 1)
        assert (before.shape, after.shape) == tuple((n, setting.length) for n in setting.reads)
        assert setting.betas().max() == 0.0
