"""A gene set: sequences and splice sites of genes, 5' to 3', in one HDF5 file read through memory maps."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cisgrammar.files.atomic import atomic_hdf5
from cisgrammar.files.mapped import release
from cisgrammar.sequence.alphabet import N_CODE
from cisgrammar.signal.store import map_dataset, open_hdf5

FORMAT = "cisgrammar genes 1"
LABELS = ("null", "acceptor", "donor")
NULL, ACCEPTOR, DONOR = range(3)
SPLITS = ("train", "validation", "test")
_TEXTS = ("names", "transcripts", "chroms", "strands", "splits")


@dataclass(frozen=True, eq=False)
class GeneSet:
    """Genes one after the other, each on its own strand, 5' to 3'.

    Attributes
    ----------
    names, transcripts, chroms, strands, splits
        One text per gene: gene id, transcript id, chromosome, `+` or `-`, and `train`, `validation` or `test`.
    starts, ends
        `(genes,)` int64: the transcript on its chromosome, 0-based half-open, whatever the strand.
    offsets
        `(genes + 1,)` int64: gene i is `codes[offsets[i]:offsets[i + 1]]`, and `labels` likewise.
    codes
        `(bases,)` uint8: A 0, C 1, G 2, T 3, N 4.
    labels
        `(bases,)` uint8: 0 null, 1 acceptor (first base of an exon), 2 donor (last base of an exon).
    upstream, downstream
        `(genes, flank)` uint8 codes of the genome just before and after each gene, in the gene's direction;
        flank 0 (the default, and what SpliceAI trains on) leaves N outside of genes.
    path
        The file, for messages; empty if there is none.
    """

    names: tuple[str, ...]
    transcripts: tuple[str, ...]
    chroms: tuple[str, ...]
    strands: tuple[str, ...]
    splits: tuple[str, ...]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    offsets: NDArray[np.int64]
    codes: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    upstream: NDArray[np.uint8]
    downstream: NDArray[np.uint8]
    path: str = ""

    def __len__(self) -> int:
        return len(self.names)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Bases of each gene, `(genes,)`."""
        return np.diff(self.offsets)  # (genes,)

    @property
    def flank(self) -> int:
        """Bases of genome kept on each side of a gene."""
        return int(self.upstream.shape[1])

    def gene(self, index: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Return codes and labels of one gene, `(length,)` each: views, not copies."""
        part = slice(self.offsets[index], self.offsets[index + 1])
        return self.codes[part], self.labels[part]

    def window(self, index: int, start: int, stop: int) -> NDArray[np.uint8]:
        """Return the codes of bases `start` (may be negative) to `stop` of a gene, `(stop - start,)`, a copy.

        Beyond its ends lies the genome as far as it is kept, then N.
        """
        codes, _ = self.gene(index)
        found = np.full(stop - start, N_CODE, dtype=np.uint8)
        parts = ((-self.flank, self.upstream[index]), (0, codes), (len(codes), self.downstream[index]))
        for first, part in parts:
            low, high = max(start, first), min(stop, first + len(part))
            if low < high:
                found[low - start : high - start] = part[low - first : high - first]
        return found

    def indices(self, split: str) -> NDArray[np.int64]:
        """Return the genes of a split; ValueError if there are none."""
        found = np.flatnonzero(np.array(self.splits) == split)
        if not len(found):
            there = ", ".join(sorted(set(self.splits)))
            raise ValueError(f"{self.path or 'gene set'}: no genes of split {split!r}; it has {there}")
        return found

    def subset(self, which: str | Sequence[int] | NDArray[np.integer]) -> GeneSet:
        """Return the genes of a split, or those of the given indices, in that order."""
        chosen = self.indices(which) if isinstance(which, str) else np.asarray(which, dtype=np.int64)
        names, transcripts, chroms, strands, splits = (tuple(getattr(self, name)[i] for i in chosen) for name in _TEXTS)
        parts = [self.gene(int(i)) for i in chosen]
        codes, labels = _joined([codes for codes, _ in parts]), _joined([labels for _, labels in parts])
        # What was read of the maps is copied: their pages would count as memory of this process.
        release(self.codes)
        release(self.labels)
        return replace(
            self,
            names=names,
            transcripts=transcripts,
            chroms=chroms,
            strands=strands,
            splits=splits,
            starts=self.starts[chosen],
            ends=self.ends[chosen],
            offsets=_offsets([len(codes) for codes, _ in parts]),
            codes=codes,
            labels=labels,
            upstream=self.upstream[chosen],
            downstream=self.downstream[chosen],
        )

    @property
    def known_split(self) -> str:
        """The split that motifs and base rates are counted in: `train`; `validation` if no gene is for training."""
        return SPLITS[0] if SPLITS[0] in self.splits else SPLITS[1]

    def sites(self, label: int) -> NDArray[np.int64]:
        """Return the places of a label in `labels`, `(sites,)`."""
        return np.flatnonzero(self.labels == label)

    def fingerprint(self) -> str:
        """Return a hash of names, sequences, labels and flanks."""
        digest = hashlib.blake2b(digest_size=16)
        digest.update("\n".join(f"{a}\t{b}" for a, b in zip(self.names, self.splits, strict=True)).encode())
        for array in (self.offsets, self.codes, self.labels, self.upstream, self.downstream):
            digest.update(np.ascontiguousarray(array).data)
        return digest.hexdigest()

    def __iter__(self) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.uint8]]]:
        return (self.gene(i) for i in range(len(self)))


def _offsets(lengths: Sequence[int]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)]).astype(np.int64)


def _joined(parts: Sequence[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    return np.concatenate([np.zeros(0, dtype=np.uint8), *parts])


def gene_set(
    genes: Sequence[tuple[NDArray[np.uint8], NDArray[np.uint8]]],
    names: Sequence[str] | None = None,
    splits: Sequence[str] | None = None,
) -> GeneSet:
    """Make a gene set of (codes, labels) pairs whose place on a genome is not known.

    Parameters
    ----------
    genes
        Codes and labels, `(length,)` each, of every gene.
    names
        One per gene; default `gene_0`, `gene_1`, ...
    splits
        One per gene; default `test`.

    Raises
    ------
    ValueError
        If a gene's codes and labels differ in length, or a value is out of range.
    """
    number = len(genes)
    names = tuple(names) if names is not None else tuple(f"gene_{i}" for i in range(number))
    lengths = np.array([len(codes) for codes, _ in genes], dtype=np.int64)
    none = np.zeros((number, 0), dtype=np.uint8)
    found = GeneSet(
        names=names,
        transcripts=names,
        chroms=("",) * number,
        strands=("+",) * number,
        splits=tuple(splits) if splits is not None else ("test",) * number,
        starts=np.zeros(number, dtype=np.int64),
        ends=lengths,
        offsets=_offsets(lengths.tolist()),
        codes=_joined([np.asarray(codes, dtype=np.uint8) for codes, _ in genes]),
        labels=_joined([np.asarray(labels, dtype=np.uint8) for _, labels in genes]),
        upstream=none,
        downstream=none,
    )
    check_gene_set(found)
    return found


def check_gene_set(genes: GeneSet) -> None:
    """Raise ValueError unless all arrays of a gene set fit together and hold only known codes and labels."""
    where, number = genes.path or "gene set", len(genes.names)
    if not number:
        raise ValueError(f"{where}: no genes; a gene set needs at least one")
    counts = {name: len(getattr(genes, name)) for name in (*_TEXTS, "starts", "ends", "upstream", "downstream")}
    wrong = {name: count for name, count in {**counts, "offsets": len(genes.offsets) - 1}.items() if count != number}
    if wrong:
        raise ValueError(f"{where}: {number} genes, but {wrong}; give one of each per gene")
    if genes.codes.shape != genes.labels.shape or genes.offsets[-1] != len(genes.codes):
        raise ValueError(
            f"{where}: {len(genes.codes)} codes and {len(genes.labels)} labels for {int(genes.offsets[-1])} bases; "
            "a label belongs to each base"
        )
    if not (np.diff(genes.offsets) > 0).all():
        raise ValueError(f"{where}: gene {genes.names[int((np.diff(genes.offsets) <= 0).argmax())]} has no sequence")
    for what, array, most in (("code", genes.codes, N_CODE), ("label", genes.labels, DONOR)):
        if len(array) and array.max() > most:
            place = int((array > most).argmax())
            raise ValueError(f"{where}: {what} {array[place]} at base {place}; wanted 0 to {most}")
    stray = set(genes.splits) - set(SPLITS)
    if stray:
        raise ValueError(f"{where}: split {min(stray)!r}; wanted one of {', '.join(SPLITS)}")


def write_gene_set(path: str | Path, genes: GeneSet, attrs: dict[str, Any] | None = None) -> None:
    """Write a gene set as contiguous HDF5 datasets; the same genes give the same bytes."""
    check_gene_set(genes)
    with atomic_hdf5(path) as file:
        file.attrs["format"] = FORMAT
        file.attrs["fingerprint"] = genes.fingerprint()
        for name, value in (attrs or {}).items():
            file.attrs[name] = value
        for name in _TEXTS:
            file.create_dataset(name, data=np.array([text.encode() for text in getattr(genes, name)], dtype="S"))
        for name in ("starts", "ends", "offsets", "codes", "labels"):
            file.create_dataset(name, data=getattr(genes, name))
        if genes.flank:
            file.create_dataset("upstream", data=genes.upstream)
            file.create_dataset("downstream", data=genes.downstream)


def read_gene_set(path: str | Path) -> GeneSet:
    """Open a gene set written by `write_gene_set`; codes and labels are read-only memory maps.

    ValueError names the file if it is missing, is no gene set, or its arrays do not fit together.
    """
    with open_hdf5(path, FORMAT) as file:
        missing = {*_TEXTS, "starts", "ends", "offsets", "codes", "labels"} - set(file)
        if missing:
            raise ValueError(f"{path}: no dataset {', '.join(sorted(missing))}; delete the file and run again")
        names, transcripts, chroms, strands, splits = (
            tuple(text.decode() for text in file[name][:]) for name in _TEXTS
        )
        starts, ends, offsets = (file[name][:].astype(np.int64) for name in ("starts", "ends", "offsets"))
        none = np.zeros((len(names), 0), dtype=np.uint8)
        found = GeneSet(
            names=names,
            transcripts=transcripts,
            chroms=chroms,
            strands=strands,
            splits=splits,
            starts=starts,
            ends=ends,
            offsets=offsets,
            codes=map_dataset(path, file["codes"]),
            labels=map_dataset(path, file["labels"]),
            upstream=map_dataset(path, file["upstream"]) if "upstream" in file else none,
            downstream=map_dataset(path, file["downstream"]) if "downstream" in file else none,
            path=str(path),
        )
    check_gene_set(found)
    return found
