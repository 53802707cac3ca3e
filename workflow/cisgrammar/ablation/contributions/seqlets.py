"""Seqlets: stretches of bases with contributions that shuffled sequence does not have. The caller is tangermeme's."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from cisgrammar.ablation.contributions.contribution_files import BLOCK, ContributionFile
from cisgrammar.files.atomic import write_text
from cisgrammar.iupac import BASES

COLUMNS = ["chrom", "start", "end", "head", "output", "sign", "contribution", "p_value", "sequence", "motifs"]
_LEAST_OVERLAP = 0.5
_LETTERS = np.array(list(f"{BASES}N"))


def find_seqlets(found: ContributionFile, sites: pd.DataFrame, fdr: float) -> pd.DataFrame:
    """Seqlets of every head and output, of either sign.

    Parameters
    ----------
    found
        Contributions of peaks and of shuffled peaks; of one head and output those of all bases are in memory.
    sites
        Sites of the ablation stage: chrom, start, end, name, kind.
    fdr
        Share of false ones among them, judged by the shuffled peaks.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`: place (0-based half-open), `sign` (+ or -), the sum of the contributions (nats, or logits for
        a profile), tangermeme's p-value, which ranks and is no error rate, the sequence, and the motifs whose sites it
        shares half of the shorter one with.
    """
    tables = []
    for head, output in found.keys:
        values, control = found.of_bases((head, output)), found.of_control((head, output))
        for sign, factor in (("+", 1.0), ("-", -1.0)):
            called = _call(factor * values, factor * control, fdr)
            if len(called):
                tables.append(_rows(found, called, values).assign(head=head, output=output, sign=sign))
    if not tables:
        return pd.DataFrame(columns=COLUMNS)
    table = pd.concat(tables, ignore_index=True)
    real = sites[sites["kind"] == "site"].sort_values("start", kind="stable")
    table["motifs"] = _motifs(table, dict(tuple(real.groupby("chrom"))))
    return table.sort_values(["head", "output", "sign", "chrom", "start"], ignore_index=True)[COLUMNS]


def write_seqlets(path: str | Path, table: pd.DataFrame) -> None:
    """Write seqlets as BED: name the motifs (or the sequence), score 0 to 1000 by |contribution|, strand unknown.

    It may be given to `ablation.annotations` of another run.
    """
    size = table["contribution"].abs()
    scores = (1000 * size / size.max()).round().astype(int) if len(table) else size
    names = table["motifs"].where(table["motifs"].fillna("") != "", table["sequence"])
    rows = zip(table["chrom"], table["start"], table["end"], names, scores, strict=True)
    write_text(path, "".join("\t".join(map(str, (*row, "."))) + "\n" for row in rows))


def _call(values: np.ndarray, control: np.ndarray, fdr: float) -> pd.DataFrame:
    from tangermeme.seqlet import recursive_seqlets

    # A histogram of no values at all: a model that says the same of every sequence has no seqlets.
    if not (np.ptp(values) > 0 and np.ptp(control) > 0):
        return pd.DataFrame()
    with warnings.catch_warnings():
        # No seqlets at all is an answer.
        warnings.filterwarnings("ignore", message="No threshold reaches")
        pair = (torch.from_numpy(np.ascontiguousarray(part, dtype=np.float32)) for part in (values, control))
        X, X_control = pair
        return recursive_seqlets(X, X_control=X_control, target_fdr=fdr)


def _rows(found: ContributionFile, called: pd.DataFrame, values: np.ndarray) -> pd.DataFrame:
    row = called["example_idx"].to_numpy(dtype=np.int64)
    start, end = (called[name].to_numpy(dtype=np.int64) for name in ("start", "end"))
    places = list(zip(row, start, end, strict=True))
    return pd.DataFrame(
        {
            "chrom": found.chrom[row],
            "start": found.start[row] + start,
            "end": found.start[row] + end,
            "contribution": [float(values[r, s:e].sum()) for r, s, e in places],
            "p_value": called["p-value"].to_numpy(),
            "sequence": _sequences(found, row, start, end),
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
