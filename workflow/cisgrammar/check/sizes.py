"""How much data a config names: reads and peaks of each sample, in a moment; large files by their beginnings."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cisgrammar.config.samples import Track
from cisgrammar.config.schema import Simulate
from cisgrammar.files.compression import open_both
from cisgrammar.files.text import read_lines

_LOOKED_AT = 1 << 24
_MOST_PEAK_BYTES = 1 << 27
_NOT_DATA = (b"#", b"track", b"browser")
_SUMMED = re.compile(r"\.(bw|bigwig)$", re.IGNORECASE)
_ALIGNED = re.compile(r"\.(bam|cram)$", re.IGNORECASE)


@dataclass(frozen=True)
class Amount:
    """A number of records.

    Attributes
    ----------
    number
        How many; None where a file does not tell.
    exact
        Whether it was counted, not estimated of the file's beginning and size.
    """

    number: int | None
    exact: bool = True

    def __add__(self, other: Amount) -> Amount:
        if self.number is None or other.number is None:
            return Amount(None)
        return Amount(self.number + other.number, self.exact and other.exact)

    def __str__(self) -> str:
        if self.number is None:
            return "unknown"
        return f"{self.number:,}" if self.exact else f"about {float(f'{self.number:.2g}'):,.0f}"


@dataclass(frozen=True)
class SampleSize:
    """What one sample has.

    Attributes
    ----------
    reads
        Records of its signal: reads, fragments, or counts of bigWigs.
    peaks
        Chromosome -> rows of its file of peaks; empty if the file is too large to be counted in a moment.
    simulated
        Whether the files are still to be simulated: the numbers are those of the config.
    """

    reads: Amount
    peaks: Mapping[str, int]
    simulated: bool = False


def sizes_of(samples: Mapping[str, Sequence[Track]], simulate: Simulate | None = None) -> dict[str, SampleSize]:
    """The size of each sample; files that cannot be read are unknown here, and faults elsewhere.

    Parameters
    ----------
    samples
        Sample -> rows of the sample sheet.
    simulate
        The config's section, whose files may not be there yet.
    """
    return {name: _size(tracks, simulate) for name, tracks in samples.items()}


def _size(tracks: Sequence[Track], simulate: Simulate | None) -> SampleSize:
    paths = [path for track in tracks for path in track.signal_paths]
    if simulate is not None and not any(Path(path).exists() for path in paths):
        peaks = {f"chr{number + 1}": simulate.peaks_per_chromosome for number in range(simulate.chromosomes)}
        return SampleSize(Amount(simulate.fragments), peaks, True)
    reads = sum(map(amount_of, paths), start=Amount(0))
    return SampleSize(reads, _peaks_by_chromosome(tracks[0].peaks))


def amount_of(path: str | Path) -> Amount:
    """Records of a file of reads: counted by an index or a header, else estimated of its first 16 MB and its size."""
    name = str(path)
    with suppress(OSError, ValueError, RuntimeError):
        if not Path(path).is_file():
            return Amount(None)
        if _ALIGNED.search(name):
            return _aligned(path)
        return _summed(path) if _SUMMED.search(name) else _lines(path)
    return Amount(None)


def _aligned(path: str | Path) -> Amount:
    import pysam

    before = pysam.set_verbosity(0)
    try:
        with pysam.AlignmentFile(str(path), check_sq=False) as file:
            if file.has_index() and file.is_bam:
                return Amount(file.mapped + file.unmapped)
            if not file.is_bam:
                return Amount(None)
            start, records = file.tell() >> 16, 0
            for _ in file:
                records += 1
                # The offset of a block of the compressed file stands in the upper bits.
                if (file.tell() >> 16) - start > _LOOKED_AT:
                    return Amount(_scaled(records, Path(path).stat().st_size, (file.tell() >> 16) - start), False)
            return Amount(records)
    finally:
        pysam.set_verbosity(before)


def _summed(path: str | Path) -> Amount:
    import pyBigWig

    with pyBigWig.open(str(path)) as file:
        return Amount(round(abs(file.header()["sumData"])))


def _lines(path: str | Path) -> Amount:
    with open_both(path) as (opened, stored):
        block = opened.read(_LOOKED_AT)
        place, size = stored.tell(), Path(path).stat().st_size
    lines = [line for line in block.split(b"\n") if line.strip() and not line.startswith(_NOT_DATA)]
    whole = len(block) < _LOOKED_AT
    return Amount(len(lines)) if whole else Amount(_scaled(len(lines), size, place), False)


def _scaled(number: int, size: int, seen: int) -> int:
    return round(number * max(1.0, size / max(seen, 1)))


def _peaks_by_chromosome(path: str | Path) -> dict[str, int]:
    with suppress(OSError, ValueError):
        if Path(path).stat().st_size <= _MOST_PEAK_BYTES:
            return dict(Counter(_chromosomes(path)))
    return {}


def _chromosomes(path: str | Path) -> Iterable[str]:
    for _, line in read_lines(path):
        if line.strip() and not line.encode().startswith(_NOT_DATA):
            yield line.split("\t", 1)[0]


def shown_sizes(sizes: Mapping[str, SampleSize], most: int = 8) -> list[str]:
    """Lines that say reads and peaks of each sample; of many samples the first ones, and the sums."""
    lines = []
    for name, size in list(sizes.items())[:most]:
        made = ", to be simulated" if size.simulated else ""
        peaks = f"{sum(size.peaks.values()):,}" if size.peaks else "unknown"
        lines.append(f"data      {name}: {size.reads} reads, {peaks} peaks{made}")
    if len(sizes) > most:
        reads = sum((size.reads for size in sizes.values()), start=Amount(0))
        every = sum(sum(size.peaks.values()) for size in sizes.values())
        lines.append(f"data      {len(sizes)} samples in all: {reads} reads, {every:,} peaks")
    return lines
