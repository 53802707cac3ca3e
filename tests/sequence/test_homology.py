"""Shares of 31-mers, against sets of words."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cisgrammar.sequence import homology
from cisgrammar.sequence.alphabet import decode, encode
from cisgrammar.sequence.homology import K, KmerFilter, canonical_kmers, shared_kmers

LENGTH = 400
COMPLEMENT = str.maketrans("ACGTN", "TGCAN")


def random_codes(length, seed=0):
    return np.random.default_rng(seed).integers(0, 4, length, dtype=np.uint8)


def flipped(codes):
    """The other strand."""
    return (3 - codes[::-1]).astype(np.uint8)


def words(text):
    """Canonical 31-mers of a sequence, as a set."""
    found = {text[i : i + K] for i in range(len(text) - K + 1)}
    return {min(word, word.translate(COMPLEMENT)[::-1]) for word in found if "N" not in word}


def share_by_sets(codes, start, length, others):
    text = decode(codes)
    theirs = set().union(*(words(text[low:high]) for low, high in zip(*others, strict=True)))
    mine = [words(text[low : low + length]) for low in start]
    return [len(own & theirs) / len(own) if own else 0.0 for own in mine]


def share_of(window, *others):
    """The share of one window, given as codes, that other windows have."""
    pieces = [window, *others]
    ends = np.cumsum([len(piece) for piece in pieces])
    spans = ends[:-1], ends[1:]
    return float(shared_kmers(np.concatenate(pieces), np.array([0]), len(window), spans)[0])


# What k-mers are


def test_kmers_are_numbers_in_base_4_and_strands_are_one():
    text = "ACGTTGCAAGGCTTAACCGGATATCCGGTTAGC"
    kmers, known = canonical_kmers(encode(text))
    assert known.all()
    spelled = [
        min(sum("ACGT".index(base) * 4 ** (K - 1 - i) for i, base in enumerate(word)) for word in strands)
        for strands in ((w, w.translate(COMPLEMENT)[::-1]) for w in (text[i : i + K] for i in range(len(text) - K + 1)))
    ]
    assert kmers.tolist() == spelled
    other, _ = canonical_kmers(flipped(encode(text)))
    assert other.tolist() == spelled[::-1]


def test_an_n_breaks_the_kmers_that_hold_it():
    codes = random_codes(100)
    codes[50] = 4
    _, known = canonical_kmers(codes)
    assert np.flatnonzero(~known).tolist() == list(range(50 - K + 1, 51))
    assert canonical_kmers(codes[: K - 1])[0].shape == (0,)


# Closed forms


def test_a_copy_is_found_on_either_strand():
    window = random_codes(LENGTH)
    padded = np.concatenate([random_codes(77, 1), window, random_codes(33, 2)])
    assert share_of(window, padded) == 1
    assert share_of(window, flipped(padded)) == 1
    # the same bases backwards, or complemented, are no copy
    assert share_of(window, window[::-1]) == share_of(window, (3 - window).astype(np.uint8)) == 0


@pytest.mark.parametrize("shift", [1, 50, 200, LENGTH - K, LENGTH - K + 1, LENGTH])
@pytest.mark.parametrize("strand", [lambda codes: codes, flipped])
def test_a_shifted_copy_shares_what_both_show(shift, strand):
    text = random_codes(2 * LENGTH)
    both = max(LENGTH - shift - K + 1, 0)
    assert share_of(text[:LENGTH], strand(text[shift : shift + LENGTH])) == both / (LENGTH - K + 1)


def test_a_half_copied_window_shares_half():
    """Less the k-mers over the seam: (L/2 - 30) of L - 30; copies of both halves share all but the 30 over the seam."""
    window, other = random_codes(1000), random_codes(1000, 1)
    half = np.concatenate([window[:500], other[:500]])
    # the base beyond the seam is another one, so that no k-mer over it is shared by chance
    half[500] = (window[500] + 1) % 4
    assert share_of(window, half) == pytest.approx(470 / 970)
    both = share_of(window, window[:500], flipped(window[500:]))
    assert both == pytest.approx(940 / 970)


def test_unrelated_windows_share_nothing():
    codes = random_codes(1_000_000)
    start = np.arange(0, 200_000, LENGTH)
    assert not shared_kmers(codes, start, LENGTH, (np.array([200_000]), np.array([1_000_000]))).any()


@pytest.mark.parametrize("rate", [0.02, 0.072])
def test_substitutions_leave_their_power(rate):
    """(1 - d)^31 of the k-mers: 0.53 at 2 %, a tenth at 7.2 %; within 4 standard errors between 300 windows."""
    generator = np.random.default_rng(3)
    original = generator.integers(0, 4, (300, 1000), dtype=np.uint8)
    copy = np.where(
        generator.random(original.shape) < rate, (original + generator.integers(1, 4, original.shape)) % 4, original
    )
    codes = np.concatenate([original.ravel(), copy.ravel()]).astype(np.uint8)
    start = np.arange(300) * 1000
    shares = shared_kmers(codes, start, 1000, (start + 300_000, start + 301_000))
    error = shares.std(ddof=1) / np.sqrt(300)
    assert abs(shares.mean() - (1 - rate) ** K) < 4 * error
    assert error < 0.01


# Low complexity, N, edges


def test_a_repeat_weighs_as_much_as_its_unit():
    """A run of 100 CA in 1,000 bp is a fifth of the window and has 2 of its k-mers; nothing but the run is shared."""
    window = random_codes(1000)
    run = np.tile(encode("CA"), 100)
    window[400:600] = run
    window[[399, 600]] = 3
    assert 0 < share_of(window, np.concatenate([random_codes(200, 9), run])) < 4 / 800
    # but a window that is a repeat, and nothing else, is shared where the repeat is
    alone = np.tile(encode("CA"), 200)
    assert share_of(alone, run) == share_of(np.zeros(LENGTH, np.uint8), np.full(K, 3, np.uint8)) == 1
    assert share_of(alone, np.tile(encode("CT"), 100)) == 0


def test_a_window_of_n_or_shorter_than_a_kmer_shares_nothing():
    unknown = np.full(LENGTH, 4, dtype=np.uint8)
    assert share_of(unknown, unknown, random_codes(LENGTH)) == 0
    short = random_codes(K - 1)
    assert share_of(short, short) == share_of(random_codes(LENGTH), random_codes(LENGTH)[: K - 1]) == 0
    assert share_of(random_codes(K), random_codes(K)) == 1
    # of a window with N the k-mers without N count: 100 bases are left on either side, of which one side is shared
    window = random_codes(250)
    window[100:150] = 4
    assert share_of(window, window[:100]) == 0.5


def test_a_kmer_over_the_border_of_two_windows_is_in_neither():
    codes = random_codes(200)
    others = np.array([100, 150]), np.array([150, 200])
    window = codes[100:200]
    both = np.concatenate([window, codes[100:200]])
    share = shared_kmers(both, np.array([0]), 100, others)[0]
    assert share == 2 * (50 - K + 1) / (100 - K + 1)


def test_no_windows_at_all():
    nothing = np.zeros(0, dtype=np.int64)
    codes = random_codes(LENGTH)
    assert shared_kmers(codes, np.array([0]), LENGTH, (nothing, nothing)).tolist() == [0]
    assert shared_kmers(codes, nothing, 100, (np.array([0]), np.array([LENGTH]))).tolist() == []


# Any windows


@st.composite
def patchworks(draw):
    """A sequence made of pieces that come back on either strand, of repeats and of N; windows and others in it."""
    pieces = [random_codes(90, seed) for seed in range(3)]
    pieces += [np.full(40, 4, dtype=np.uint8), np.zeros(60, dtype=np.uint8), np.tile(encode("ACG"), 20)]
    parts = [pieces[0]]
    for _ in range(draw(st.integers(1, 7))):
        piece = pieces[draw(st.integers(0, len(pieces) - 1))][draw(st.integers(0, 30)) :]
        parts.append(flipped(piece) if draw(st.booleans()) and piece.max() < 4 else piece)
    codes = np.concatenate(parts)
    length = draw(st.integers(K - 2, min(120, len(codes))))
    start = draw(st.lists(st.integers(0, len(codes) - length), min_size=1, max_size=6))
    low = draw(st.lists(st.integers(0, len(codes)), min_size=1, max_size=6))
    others = [(at, min(at + draw(st.integers(0, 150)), len(codes))) for at in low]
    return codes, np.array(start), length, tuple(np.array(column) for column in zip(*others, strict=True))


@given(patchworks())
def test_shares_equal_those_of_sets(drawn):
    assert shared_kmers(*drawn).tolist() == pytest.approx(share_by_sets(*drawn))


@given(patchworks(), st.sampled_from([0.1, 0.5, 0.9]))
def test_shares_above_a_bar_are_exact_and_the_others_are_not_above(drawn, bar):
    found, exact = shared_kmers(*drawn, above=bar), np.array(share_by_sets(*drawn))
    assert ((found > bar) == (exact > bar)).all()
    assert found[found > bar].tolist() == pytest.approx(exact[exact > bar].tolist())
    assert (found >= exact - 1e-12).all()


@pytest.mark.parametrize("step", [1, 5000])
def test_a_repeat_of_its_own_does_not_hide_what_a_window_shares(step):
    """70 of a window's 31-mers are others' too, and 300 of its places show three of a repeat that they lack."""
    copied, repeat = random_codes(100, 1), np.tile(encode("ACG"), 111)
    window = np.concatenate([copied, repeat[:300]])
    codes = np.concatenate([window, window, random_codes(9000, 2), window, random_codes(100, 3), copied])
    # windows that overlap are looked at together, those far apart one by one
    start = np.array([0, len(window), len(window) + step])
    others = np.array([len(codes) - 100]), np.array([len(codes)])
    found = shared_kmers(codes, start, len(window), others, above=0.6)
    exact = np.array(share_by_sets(codes, start, len(window), others))
    assert exact[0] > 0.6
    assert ((found > 0.6) == (exact > 0.6)).all()
    assert found[found > 0.6].tolist() == pytest.approx(exact[exact > 0.6].tolist())


# Bounded memory changes nothing


def planted(seed=0, windows=60):
    """Codes, starts, others: a part of each window, 0 to all of it, is a copy out of the others, one stretch."""
    generator = np.random.default_rng(seed)
    codes = generator.integers(0, 4, windows * LENGTH + 30_000, dtype=np.uint8)
    for index in range(windows):
        part = generator.integers(0, LENGTH + 1)
        origin = windows * LENGTH + generator.integers(0, 29_000)
        codes[index * LENGTH : index * LENGTH + part] = codes[origin : origin + part]
    start = np.arange(windows) * LENGTH
    return codes, start, LENGTH, (np.array([windows * LENGTH]), np.array([len(codes)]))


@pytest.mark.parametrize(
    ("limit", "value"), [("_BLOCK", 7000), ("_BLOCK", 61), ("_BATCH", 900), ("_BATCH", 1), ("_MOST_BITS", 16)]
)
def test_smaller_blocks_and_an_overfull_filter_give_the_same(monkeypatch, limit, value):
    drawn = planted()
    whole = shared_kmers(*drawn)
    assert whole.min() < 0.1
    assert whole.max() > 0.6
    monkeypatch.setattr(homology, limit, value)
    assert shared_kmers(*drawn).tolist() == whole.tolist()


@pytest.mark.parametrize("added", [1000, 5000])
def test_a_filter_holds_all_that_was_added_and_few_others(added):
    """(1 - exp(-2 n / bits))^2 of others; 200,000 tries, 5 binomial standard errors."""
    generator = np.random.default_rng(4)
    kmers = generator.integers(0, 4**K, added + 200_000, dtype=np.uint64)
    held = KmerFilter(added)
    held.add(kmers[:added])
    assert held.may_hold(kmers[:added]).all()
    bits = 2**16 if added == 1000 else 2**17
    wanted = (1 - np.exp(-2 * added / bits)) ** 2
    rate = held.may_hold(kmers[added:]).mean()
    assert abs(rate - wanted) < 5 * np.sqrt(wanted * (1 - wanted) / 200_000)
