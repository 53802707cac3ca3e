"""Make the reads of a sample alike, before the composition of their positions is looked at."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cisgrammar.binding.reads.fastq import COMPLEMENT
from cisgrammar.binding.reads.placement import FARTHEST
from cisgrammar.sequence.alphabet import encode

_END = 6
_WORD = 6
# A word given that is shorter is at several places by chance.
_SHORTEST = 5
# Share of the sample that must be of the other strand.
_SHARE = 0.01
# Reads with both ends as most have them, at least; half of them where strands are mixed evenly.
_SHARE_OF_ENDS = 0.2
# A word at several places is constant if this share of all reads have it, and each place this one.
_SHARE_OF_WORD, _SHARE_OF_PLACE = 0.6, 0.05


def orient(sample: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], int]:
    """Turn those reads of a sample that are of the other strand than most, by what reads begin and end with.

    Reads that begin with the most frequent first 6 bases P end in most cases with some 6 bases E. A read of the other
    strand begins with the reverse complement of E and ends with that of P.

    Parameters
    ----------
    sample
        Codes `(reads, length)`.

    Returns
    -------
    tuple
        The sample, and how many of its reads were turned: 0 where fewer than 1 % are of the other strand, and where
        both strands begin alike, so that nothing tells them apart.
    """
    width = min(_END, sample.shape[1] // 2)
    if not width or not len(sample):
        return sample, 0
    first, last = _numbers(sample[:, :width]), _numbers(sample[:, -width:])
    turned = COMPLEMENT[sample[:, ::-1]]
    turned_first, turned_last = _numbers(turned[:, :width]), _numbers(turned[:, -width:])
    begin = _most_frequent(first)
    end = _most_frequent(last[first == begin])
    here = (first == begin) & (last == end)
    there = (turned_first == begin) & (turned_last == end)
    if here.mean() < _SHARE_OF_ENDS or here[there].any() or there.sum() <= _SHARE * len(sample):
        return sample, 0
    return np.where(there[:, None], turned, sample), int(there.sum())


def turn_to(sample: NDArray[np.uint8], given: Sequence[str]) -> NDArray[np.uint8]:
    """The sample, or the reverse complement of all of it, whichever has the given constant bases in more reads."""
    turned = COMPLEMENT[sample[:, ::-1]]
    words = [encode(text) for text in given if 0 < len(text) <= sample.shape[1]]
    here, there = (sum(_holding(codes, word) for word in words) for codes in (sample, turned))
    return turned if there > here else sample


def _holding(sample: NDArray[np.uint8], word: NDArray[np.uint8]) -> int:
    """Reads that have a word anywhere."""
    windows = np.lib.stride_tricks.sliding_window_view(sample, len(word), axis=1)
    return int((windows == word).all(2).any(1).sum())


def align(sample: NDArray[np.uint8], left: str = "") -> tuple[NDArray[np.uint8], int]:
    """Cut the first bases of those reads that begin sooner than others, so that a constant word is at one place.

    The word is `left`, or of those of 6 bases that begin at the first 11 positions the one that most reads have. It
    tells where reads begin if 60 % of the reads have it, at two or more places of 5 % each.

    Returns
    -------
    tuple
        Codes `(reads with the word, common length)` and the number of places; the sample itself and 1 where there is
        one place or no such word.
    """
    bases = len(left) or _WORD
    if not len(sample) or sample.shape[1] < FARTHEST + bases or bases < _SHORTEST:
        return sample, 1
    words = np.stack([_numbers(sample[:, at : at + bases]) for at in range(FARTHEST + 1)], axis=1)  # (reads, places)
    hits = words == (_numbers(encode(left)[None])[0] if left else _most_frequent(words.ravel()))
    shares = hits.mean(0)
    places = np.flatnonzero(shares >= _SHARE_OF_PLACE)
    if len(places) < 2 or hits.any(1).mean() < _SHARE_OF_WORD:
        return sample, 1
    width = sample.shape[1] - int(places[-1] - places[0])
    rows = [sample[hits[:, at], at - places[0] : at - places[0] + width] for at in places]
    return np.concatenate(rows), len(places)


def _numbers(codes: NDArray[np.uint8]) -> NDArray[np.int64]:
    """One number for each row of codes, `(reads,)`."""
    # Wraps around beyond 27 bases, which two words are most unlikely to share.
    return codes.astype(np.int64) @ np.power(5, np.arange(codes.shape[1]), dtype=np.int64)


def _most_frequent(numbers: NDArray[np.int64]) -> int:
    """The most frequent number; of equal ones that which is seen first."""
    values, index, counts = np.unique(numbers, return_index=True, return_counts=True)
    best = np.lexsort((index, -counts))[0]
    return int(values[best])
