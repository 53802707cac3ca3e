"""Seqlets: stretches of bases with contributions that shuffled sequence does not have. The caller is tangermeme's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cisgrammar.ablation.contributions.call_seqlets import Calls, call_seqlets
from cisgrammar.ablation.contributions.contribution_files import BLOCK, ContributionFile
from cisgrammar.files.atomic import atomic_path
from cisgrammar.iupac import BASES

COLUMNS = ["chrom", "start", "end", "head", "output", "sign", "contribution", "p_value", "sequence", "motifs"]
_LEAST_OVERLAP = 0.5
_LETTERS = np.array(list(f"{BASES}N"))
_ROWS = 1 << 12


@dataclass(frozen=True, eq=False)
class Seqlets:
    """Seqlets of every head, output and sign, sorted by these and by chromosome and start.

    Attributes
    ----------
    of
        (head, output, sign) -> its seqlets.
    found
        The windows that they lie in.
    sites
        Motifs' sites by chromosome, see `find_seqlets`.
    """

    of: dict[tuple[str, str, str], Calls]
    found: ContributionFile
    sites: Mapping[str, pd.DataFrame]

    def blocks(self) -> Iterator[pd.DataFrame]:
        """Yield the table of `find_seqlets` in blocks of rows; one without rows where there is no seqlet."""
        if not any(map(len, self.of.values())):
            yield pd.DataFrame(columns=COLUMNS)
        for (head, output, sign), calls in self.of.items():
            for first in range(0, len(calls), _ROWS):
                rows = _rows(self.found, calls.take(np.arange(first, min(first + _ROWS, len(calls)))))
                motifs = _motifs(rows, self.sites)
                yield rows.assign(head=head, output=output, sign=sign, motifs=motifs)[COLUMNS]

    def largest(self) -> float:
        """Greatest absolute contribution; 0 without seqlets."""
        return max((float(np.abs(calls.contribution).max(initial=0)) for calls in self.of.values()), default=0.0)


def find_seqlets(found: ContributionFile, sites: pd.DataFrame, fdr: float) -> Seqlets:
    """Seqlets of every head and output, of either sign; memory goes with their number, not with that of the peaks.

    Parameters
    ----------
    found
        Contributions of peaks and of shuffled peaks.
    sites
        Sites of the ablation stage: chrom, start, end, name, kind.
    fdr
        Share of false ones among them, judged by the shuffled peaks.

    Returns
    -------
    Seqlets
        A table of columns `COLUMNS`: place (0-based half-open), `sign` (+ or -), the sum of the contributions (nats, or
        logits for a profile), tangermeme's p-value, which ranks and is no error rate, the sequence, and the motifs
        whose sites it shares half of the shorter one with.
    """
    number = np.unique(found.chrom, return_inverse=True)[1]
    called = {}
    for key in sorted(found.keys):
        for sign, calls in sorted(call_seqlets(partial(found.values, key), fdr).items()):
            order = np.lexsort((found.start[calls.row] + calls.start, number[calls.row]))
            called[(*key, sign)] = calls.take(order)
    real = sites[sites["kind"] == "site"].sort_values("start", kind="stable")
    return Seqlets(called, found, dict(tuple(real.groupby("chrom"))))


def write_seqlets(path: str | Path, seqlets: Seqlets) -> None:
    """Write seqlets as BED: name the motifs (or the sequence), score 0 to 1000 by |contribution|, strand unknown.

    It may be given to `ablation.annotations` of another run.
    """
    largest = seqlets.largest()
    with atomic_path(path) as partial, partial.open("w") as out:
        for table in seqlets.blocks():
            scores = (1000 * table["contribution"].astype(float).abs() / largest).round().astype(int)
            names = table["motifs"].where(table["motifs"].fillna("") != "", table["sequence"])
            rows = zip(table["chrom"], table["start"], table["end"], names, scores, strict=True)
            out.writelines("\t".join(map(str, (*row, "."))) + "\n" for row in rows)


def _rows(found: ContributionFile, called: Calls) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "chrom": found.chrom[called.row],
            "start": found.start[called.row] + called.start,
            "end": found.start[called.row] + called.end,
            "contribution": called.contribution,
            "p_value": called.p,
            "sequence": _sequences(found, called.row, called.start, called.end),
        }
    )


def _sequences(
    found: ContributionFile, row: NDArray[np.int64], start: NDArray[np.int64], end: NDArray[np.int64]
) -> list[str]:
    """Letters of stretches of windows; few windows are read at a time."""
    texts = np.empty(len(row), dtype=object)
    order = np.argsort(row, kind="stable")
    for i in range(0, len(order), BLOCK):
        mine = order[i : i + BLOCK]
        for number, codes in zip(mine.tolist(), found.codes(row[mine]), strict=True):
            texts[number] = "".join(_LETTERS[codes[start[number] : end[number]]])
    return texts.tolist()


def _motifs(seqlets: pd.DataFrame, sites: Mapping[str, pd.DataFrame]) -> list[str]:
    """Motifs of the sites, by chromosome and sorted by start, that share half of the shorter one with each seqlet."""
    places = {
        chrom: (rows["start"].to_numpy(), rows["end"].to_numpy(), rows["name"].astype(str).to_numpy())
        for chrom, rows in sites.items()
    }
    found = []
    for chrom, low, high in zip(seqlets["chrom"], seqlets["start"], seqlets["end"], strict=True):
        if chrom not in places:
            found.append("")
            continue
        start, end, name = places[chrom]
        first, last = np.searchsorted(start, [low - int((end - start).max()), high])
        start, end, name = start[first:last], end[first:last], name[first:last]
        shared = np.minimum(end, high) - np.maximum(start, low)
        enough = (shared > 0) & (shared >= _LEAST_OVERLAP * np.minimum(end - start, high - low))
        found.append(",".join(sorted(set(name[enough]))))
    return found
