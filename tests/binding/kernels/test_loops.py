"""The compiled loops: closed forms of what they compute."""

from __future__ import annotations

import numpy as np
import pytest

from cisgrammar.binding.kernels import loops
from cisgrammar.binding.kernels.blocks import READS
from cisgrammar.binding.kernels.tables import cut

NO_ROWS = np.zeros(0, dtype=np.int64)
LIMITS = np.array([100.0, 1e-200])
LETTERS = "ACGT "


def score(reads: list[str], singles: np.ndarray, pairs: np.ndarray | None = None, factor: float = 1.0) -> tuple:
    """The arguments, and shares by read `(reads, 2, windows)` and log sums."""
    strands, _, positions = singles.shape
    codes = np.array([[LETTERS.index(letter) for letter in read] for read in reads], dtype=np.uint8)
    pairs = np.zeros((strands, 16, 0)) if pairs is None else pairs
    tables, windows = cut(positions, 1 if pairs.size else 0, 1000), codes.shape[1] - positions + 1
    assert tables is not None
    letters = singles.flatten(), np.arange(singles.size).reshape(singles.shape)
    given = codes, (letters, 0.0, pairs, factor), tables.arrays, (np.zeros((0, 2, windows)), NO_ROWS)
    blocks, log_sums = np.full((-(-len(codes) // READS), 2, windows, READS), np.nan), np.empty(len(codes))
    assert loops.score(*given, LIMITS, (blocks, log_sums))
    shares = np.moveaxis(blocks, 3, 1).reshape(-1, 2, windows)
    assert not shares[len(codes) :].any()
    return given, (blocks, log_sums), (shares[: len(codes)], log_sums)


def test_a_read_of_one_window_has_the_sum_of_its_letters() -> None:
    singles = np.arange(12.0).reshape(1, 4, 3)
    _, _, (shares, log_sums) = score(["ACG", "TTT"], singles)
    assert log_sums == pytest.approx([0 + 4 + 8, 9 + 10 + 11])
    assert shares.tolist() == [[[1.0], [0.0]]] * 2


def test_pairs_of_letters_add_to_a_score() -> None:
    pairs = np.zeros((1, 16, 2))
    pairs[0, 4 * 1 + 2, 0], pairs[0, 4 * 2 + 0, 1] = 0.5, 0.25  # CG at the first two positions, GA at the last two
    _, _, (_, log_sums) = score(["CGA", "CGT", "TGA", "ACT"], np.zeros((1, 4, 3)), pairs)
    assert log_sums == pytest.approx([0.75, 0.5, 0.25, 0.0])


def test_all_windows_share_alike_where_all_score_alike() -> None:
    _, _, (shares, log_sums) = score(["ACGTACGT", "ACGTA   ", "ACG ACGT", "AC    GT"], np.full((2, 4, 3), 0.5))
    counts = np.array([6, 3, 3, 0])
    assert log_sums[:3] == pytest.approx(np.log(2 * counts[:3]) + 1.5)
    assert log_sums[3] == -np.inf
    assert shares[0] == pytest.approx(np.full((2, 6), 1 / 12))
    assert not shares[3].any()
    assert (shares[2] > 0).tolist() == [[True, False, False, False, True, True]] * 2


@pytest.mark.parametrize("scale", [1.0, 2000.0])
def test_a_score_may_be_of_any_size(scale: float) -> None:
    """Beyond the range of a float64 the read's own greatest score is the measure."""
    singles = np.zeros((1, 4, 4))
    singles[0, 0] = scale  # A
    singles[0, 3] = -scale  # T
    _, _, (shares, log_sums) = score(["AAAA ", "TTTT ", "AATTT"], singles)
    assert log_sums == pytest.approx([4 * scale, -4 * scale, np.log1p(np.exp(-2 * scale))])
    assert shares[2, 0] == pytest.approx([1 / (1 + np.exp(-2 * scale)), np.exp(-2 * scale) / (1 + np.exp(-2 * scale))])


def test_slopes_are_the_shares_of_the_windows_with_each_letter() -> None:
    """Each window has one letter at each position: slopes over letters are the sum of shares times what is given."""
    rng = np.random.default_rng(0)
    reads = ["".join(rng.choice(list("ACGT"), 20)) for _ in range(30)]
    singles = rng.normal(size=(2, 4, 7))
    given, out, found = score(reads, singles, factor=0.5)
    by_values, by_all, by_pairs, by_bias, by_factor = loops.slopes(*given, out, (out[0][:0], np.arange(30.0)))
    by_singles = by_values.reshape(2, 4, 7)
    wanted = 0.5 * (found[0].sum(2) * np.arange(30.0)[:, None]).sum(0)  # (strands,)
    assert by_singles.sum(1) == pytest.approx(np.repeat(wanted[:, None], 7, axis=1))
    assert by_all == pytest.approx(wanted.sum())
    assert by_factor == pytest.approx((by_singles * singles).sum() / 0.5)
    first = np.stack([given[0][:, :14] == letter for letter in range(4)])  # (letters, reads, windows)
    wanted = 0.5 * np.einsum("lnw,nsw,n->sl", first, found[0], np.arange(30.0))
    assert by_singles[:, :, 0] == pytest.approx(wanted)
    assert (by_pairs.shape, by_bias.shape) == ((2, 16, 0), (0, 2, 14))


def test_an_ambiguous_letter_is_not_scored() -> None:
    given, out, _ = score(["ACGT"] * 40, np.zeros((1, 4, 2)))
    given[0][35, 1] = 5
    assert not loops.score(*given, LIMITS, out)
