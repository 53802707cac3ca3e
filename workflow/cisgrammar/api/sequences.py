"""Sequences as people have them, as codes: letters, codes, one-hot, or places in a genome."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cisgrammar.sequence.alphabet import N_CODE, encode
from cisgrammar.sequence.fasta import Genome, read_fasta
from cisgrammar.sequence.intervals import Intervals, read_intervals

_PLACE = re.compile(r"(?P<chrom>\S+):(?P<start>[\d,]+)-(?P<end>[\d,]+)")
_COLUMNS = ("chrom", "start", "end")
_KINDS = (
    "a string of letters, a list of them, codes (sequences, length), one-hot (sequences, 4, length), or places "
    "(`chrI:100-900`, a table with chrom, start, end, a BED file) with fasta="
)


def genome_of(fasta: str | Path | Genome | None) -> Genome | None:
    """A genome that was given as a path or as one; None for none."""
    return read_fasta(fasta) if isinstance(fasta, str | Path) else fasta


def as_codes(x: Any, length: int, fasta: str | Path | Genome | None = None) -> NDArray[np.uint8]:
    """Sequences of one length as codes.

    Parameters
    ----------
    x
        A string of letters or a list of them (IUPAC letters, either case; what is not A, C, G or T is N); codes
        `(length,)` or `(sequences, length)`; one-hot `(4, length)` or `(sequences, 4, length)`, a column of zeros for
        N; or places: `chrI:100-900` (0-based, half-open) or a list of such, a table with the columns chrom, start and
        end, or the path of a BED file.
    length
        Bases of each sequence. A place gives the sequence of that length around its centre.
    fasta
        The genome that places are in: a path or a `Genome`.

    Returns
    -------
    NDArray
        `(sequences, length)` uint8, A 0, C 1, G 2, T 3, N 4.

    Raises
    ------
    ValueError
        One line that says which sequence has another length, which place is not within its chromosome, or what `x` is.
    """
    found = _of_places(x, length, fasta) if _is_places(x) else [_of_sequence(each) for each in _listed(x)]
    for number, codes in enumerate(found):
        if len(codes) != length:
            raise ValueError(
                f"sequence {number} has {len(codes)} bases; the model reads {length}: give sequences of that length, "
                "or places with fasta="
            )
    return np.stack(found) if len(found) else np.zeros((0, length), dtype=np.uint8)


def _listed(x: Any) -> Iterable[Any]:
    """The sequences in `x`, one by one."""
    if isinstance(x, str | bytes):
        return [x]
    if isinstance(x, list | tuple):
        return x
    array = _array(x)
    if array.ndim == 1 or (array.ndim == 2 and _is_one_hot(array)):
        return [array]
    if array.ndim in (2, 3):
        return list(array)
    raise ValueError(f"got an array of shape {array.shape}; wanted {_KINDS}")


def _array(x: Any) -> NDArray:
    if hasattr(x, "detach"):
        x = x.detach().cpu()
    try:
        return np.asarray(x)
    except ValueError as error:
        raise ValueError(f"got {type(x).__name__} ({error}); wanted {_KINDS}") from None


def _of_sequence(x: Any) -> NDArray[np.uint8]:
    """One sequence as codes `(length,)`."""
    if isinstance(x, str | bytes):
        return encode(x)
    array = _array(x)
    if array.ndim == 2:
        return _of_one_hot(array)
    if array.ndim != 1 or array.dtype.kind not in "ui":
        raise ValueError(f"got {type(x).__name__} of shape {array.shape} and type {array.dtype}; wanted {_KINDS}")
    if array.size and (array.min() < 0 or array.max() > N_CODE):
        raise ValueError(f"codes from {array.min()} to {array.max()}; wanted A 0, C 1, G 2, T 3, N {N_CODE}")
    return array.astype(np.uint8)


def _is_one_hot(array: NDArray) -> bool:
    return array.shape[0] == N_CODE and array.dtype.kind == "f"


def _of_one_hot(array: NDArray) -> NDArray[np.uint8]:
    """One-hot `(4, length)` as codes `(length,)`; ValueError unless each column is one 1 or all 0."""
    if array.shape[0] != N_CODE:
        raise ValueError(f"one-hot of shape {array.shape}; wanted (4, length), rows A C G T")
    total = array.sum(axis=0)
    if not (np.isin(array, (0, 1)).all() and (total <= 1).all()):
        raise ValueError("one-hot columns must hold one 1, or only 0 for N; got other values")
    return np.where(total == 1, array.argmax(axis=0), N_CODE).astype(np.uint8)


def _is_places(x: Any) -> bool:
    if isinstance(x, Intervals | Path) or hasattr(x, "columns"):
        return True
    first = x[0] if isinstance(x, list | tuple) and len(x) else x
    return isinstance(first, str) and (":" in first or first.endswith((".bed", ".bed.gz", ".narrowPeak")))


def _of_places(x: Any, length: int, fasta: str | Path | Genome | None) -> list[NDArray[np.uint8]]:
    """Sequences around the centres of places, each `(length,)`."""
    genome = genome_of(fasta)
    if genome is None:
        raise ValueError("places without a genome; add fasta=, the path of a FASTA or a Genome")
    return [_around(genome, chrom, (start + end) // 2, length) for chrom, start, end in places_of(x)]


def places_of(x: Any) -> list[tuple[str, int, int]]:
    """Places as (chromosome, start, end), 0-based and half-open.

    Parameters
    ----------
    x
        `chrI:100-900` or a list of such, a table with the columns chrom, start and end, `Intervals`, or the path of a
        BED file.
    """
    if isinstance(x, str) and ":" not in x:
        x = Path(x)
    if isinstance(x, Path):
        x = read_intervals(x)
    if isinstance(x, Intervals):
        return list(zip(x.chrom.tolist(), x.start.tolist(), x.end.tolist(), strict=True))
    if hasattr(x, "columns"):
        missing = [name for name in _COLUMNS if name not in x.columns]
        if missing:
            raise ValueError(f"a table of places without {', '.join(missing)}; wanted chrom, start and end")
        return [(str(c), int(s), int(e)) for c, s, e in zip(*(x[name] for name in _COLUMNS), strict=True)]
    return [_place(text) for text in ([x] if isinstance(x, str) else x)]


def _place(text: str) -> tuple[str, int, int]:
    found = _PLACE.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"got the place {text!r}; wanted chromosome:start-end, 0-based and half-open")
    start, end = (int(found[name].replace(",", "")) for name in ("start", "end"))
    if end <= start:
        raise ValueError(f"place {text}: ends at {end}, at or before its start; wanted 0-based, half-open")
    return found["chrom"], start, end


def _around(genome: Genome, chrom: str, centre: int, length: int) -> NDArray[np.uint8]:
    codes, first = genome.chromosome(chrom), centre - length // 2
    if first < 0 or first + length > len(codes):
        raise ValueError(
            f"{chrom}:{first}-{first + length}, which the model reads around {chrom}:{centre}, is not within the "
            f"chromosome's {len(codes)} bp; leave the place out"
        )
    return np.asarray(codes[first : first + length])
