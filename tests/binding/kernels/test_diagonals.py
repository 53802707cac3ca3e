"""The loops over pairs of windows, against sums over all pairs."""

from __future__ import annotations

import numpy as np
import pytest

from cisgrammar.binding.kernels import diagonals
from cisgrammar.binding.kernels.blocks import READS


def given(strands: int, windows: tuple[int, int], reads: int, seed: int = 0) -> tuple:
    """Shares of both as blocks, and values with the number of each diagonal's, every third of which is none."""
    rng = np.random.default_rng(seed)
    blocks = tuple(np.zeros((-(-reads // READS), 2, n, READS)) for n in windows)
    for block in blocks:
        block[:, :strands] = rng.random((len(block), strands, *block.shape[2:]))
        block.reshape(-1, READS)[-2 * block.shape[2] :, (reads - 1) % READS + 1 :] = 0
    source = rng.permutation(strands**2 * (sum(windows) - 1)).reshape(strands, strands, -1)
    source[..., ::3] = -1
    return blocks, (rng.normal(size=source.size), source, 1.3)


def slopes_of(blocks: tuple, spacing: tuple, *given) -> tuple:
    values, source, factor = spacing
    turned = np.ascontiguousarray(source.transpose(1, 0, 2)[..., ::-1])
    return diagonals.pair_slopes(blocks, (values, source, turned, factor), *given)


def by_pairs(blocks: tuple, spacing: tuple) -> np.ndarray:
    """Terms of all pairs, `(strands a, strands b, windows a, windows b, reads)`."""
    values, source, factor = spacing
    a, b = (np.moveaxis(x, 3, 1).reshape(-1, *x.shape[1:3])[:, : len(source)] for x in blocks)
    shift = np.arange(b.shape[2]) - np.arange(a.shape[2])[:, None] + a.shape[2] - 1
    omega = np.where(source < 0, 0, np.exp(factor * values[source]))[:, :, shift]
    return np.einsum("nsp,ntq,stpq->stpqn", a, b, omega)


@pytest.mark.parametrize("reads", [5, READS, 2 * READS + 3])
@pytest.mark.parametrize(("strands", "windows"), [(2, (7, 7)), (2, (4, 9)), (2, (8, 3)), (1, (6, 5)), (1, (1, 1))])
def test_the_sum_is_over_all_pairs_that_are_allowed(strands: int, windows: tuple[int, int], reads: int) -> None:
    blocks, spacing = given(strands, windows, reads)
    if windows == (1, 1):
        spacing[1][:] = 0
    logs, sums, added = np.empty(reads), np.empty(reads), np.arange(float(reads))
    assert diagonals.pair_sums(blocks, (added, 2 * added), spacing, 0.0, (sums, logs)) == 0
    wanted = by_pairs(blocks, spacing).sum((0, 1, 2, 3))[:reads]
    assert logs == pytest.approx(np.log(wanted) + 3 * added)


@pytest.mark.parametrize(("strands", "windows"), [(2, (7, 7)), (2, (4, 9)), (2, (8, 3)), (1, (6, 5))])
def test_slopes_are_the_shares_of_the_pairs(strands: int, windows: tuple[int, int]) -> None:
    reads = READS + 9
    blocks, spacing = given(strands, windows, reads)
    terms, slopes = by_pairs(blocks, spacing), np.linspace(-1, 2, reads)
    ratio, sums = np.zeros(terms.shape[-1]), np.empty(reads)
    ratio[:reads] = slopes / terms.sum((0, 1, 2, 3))[:reads]
    diagonals.pair_sums(blocks, (slopes, slopes), spacing, 0.0, (sums, np.empty(reads)))
    ratio[3] = sums[3] = 0.0  # One that was too small has none.
    out = tuple(np.full(x.shape, np.nan) for x in blocks)
    by_values, by_factor = slopes_of(blocks, spacing, sums, slopes, out)
    for block, found, axes in zip(blocks, out, ("stpqn->spn", "stpqn->tqn"), strict=True):
        own = np.moveaxis(found * block, 0, 2).reshape(2, block.shape[2], -1)
        assert own[:strands] == pytest.approx(np.einsum(axes, terms * ratio))
        assert not own[strands:].any()
    shift = np.arange(windows[1]) - np.arange(windows[0])[:, None] + windows[0] - 1
    wanted = np.zeros(len(by_values))
    np.add.at(wanted, spacing[1][:, :, shift].flatten(), (terms * ratio).sum(-1).flatten())
    assert by_values == pytest.approx(1.3 * wanted)
    assert by_factor == pytest.approx((wanted * spacing[0]).sum())


def test_slopes_of_one_factor_alone_are_the_same() -> None:
    blocks, spacing = given(2, (7, 5), 40)
    sums, slopes = np.full(40, 3.0), np.linspace(-1, 2, 40)
    both, one, other = ([np.full(x.shape, np.nan) for x in blocks] for _ in range(3))
    found = [
        slopes_of(blocks, spacing, sums, slopes, out)
        for out in ((both[0], both[1]), (one[0], one[1][:0]), (other[0][:0], other[1]))
    ]
    assert np.array_equal(one[0], both[0])
    assert np.array_equal(other[1], both[1])
    assert all(np.array_equal(x[0], found[0][0]) and x[1] == found[0][1] for x in found)


def test_sums_that_underflow_could_have_changed_are_counted_and_lost() -> None:
    blocks, spacing = given(2, (7, 7), 40)
    blocks[0][0, :, :, 11] = 0
    logs, sums, none = np.empty(40), np.empty(40), np.zeros(40)
    assert diagonals.pair_sums(blocks, (none, none), spacing, 0.0, (sums, logs)) == 1
    assert (logs[11], sums[11]) == (-np.inf, 0)
    assert np.isfinite(np.delete(logs, 11)).all()
    assert diagonals.pair_sums(blocks, (none, none), spacing, float(np.median(sums)), (sums, logs)) == 20
