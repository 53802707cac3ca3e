"""Sites of motifs in windows of a genome, and sites that are given, brought into those windows."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cisgrammar.ablation.sites.window_codes import Codes, Letters, letter_blocks
from cisgrammar.motifs.motif import Motif, Source, from_shares
from cisgrammar.motifs.pattern import of_motif
from cisgrammar.motifs.scan import find_matches, scan
from cisgrammar.sequence.fasta import Genome
from cisgrammar.sequence.intervals import read_intervals

COLUMNS = ("region", "start", "end", "name", "strand", "score")


@dataclass(frozen=True, eq=False)
class Windows:
    """Output windows that sites may lie in; 0-based, half-open.

    Attributes
    ----------
    region
        `(windows,)` row of the table of regions.
    chrom, start
        `(windows,)` where each begins on its chromosome.
    codes
        `(windows, length)`, an array or `GenomeRows`.
    """

    region: NDArray[np.int64]
    chrom: NDArray[np.str_]
    start: NDArray[np.int64]
    codes: Letters

    @property
    def length(self) -> int:
        """Width of a window in bp."""
        return self.codes.shape[1]

    def background(self) -> NDArray[np.float64]:
        """Shares of A, C, G and T in the windows, over both strands, `(4,)`."""
        blocks = (np.bincount(codes.reshape(-1), minlength=5)[:4] for _, codes in letter_blocks(self.codes))
        counts = sum(blocks, np.zeros(4, dtype=np.int64)).astype(np.float64) + 1
        return (counts + counts[::-1]) / (2 * counts.sum())


def inside(table: pd.DataFrame, windows: Windows) -> NDArray[np.bool_]:
    """Which rows (chrom, start, end) lie wholly inside of a window, `(rows,)`."""
    found = np.zeros(len(table), dtype=bool)
    starts, ends = (table[name].to_numpy() for name in ("start", "end"))
    for chrom in np.unique(windows.chrom):
        rows = np.flatnonzero((table["chrom"] == chrom).to_numpy())
        first = np.sort(windows.start[windows.chrom == chrom])
        # Windows have one length, so that the last that begins before a row reaches farthest.
        last = np.searchsorted(first, starts[rows], side="right") - 1
        found[rows] = (last >= 0) & (ends[rows] <= first[np.maximum(last, 0)] + windows.length)
    return found


def scan_windows(windows: Windows, motif: Motif, p_value: float) -> pd.DataFrame:
    """Find a motif's sites in windows: exact matches of a consensus, or scores as rare as `p_value`.

    Returns
    -------
    DataFrame
        region, start, end (on the chromosome), name, strand, score (nats relative to the best sequence; 0 for a match).
    """
    if motif.exact:
        parts = [(first, *_matches(codes, motif)) for first, codes in letter_blocks(windows.codes)]
    else:
        shares = windows.background()
        parts = [(first, *_scored(codes, motif, p_value, shares)) for first, codes in letter_blocks(windows.codes)]
    row = np.concatenate([first + rows for first, rows, *_ in parts])
    offset, reverse, score = (np.concatenate(columns) for columns in zip(*(part[2:] for part in parts), strict=True))
    return pd.DataFrame(
        {
            "region": windows.region[row],
            "start": windows.start[row] + offset,
            "end": windows.start[row] + offset + motif.width,
            "name": motif.name,
            "strand": np.where(reverse, "-", "+"),
            "score": score,
        }
    )


def _scored(
    codes: Codes, motif: Motif, p_value: float, shares: NDArray[np.float64]
) -> tuple[NDArray, NDArray, NDArray, NDArray]:
    pieces = Genome.from_chromosomes({str(i): window for i, window in enumerate(codes)})
    hits = scan(pieces, of_motif(motif), p_value, shares)
    length = codes.shape[1]
    return hits.position // length, hits.position % length, hits.reverse, hits.log_affinity


def _matches(codes: Codes, motif: Motif) -> tuple[NDArray, NDArray, NDArray, NDArray]:
    row, offset, reverse = find_matches(codes, motif)
    return row, offset, reverse, np.zeros(len(row))


def read_sites(path: str | Path, windows: Windows, names: Collection[str] | None = None) -> pd.DataFrame:
    """Read sites of a BED file that lie wholly in windows; a site in several windows is in each of them.

    Parameters
    ----------
    path
        BED, plain or gzipped. The score is column 5, or the column `log_affinity` of a file of the binding stage.
    windows
        Where to look.
    names
        Names to keep; None for all.

    Returns
    -------
    DataFrame
        As of `scan_windows`; strand `.` where the file has none.
    """
    intervals = read_intervals(path, "sites", score="log_affinity")
    wanted = np.ones(len(intervals), dtype=bool) if names is None else np.isin(intervals.name, list(names))
    of_chrom = {chrom: np.flatnonzero(wanted & (intervals.chrom == chrom)) for chrom in np.unique(windows.chrom)}
    of_chrom = {chrom: at[np.argsort(intervals.start[at], kind="stable")] for chrom, at in of_chrom.items()}
    parts = []
    for region, chrom, first in zip(windows.region, windows.chrom, windows.start, strict=True):
        mine = of_chrom[chrom]
        low, high = np.searchsorted(intervals.start[mine], (first, first + windows.length))
        at = mine[low:high][intervals.end[mine[low:high]] <= first + windows.length]
        here = intervals.take(at)
        columns = (np.full(len(at), region), here.start, here.end, here.name, here.strand, here.score)
        parts.append(pd.DataFrame(dict(zip(COLUMNS, columns, strict=True))))
    return pd.concat(parts, ignore_index=True)


def motifs_of_sites(
    sites: pd.DataFrame, windows: Windows, source: Source = "annotations", least: int = 5
) -> dict[str, Motif]:
    """Motifs of sites that were given without one: base shares of the sites of each name, on their strands.

    Names whose sites differ in width or are fewer than `least` have none.
    """
    found = {}
    row_of = {region: row for row, region in enumerate(windows.region.tolist())}
    for name, part in sites.groupby("name", sort=True):
        widths = part["end"] - part["start"]
        if len(part) < least or widths.nunique() > 1:
            continue
        row = part["region"].map(row_of).to_numpy()
        offset = part["start"].to_numpy() - windows.start[row]
        places, width = zip(row.tolist(), offset.tolist(), strict=True), int(widths.iloc[0])
        letters = np.stack([windows.codes[r, at : at + width] for r, at in places])  # (sites, width)
        counts = (letters[..., None] == np.arange(4)).astype(float)  # (sites, width, 4)
        turned = (part["strand"] == "-").to_numpy()
        counts[turned] = counts[turned][:, ::-1, ::-1]
        found[str(name)] = from_shares(str(name), counts.sum(0) + 0.25, source)
    return found
