"""Text read eight letters at a time: whole numbers, and where a column of names changes.

Eight letters are one 64-bit integer, the first letter in its lowest byte; all lines of a block are parsed by the same
few operations on arrays of these, whatever the length of a number.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_WORD = 8
_MOST_DIGITS = 2 * _WORD
# By the number of letters that count, 0 to 8: masks of the last and of the first bytes of a word.
_LAST = np.array([(2**64 - 1) & ~(2 ** (8 * (_WORD - n)) - 1) for n in range(_WORD + 1)], dtype=np.uint64)
_FIRST = np.array([2 ** (8 * n) - 1 for n in range(_WORD + 1)], dtype=np.uint64)
_ZEROS = np.uint64(0x3030303030303030)
_SIX, _UPPER, _THREES = np.uint64(0x0606060606060606), np.uint64(0xF0F0F0F0F0F0F0F0), np.uint64(0x3333333333333333)
# Of eight digits neighbours are joined to numbers of two, four and eight digits: mask, factor, shift.
_JOINS = tuple(
    (np.uint64(mask), np.uint64(factor), np.uint64(shift))
    for mask, factor, shift in (
        (0x0F0F0F0F0F0F0F0F, (10 << 8) + 1, 8),
        (0x00FF00FF00FF00FF, (100 << 16) + 1, 16),
        (0x0000FFFF0000FFFF, (10_000 << 32) + 1, 32),
    )
)


class Words:
    """The letters of a block, to be read eight at a time from any place.

    Parameters
    ----------
    data
        The block's bytes, as uint8.
    """

    def __init__(self, data: NDArray[np.uint8]) -> None:
        padded = np.zeros(len(data) + 4 * _WORD, dtype=np.uint8)
        padded[2 * _WORD : 2 * _WORD + len(data)] = data
        # one begins at each byte: word i holds the letters from i - 16
        self._words = np.ndarray((len(padded) - _WORD + 1,), dtype="<u8", buffer=padded, strides=(1,))

    def numbers(self, begin: NDArray[np.int64], stop: NDArray[np.int64]) -> NDArray[np.int64] | None:
        """The whole numbers of fields from `begin` to `stop`, `(fields,)`, each of 1 to 16 digits and nothing else.

        None if a field is anything else.
        """
        width = stop - begin
        if not len(width) or width.min() < 1 or width.max() > _MOST_DIGITS:
            return None
        low = _number(self._words[stop + _WORD], np.minimum(width, _WORD))
        if low is None or width.max() <= _WORD:
            return low
        high = _number(self._words[stop], np.maximum(width - _WORD, 0))
        return None if high is None else high * 10**_WORD + low

    def changes(self, begin: NDArray[np.int64], width: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Tell which fields of `width` letters from `begin` differ from the one before; the first does, `(fields,)`."""
        changed = np.ones(len(begin), dtype=bool)
        changed[1:] = width[1:] != width[:-1]
        for start in range(0, int(width.max(initial=0)), _WORD):
            # of fields that end before, no letter counts, wherever is looked
            place = np.where(width > start, begin + start, 0)
            letters = self._words[place + 2 * _WORD] & _FIRST[np.clip(width - start, 0, _WORD)]
            changed[1:] |= letters[1:] != letters[:-1]
        return changed


def _number(words: NDArray[np.uint64], width: NDArray[np.int64]) -> NDArray[np.int64] | None:
    """The number that the last `width` letters of each word spell; None if one is no digit."""
    kept = _LAST[width]
    words = (words & kept) | (_ZEROS & ~kept)
    # digits, and they alone, have an upper half of 3, also with 6 added
    if (((words & _UPPER) | (((words + _SIX) & _UPPER) >> np.uint64(4))) != _THREES).any():
        return None
    for mask, factor, shift in _JOINS:
        words = ((words & mask) * factor) >> shift
    return words.astype(np.int64)
