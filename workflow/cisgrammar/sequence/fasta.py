"""Genome FASTA files as codes."""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cisgrammar.files.text import LONGEST_LINE, line_too_long, read_chunks
from cisgrammar.files.twobit import is_twobit, twobit_as_fasta
from cisgrammar.sequence.alphabet import ENCODING, INVALID, N_CODE

logger = logging.getLogger(__name__)

# A gap of an alignment, the end of a sequence, and what some programs mask with, where a base is expected.
_AS_N = b"-*Xx"
_ENCODING = bytes(N_CODE if byte in _AS_N else code for byte, code in enumerate(ENCODING))
_WHITE = b"\r\n \t"
_LONGEST = (1 << 32) - 1
_LONGEST_NAME = 255


@dataclass(frozen=True, eq=False)
class Genome:
    """All chromosomes of an assembly, one after the other.

    Attributes
    ----------
    names
        Chromosome names in the order of the FASTA.
    lengths
        `(chromosomes,)` int64, bp.
    offsets
        `(chromosomes,)` int64: where each chromosome starts in `codes`.
    codes
        `(sum of lengths,)` uint8: A 0, C 1, G 2, T 3, N 4. May be a memory map.
    fingerprint
        Hash of names, lengths and codes; computed if not given.
    empty
        Names of the FASTA that have no sequence.
    """

    names: tuple[str, ...]
    lengths: NDArray[np.int64]
    offsets: NDArray[np.int64]
    codes: NDArray[np.uint8]
    fingerprint: str = ""
    empty: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.fingerprint:
            object.__setattr__(self, "fingerprint", _fingerprint(self.names, self.lengths, self.codes))

    @classmethod
    def from_chromosomes(cls, chromosomes: Mapping[str, NDArray[np.uint8]]) -> Genome:
        """Build a genome from name -> codes `(length,)`."""
        lengths = np.array([len(codes) for codes in chromosomes.values()], dtype=np.int64)
        parts = [np.asarray(codes, dtype=np.uint8) for codes in chromosomes.values()]
        codes = np.concatenate(parts) if parts else np.zeros(0, dtype=np.uint8)
        return cls(tuple(chromosomes), lengths, _offsets(lengths), codes)

    @property
    def size(self) -> int:
        """Bases in all chromosomes."""
        return int(self.lengths.sum())

    def index(self, chrom: str) -> int:
        """Return a chromosome's place in `names`; ValueError if there is none of that name."""
        try:
            return self.names.index(chrom)
        except ValueError:
            raise ValueError(f"chromosome {chrom!r} is not in the genome{_hint(chrom, self.names)}") from None

    def length(self, chrom: str) -> int:
        """Return a chromosome's length in bp."""
        return int(self.lengths[self.index(chrom)])

    def chromosome(self, chrom: str) -> NDArray[np.uint8]:
        """Return a view of one chromosome's codes `(length,)`."""
        index = self.index(chrom)
        return self.codes[self.offsets[index] : self.offsets[index] + self.lengths[index]]

    def position(self, chrom: str, pos: int) -> int:
        """Return the index into `codes` of 0-based position `pos` (its length, the end, is allowed)."""
        index = self.index(chrom)
        if not 0 <= pos <= self.lengths[index]:
            raise ValueError(f"{chrom}:{pos} is outside of the chromosome's {self.lengths[index]} bp")
        return int(self.offsets[index]) + int(pos)

    def positions(self, chroms: Sequence[str] | NDArray[np.str_], pos: ArrayLike) -> NDArray[np.int64]:
        """Return indices into `codes` `(regions,)` of many positions; not checked against chromosome ends."""
        names, number = np.unique(np.asarray(chroms, dtype=np.str_), return_inverse=True)
        where = dict(zip(self.names, self.offsets.tolist(), strict=True))
        unknown = [name for name in names.tolist() if name not in where]
        if unknown:
            self.index(unknown[0])
        offsets = np.array([where[name] for name in names.tolist()], dtype=np.int64)
        return offsets[number] + np.asarray(pos, dtype=np.int64)


_ACCESSION = re.compile(r"nc_([0-9]{6})(?:\.[0-9]+)?")
_ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiii", "xiv", "xv", "xvi")
_REFSEQ = {
    1: (*map(str, range(1, 23)), "x", "y"),
    67: (*map(str, range(1, 20)), "x", "y"),
    1133: _ROMAN,
    1224: ("m",),
    5089: ("m",),
    12920: ("m",),
}
"""First number of RefSeq's accessions -> chromosomes: human, mouse, yeast; mitochondria of yeast, mouse, human."""


def name_hint(chrom: str, names: Sequence[str]) -> str:
    """Return the name in `names` that `chrom` probably means (`chr1` for `1`, `chrM` for `MT`), or ''."""
    bare = {_bare(name): name for name in names}
    return bare.get(_bare(chrom), "")


def names_in_short(names: Sequence[str], most: int = 5) -> str:
    """Return the first names of a list, and how many more there are, for messages."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _bare(name: str) -> str:
    name = name.lower().removeprefix("chr")
    name = _of_accession(name) or name
    return {"mt": "m", "mito": "m"}.get(name, name)


def _of_accession(name: str) -> str:
    """The chromosome of an accession of RefSeq, of any version: human, mouse, yeast; empty for others."""
    found = _ACCESSION.fullmatch(name)
    if found is None:
        return ""
    number = int(found[1])
    for first, names in _REFSEQ.items():
        if first <= number < first + len(names):
            return names[number - first]
    return ""


def _hint(chrom: str, names: Sequence[str]) -> str:
    close = name_hint(chrom, names)
    return f"; it has {close!r}" if close else f"; it has {', '.join(names[:5])}{', ...' if names[5:] else ''}"


def _offsets(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(lengths)[:-1]]).astype(np.int64)[: len(lengths)]


def _fingerprint(names: Sequence[str], lengths: NDArray[np.int64], codes: NDArray[np.uint8]) -> str:
    digest = hashlib.blake2b(digest_size=16)
    digest.update("\t".join(names).encode())
    digest.update(np.asarray(lengths, dtype="<i8").tobytes())
    digest.update(np.ascontiguousarray(codes).data)
    return digest.hexdigest()


def _records(text: bytes) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of the parts of a text: what is before the first header, then one per header."""
    start = 0
    while start < len(text):
        found = text.find(b"\n>", start)
        end = len(text) if found < 0 else found + 1
        yield start, end
        start = end


class _Parser:
    """Collects chromosomes from pieces of text that end anywhere, so that a line may have any length.

    `line` is the number of lines before the current part, `column` the bytes of the line that it begins in.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = path
        self.line = 0
        self.column = 0
        self.header_lines: dict[str, int] = {}
        self.starts: list[int] = []
        self.codes = bytearray()
        self.as_n = 0
        self._unfinished = b""

    def chunk(self, text: bytes) -> None:
        """Take the next piece; a header that does not end in it is kept for the one after."""
        text = self._unfinished + text
        last = text.rfind(b"\n") + 1
        begins = text[last : last + 1] == b">" and (last > 0 or self.column == 0)
        self._unfinished, text = (text[last:], text[:last]) if begins else (b"", text)
        if len(self._unfinished) > LONGEST_LINE:
            raise line_too_long(self.path, self.line + text.count(b"\n") + 1)
        for start, end in _records(text):
            self.part(text[start:end])

    def part(self, text: bytes) -> None:
        sequence = text
        if text.startswith(b">") and not self.column:
            header, _, sequence = text.partition(b"\n")
            self.header(header)
            self.line += 1
        elif text.strip() and not self.starts:
            raise ValueError(
                f"{self.path}:{self.line + 1}: sequence before the first header line; "
                "wanted a FASTA file, whose first line starts with >"
            )
        if sequence:
            self.sequence(sequence)

    def header(self, header: bytes) -> None:
        words = header[1:].split()
        if not words:
            raise ValueError(f"{self.path}:{self.line + 1}: header line without a name; write >name")
        name = words[0].decode("utf-8", errors="replace")
        if len(name) > _LONGEST_NAME:
            raise ValueError(
                f"{self.path}:{self.line + 1}: a name of {len(name)} letters ({name[:40]}...); wanted at most "
                f"{_LONGEST_NAME}, and a line end before the sequence"
            )
        if name in self.header_lines:
            raise ValueError(
                f"{self.path}:{self.line + 1}: chromosome {name} is named a second time "
                f"(first in line {self.header_lines[name]}); give each sequence its own name"
            )
        self.header_lines[name] = self.line + 1
        self.starts.append(len(self.codes))

    def sequence(self, text: bytes) -> None:
        codes = text.translate(_ENCODING, _WHITE)
        self.as_n += sum(map(text.count, _AS_N))
        if codes and np.frombuffer(codes, dtype=np.uint8).max() == INVALID:
            self.stray(text)
        if codes and len(self.codes) - self.starts[-1] + len(codes) > _LONGEST:
            raise ValueError(
                f"{self.path}:{self.line + 1}: chromosome {list(self.header_lines)[-1]} has more than {_LONGEST:,} bp, "
                "the most that a bigWig can hold; check what the file is"
            )
        self.codes += codes
        self.line += text.count(b"\n")
        self.column = len(text) - (text.rfind(b"\n") + 1) + (0 if b"\n" in text else self.column)

    def stray(self, text: bytes) -> None:
        known = bytes(b for b in range(256) if _ENCODING[b] != INVALID) + _WHITE
        stray = text.translate(None, known)[:1]
        before = text[: text.index(stray)]
        line = self.line + before.count(b"\n") + 1
        column = len(before) - (before.rfind(b"\n") + 1) + 1 + (0 if b"\n" in before else self.column)
        raise ValueError(
            f"{self.path}:{line}: stray byte {stray!r} in column {column}; wanted IUPAC nucleotide letters"
        )

    def genome(self) -> Genome:
        if self._unfinished:
            self.part(self._unfinished)
        if not self.starts:
            raise ValueError(f"{self.path}: no sequences; wanted a FASTA file")
        starts = np.array([*self.starts, len(self.codes)], dtype=np.int64)
        lengths = np.diff(starts)
        names = tuple(self.header_lines)
        if not lengths.any():
            raise ValueError(
                f"{self.path}:{self.header_lines[names[0]]}: chromosome {names[0]} has no sequence, nor has any other; "
                "the file may be cut off"
            )
        if self.as_n:
            logger.warning("%s: %d letters -, * or X are read as N", self.path, self.as_n)
        empty = tuple(name for name, length in zip(names, lengths.tolist(), strict=True) if not length)
        if empty:
            logger.warning(
                "%s:%d: %d of %d chromosomes have no sequence and are left out: %s%s",
                *(self.path, self.header_lines[empty[0]], len(empty), len(names), names_in_short(empty)),
                "; the file may be cut off" if names[-1] == empty[-1] else "",
            )
        kept = lengths > 0
        names = tuple(name for name in names if name not in set(empty))
        codes = np.frombuffer(self.codes, dtype=np.uint8)
        return Genome(names, lengths[kept], starts[:-1][kept], codes, empty=empty)


def read_fasta(path: str | Path) -> Genome:
    """Read a genome FASTA, plain or compressed, upper or lower case, or a genome in UCSC's format 2bit.

    A chromosome's name is the header's first word. The file is streamed, so memory is one byte a base, and lines may
    have any length. `-`, `*` and `X` are N, which is told; a chromosome without sequence is left out, which is told.

    Raises
    ------
    ValueError
        Naming file and line: a byte that is no IUPAC letter, a name twice or of more than 255 letters, sequence before
        the first header, no sequence at all, one of 2^32 bp or more, an empty file, a truncated gzip stream.
    """
    parser = _Parser(path)
    for chunk in twobit_as_fasta(path) if is_twobit(path) else read_chunks(path):
        parser.chunk(chunk)
    return parser.genome()
