"""DNA letters as small integers: A 0, C 1, G 2, T 3, anything else that IUPAC allows 4 (N).

Genomes and windows have these codes. Reads of SELEX libraries have codes of their own (`binding.reads.alphabet`),
where 4 is a pad outside of the read and N is 5: `N_CODE` here, `pad` and `wildcard` there. The letters themselves,
and what they stand for, are in `cisgrammar.iupac`.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from cisgrammar.iupac import AMBIGUOUS, BASES

Code = TypeVar("Code", bound=np.integer)
N_CODE = 4
INVALID = 255
_LETTERS = f"{BASES}N".encode()


def _encoding_table() -> bytes:
    table = bytearray([INVALID]) * 256
    codes = {base: code for code, base in enumerate(BASES)} | dict.fromkeys(("N", *AMBIGUOUS), N_CODE)
    codes["U"] = codes["T"]
    for letter, code in codes.items():
        table[ord(letter)] = table[ord(letter.lower())] = code
    return bytes(table)


ENCODING = _encoding_table()
_DECODING = bytes(_LETTERS[code] if code < len(_LETTERS) else INVALID for code in range(256))


def encode(text: str | bytes) -> NDArray[np.uint8]:
    """Encode a sequence as codes, `(length,)` uint8: A 0, C 1, G 2, T (or U) 3, other IUPAC letters 4.

    Lower case is accepted. ValueError names the first letter that is not IUPAC's, and its position.
    """
    if isinstance(text, str):
        text = text.encode("latin-1", errors="replace")
    codes = np.frombuffer(bytearray(text).translate(ENCODING), dtype=np.uint8)
    if codes.size and codes.max() == INVALID:
        position = int(codes.argmax())
        raise ValueError(
            f"sequence has {text[position : position + 1].decode('latin-1')!r} at position {position}; "
            "wanted IUPAC nucleotide letters"
        )
    return codes


def decode(codes: NDArray[np.uint8]) -> str:
    """Turn codes `(length,)` back into upper-case letters; every 4 becomes N."""
    codes = np.ascontiguousarray(codes, dtype=np.uint8)
    if codes.ndim != 1:
        raise ValueError(f"decode wants one sequence of shape (length,), got shape {codes.shape}")
    if codes.size and codes.max() > N_CODE:
        position = int((codes > N_CODE).argmax())
        raise ValueError(f"code {codes[position]} at position {position}; wanted codes from 0 to {N_CODE}")
    return codes.tobytes().translate(_DECODING).decode("ascii")


def complement(codes: NDArray[Code]) -> NDArray[Code]:
    """Complement codes of any shape, in their order; N stays N."""
    # 0, 1, 2, 3 become 3, 2, 1, 0, and 4 becomes 7: arithmetic is four times as fast as a table
    return np.minimum(codes ^ codes.dtype.type(3), codes.dtype.type(N_CODE))


def reverse_complement(codes: NDArray[Code]) -> NDArray[Code]:
    """Reverse-complement codes `(..., length)` along the last axis; N stays N."""
    return complement(codes[..., ::-1])


def one_hot(codes: NDArray[np.uint8]) -> NDArray[np.float32]:
    """One-hot encode codes `(..., length)` as float32 `(..., 4, length)`, rows A C G T; N is all zero."""
    bases = np.arange(4, dtype=np.uint8)[:, None]
    return (codes[..., None, :] == bases).astype(np.float32)  # (..., 4, length)


def gc_content(codes: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return the share of G and C among the known bases along the last axis; 0 where no base is known."""
    known = (codes < N_CODE).sum(axis=-1)
    strong = ((codes == 1) | (codes == 2)).sum(axis=-1)
    return strong / np.maximum(known, 1)
