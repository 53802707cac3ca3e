"""Find where in a read the variable region lies: by its constant neighbours, or by the composition of the reads."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cisgrammar.binding.reads.fastq import read_fastq
from cisgrammar.sequence.alphabet import decode, encode

# A position is constant if one base has more than this share.
_CONSTANT = 0.9
# Bits per read by which a constant region must be better than chance to be taken as found.
_FOUND = 0.5
# Among fewer reads a variable position may look constant by chance.
_FEWEST = 20
_SAMPLE = 100_000


@dataclass(frozen=True)
class Design:
    """What a library's reads are made of: barcode, `left`, the variable region, `right`.

    Attributes
    ----------
    left, right
        Constant bases beside the variable region; a read may begin within `left` and end within `right`. None:
        not known.
    length
        Bases of the variable region, None: not known.
    barcode
        What a read begins with.
    """

    left: str | None
    right: str | None
    length: int | None
    barcode: str = ""

    @property
    def flanks(self) -> tuple[str, str]:
        """`left` and `right`, empty where not known."""
        return self.left or "", self.right or ""


@dataclass(frozen=True)
class Layout:
    """Where the parts are in the reads of one file, in bases from the start of a read.

    Attributes
    ----------
    read_length
        The most frequent length of the reads that begin with the barcode.
    start, length
        The variable region.
    left, right
        The parts of the constant regions that the reads hold.
    """

    read_length: int
    start: int
    length: int
    left: str
    right: str

    @property
    def end(self) -> int:
        """End of the variable region."""
        return self.start + self.length


def sample_reads(path: str | Path, barcode: str, most: int = _SAMPLE) -> NDArray[np.uint8]:
    """Codes of the first `most` reads that begin with the barcode, of the most frequent length: `(reads, length)`.

    Raises
    ------
    ValueError
        If the file has no reads, or none begins with the barcode.
    """
    parts: dict[int, list[NDArray[np.uint8]]] = {}
    taken, total = 0, 0
    for reads in read_fastq(path):
        rows = reads.matches(encode(barcode), 0)
        rows &= np.cumsum(rows) <= most - taken
        for length in np.unique(reads.lengths[rows]).tolist():
            parts.setdefault(length, []).append(reads.window(0, length, rows & (reads.lengths == length)))
        taken, total = taken + int(rows.sum()), total + len(reads)
        if taken >= most:
            break
    if not total:
        raise ValueError(f"{path}: no reads; leave the round's place empty if it was not sequenced")
    if not taken:
        raise ValueError(f"{path}: none of {total} reads begins with the barcode {barcode}; correct barcode or path")
    length = max(parts, key=lambda length: (sum(map(len, parts[length])), length))
    return np.concatenate(parts[length])  # (reads, length)


def complete(sample: NDArray[np.uint8], design: Design) -> Design:
    """Fill in what of a design is not known, by the composition of the reads.

    A position of which one base has more than 90 % is constant. Without `length`, the variable region is what
    is between the constant regions given, or else the longest stretch without constant positions. With it, and without
    constant regions, it is the window of most entropy. Constant regions not given are what is constant at once
    beside the variable region.

    Raises
    ------
    ValueError
        If a constant region given is not in reads that are constant where it should be, or nothing is variable.
    """
    constant, entropy, consensus = _composition(sample)
    first = len(design.barcode)
    given = locate(sample, design) if design.length and (design.left or design.right) else None
    if given is not None:
        start, end = given.start, given.end
    elif design.length:
        start = _densest(entropy, first, design.length)
        end = start + design.length
    else:
        start, end = _between(sample, design, constant)
    left = decode(consensus[_run_before(constant, first, start) : start])
    right = decode(consensus[end : _run_after(constant, end)])
    return replace(
        design,
        left=left if design.left is None else design.left,
        right=right if design.right is None else design.right,
        length=end - start,
    )


def _composition(sample: NDArray[np.uint8]) -> tuple[NDArray[np.bool_], NDArray[np.float64], NDArray[np.uint8]]:
    """Whether each position is constant, its entropy in bits, and its most frequent base."""
    counts = np.stack([(sample == base).sum(0) for base in range(4)])  # (4, length)
    share = counts / np.maximum(counts.sum(0), 1)  # (4, length)
    entropy = -(share * np.log2(np.where(share > 0, share, 1))).sum(0)  # (length,)
    constant = (share.max(0) > _CONSTANT) & (len(sample) >= _FEWEST)
    return constant, entropy, share.argmax(0).astype(np.uint8)


def _densest(entropy: NDArray[np.float64], first: int, length: int) -> int:
    if first + length > len(entropy):
        raise ValueError(
            f"the variable region has {length} bp, the reads only {len(entropy) - first} nt; correct length or barcode"
        )
    sums = np.convolve(entropy[first:], np.ones(length), mode="valid")
    # Rounded, so that windows that are as good as each other give the first of them.
    return first + int(sums.round(9).argmax())


def _between(sample: NDArray[np.uint8], design: Design, constant: NDArray[np.bool_]) -> tuple[int, int]:
    """Start and end of the variable region whose length is not known."""
    first, width = len(design.barcode), sample.shape[1]
    (left, right), start, end = design.flanks, None, None
    if left:
        start = _best_place(sample, left, "", range(first, width), first)
    if start is not None:
        # Reads of one file may lie in several ways: those that have `left` here say where `right` is.
        seen = min(len(left), start - first)
        holds = (sample[:, start - seen : start] == encode(left)[len(left) - seen :]).all(1)
        sample = sample[holds]
        constant = _composition(sample)[0]
    if right:
        end = _best_place(sample, "", right, range(first if start is None else start, width), first)
    runs = _variable_runs(constant, first if start is None else start, width if end is None else end)
    if not runs:
        raise ValueError(
            f"all of the {width} positions of the reads are constant (one base has over 90 %); wanted a variable "
            "region: give left, right and length, or another file"
        )
    longest = max(runs, key=lambda run: run[1] - run[0])
    begin = (first if left else longest[0]) if start is None else start
    stop = (width if right else longest[1]) if end is None else end
    for name, text, at in (("left", left, begin), ("right", right, stop - 1)):
        if text and constant[at]:
            raise ValueError(
                f"{name} {text} is not beside the variable region: base {at + 1} of the reads is constant too; "
                f"correct {name}, or give length if that base belongs to the variable region"
            )
    return begin, stop


def _variable_runs(constant: NDArray[np.bool_], first: int, end: int) -> list[tuple[int, int]]:
    """Stretches without constant positions, (start, end) each."""
    edges = np.flatnonzero(np.diff(constant[first:end], prepend=True, append=True)) + first
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _run_before(constant: NDArray[np.bool_], first: int, start: int) -> int:
    """Start of the constant positions that end at `start`."""
    while start > first and constant[start - 1]:
        start -= 1
    return start


def _run_after(constant: NDArray[np.bool_], end: int) -> int:
    """End of the constant positions that start at `end`."""
    while end < len(constant) and constant[end]:
        end += 1
    return end


def locate(sample: NDArray[np.uint8], design: Design) -> Layout:
    """Find the variable region of a design whose length is known.

    Of all places the one is taken where the constant bases that a read would hold are there in more reads than by
    chance: of largest relative entropy f log2(f / 4^-m) + (1 - f) log2((1 - f) / (1 - 4^-m)) of the share f
    of reads that hold all m of them, if that is at least half a bit. Without such a place the variable region
    must be all that follows the barcode.

    Raises
    ------
    ValueError
        If there is no such place and the reads have another length than that.
    """
    first, width, (left, right) = len(design.barcode), sample.shape[1], design.flanks
    length = design.length or 0
    last = width - length
    if last < first:
        raise ValueError(
            f"the variable region has {length} bp, the reads only {width - first} nt; correct length or barcode"
        )
    start = _best_place(sample, left, right, range(first, last + 1), first, length)
    if start is None and last == first:
        start = first
    if start is None:
        raise ValueError(
            f"the reads have {width - first} nt, the variable region {length} bp, and neither left ({left or 'empty'}) "
            f"nor right ({right or 'empty'}) tells where it lies; correct left, right or length, "
            "or give one for each round, with commas between"
        )
    seen = min(len(left), start - first)
    return Layout(width, start, length, left[len(left) - seen :], right[: width - start - length])


def fits_design(sample: NDArray[np.uint8], design: Design) -> bool:
    """Whether a design of known length has a place in the reads."""
    try:
        locate(sample, design)
    except ValueError:
        return False
    return True


def _best_place(
    sample: NDArray[np.uint8], left: str, right: str, starts: range, first: int, length: int = 0
) -> int | None:
    """The start of the variable region by its neighbours, None if they are nowhere."""
    before, after = encode(left), encode(right)
    best, place = _FOUND, None
    for start in starts:
        seen, end = min(len(before), start - first), start + length
        head = after[: sample.shape[1] - end]
        hit = (sample[:, start - seen : start] == before[len(before) - seen :]).all(1)
        hit &= (sample[:, end : end + len(head)] == head).all(1)
        bits = _relative_entropy(float(hit.mean()), seen + len(head))
        if bits > best:
            best, place = bits, start
    return place


def _relative_entropy(share: float, bases: int) -> float:
    """Bits per read by which `share` of the reads with `bases` given bases is more than chance; 0 if it is less."""
    chance = 0.25**bases
    if share <= chance:
        return 0.0
    rest = (1 - share) * np.log2((1 - share) / (1 - chance)) if share < 1 else 0.0
    return float(share * np.log2(share / chance) + rest)
