"""Letters of a library, their ambiguity codes and pads, as small integers and as embedding rows."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from cisgrammar.iupac import AMBIGUOUS, BASES
from cisgrammar.sequence.alphabet import INVALID


@dataclass(frozen=True)
class Alphabet:
    """An alphabet whose complement is its own reversal (the complement of letter i is `size - 1 - i`).

    Codes: the letters from 0; then ` ` (a pad that no window may touch), `*` (any letter; also written N),
    `-` (a position that scores zero), then the ambiguity letters in the order given. For DNA they differ from those
    of genomes from 4 on: here 4 is the pad and 5 is N, there (`sequence.alphabet.N_CODE`) 4 is N.

    Parameters
    ----------
    letters
        One character a letter, e.g. `ACGT`.
    ambiguity
        Ambiguity letter -> the letters that it stands for.
    """

    letters: str = BASES
    ambiguity: dict[str, str] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Number of letters."""
        return len(self.letters)

    @property
    def pad(self) -> int:
        """Code of ` `: not part of the read."""
        return self.size

    @property
    def wildcard(self) -> int:
        """Code of `*` or N: any letter, scored as the mean over letters."""
        return self.size + 1

    @property
    def zero(self) -> int:
        """Code of `-`: part of the read, scored zero."""
        return self.size + 2

    @property
    def symbols(self) -> str:
        """Character of each code."""
        return self.letters + " *-" + "".join(self.ambiguity)

    @property
    def codes(self) -> dict[str, int]:
        """Character -> code; N is the wildcard where it is not a letter."""
        table = {symbol: code for code, symbol in enumerate(self.symbols)}
        table.setdefault("N", self.wildcard)
        return table

    def embedding(self) -> NDArray[np.float64]:
        """Rows of a linear score, `(codes, size)`: one-hot over the letters of a code divided by their number.

        The pad's row is -inf and that of `-` is zero. A last row, that of N, repeats the wildcard.
        """
        sets = [*self.letters, "", self.letters, "", *self.ambiguity.values(), self.letters]
        rows = np.zeros((len(sets), self.size))  # (codes, size)
        for row, members in zip(rows, sets, strict=True):
            for member in members:
                row[self.letters.index(member)] = 1 / len(members)
        rows[self.pad] = -np.inf
        return rows

    def encode(self, text: str) -> NDArray[np.uint8]:
        """Encode a read, `(length,)` uint8; lower case is accepted, ValueError for an unknown character."""
        table = np.full(256, INVALID, dtype=np.uint8)
        for symbol, code in self.codes.items():
            table[ord(symbol)] = code
            if symbol.lower() not in self.codes:
                table[ord(symbol.lower())] = code
        out = table[np.frombuffer(text.encode("latin-1", "replace"), dtype=np.uint8)]  # (length,)
        if out.size and out.max() == INVALID:
            at = int(out.argmax())
            raise ValueError(
                f"read has {text[at]!r} at position {at}; wanted letters of {self.letters!r} or their ambiguity codes"
            )
        return out

    def decode(self, codes: NDArray[np.integer]) -> str:
        """Turn codes `(length,)` back into characters."""
        return "".join(self.symbols[code] for code in np.asarray(codes))


DNA = Alphabet(BASES, AMBIGUOUS)
