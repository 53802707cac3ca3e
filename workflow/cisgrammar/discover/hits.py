"""Hits of patterns in all windows, with q-values against the same caller in shuffled windows."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cisgrammar.discover.attribution_files import Attributions, Source, blocks_of
from cisgrammar.discover.fit_hits import fit_hits
from cisgrammar.discover.pattern_files import Found
from cisgrammar.files.atomic import atomic_path
from cisgrammar.files.progress import counted
from cisgrammar.signal.tracks.bigbed_writer import write_bigbed
from cisgrammar.statistics.target_decoy import target_decoy_q

COLUMNS = (
    *("chrom", "start", "end", "motif", "strand", "output", "score", "q", "cosine"),
    *("contribution", "spread", "window", "held_out"),
)
_OVERLAP = 0.5
"""Of hits of one pattern that share more of their width than this the best is kept: a palindrome has one site."""
_AUTOSQL = """table hits
"Hits of motifs in contributions"
    (
    string chrom;       "chromosome"
    uint chromStart;    "start, 0-based"
    uint chromEnd;      "end"
    string name;        "motif"
    uint score;         "0 to 1000, by score within the motif"
    char[1] strand;     "+ or -"
    float contribution; "sum over its bases: to ln counts in nats, to the profile in logits"
    float q;            "against the same caller in shuffles"
    ubyte heldOut;      "1: in a window that the first fold has not seen"
    )
"""
HEADER = "#chrom\tstart\tend\tname\tscore\tstrand\tcontribution\tq\theld_out\n"


def call_hits(windows: Source, found: Sequence[Found]) -> pd.DataFrame:
    """Fit each output's patterns to its contributions, in windows and in their shuffles, a block at a time.

    Returns
    -------
    DataFrame
        A row per hit, sorted by place; columns `COLUMNS` and `shuffled`: place (0-based half-open), score (how much of
        the pattern there is, nats or logits), q (nan for hits in shuffles), cosine, contribution (sum over its bases),
        spread (standard deviation of that over folds, as if bases erred together), window (row), held_out. Scores are
        not divided by the scale of a window: the least cosine keeps what is merely large out, and on the demo 5 % are
        then 4.5 % (2.3 % if divided, with a tenth of the sites lost).
    """
    outputs = counted(list(windows.outputs), "call hits on cpu", "outputs")
    parts = [_of_output(windows, output, found) for output in outputs]
    parts = [part for part in parts if len(part)]
    if not parts:
        return pd.DataFrame({name: [] for name in (*COLUMNS, "shuffled")})
    table = pd.concat(parts, ignore_index=True)
    ratio = (~windows.shuffled).sum() / max(windows.shuffled.sum(), 1)
    table["q"] = np.nan
    for _, mine in table.groupby("motif", sort=False):
        real, null = mine[~mine["shuffled"]], mine[mine["shuffled"]]
        table.loc[real.index, "q"] = target_decoy_q(real["score"], null["score"], float(ratio))
    order = {name: number for number, name in enumerate(dict.fromkeys(windows.chrom.tolist()))}
    table["order"] = table["chrom"].map(order)
    table = table.sort_values(["order", "start", "end", "motif", "strand", "window"], ignore_index=True)
    return table[[*COLUMNS, "shuffled"]]


def _of_output(windows: Source, output: str, found: Sequence[Found]) -> pd.DataFrame:
    mine = [each for each in found if each.output == output]
    if not mine:
        return pd.DataFrame()
    spans = [each.pattern.span for each in mine]
    kernels = [each.pattern.contributions[slice(*span)] for each, span in zip(mine, spans, strict=True)]
    names = np.array([each.name for each in mine], dtype=object)
    found_in = (_of_block(block, int(rows[0]), output, kernels, names) for rows, block in blocks_of(windows))
    parts = [part for part in found_in if len(part)]
    if not parts:
        return pd.DataFrame()
    table = pd.concat(parts, ignore_index=True)
    # Windows that overlap find a site twice; shuffles lie nowhere, so each is by itself.
    chroms, place = np.unique(windows.chrom, return_inverse=True)
    window = table["window"].to_numpy()
    place = np.where(table["shuffled"], len(chroms) + window, place[window])
    compared = table[["motif", "strand", "start", "end", "score"]].assign(place=place)
    return table[best_of_overlapping(compared)].reset_index(drop=True)


def _of_block(
    windows: Attributions, first: int, output: str, kernels: Sequence[NDArray[np.float64]], names: NDArray[np.object_]
) -> pd.DataFrame:
    """Hits in a block of windows, of which the first has a number; more than one may be at a place."""
    values = windows.of_bases(output)
    sites = fit_hits(values, windows.codes, kernels)
    widths = np.array([len(kernel) for kernel in kernels])
    sums, spreads = (_running(part) for part in (values, windows.spread[output]))
    end = sites.start + widths[sites.kernel]
    chroms, chrom = np.unique(windows.chrom, return_inverse=True)
    return pd.DataFrame(
        {
            # One text for all hits of a chromosome.
            "chrom": chroms.astype(object)[chrom[sites.row]],
            "start": windows.start[sites.row] + sites.start,
            "end": windows.start[sites.row] + end,
            "motif": names[sites.kernel],
            "strand": np.where(sites.turned, "-", "+"),
            "output": output,
            "score": sites.score,
            "cosine": sites.cosine,
            "contribution": sums[sites.row, end] - sums[sites.row, sites.start],
            "spread": spreads[sites.row, end] - spreads[sites.row, sites.start],
            "window": first + sites.row,
            "held_out": windows.held_out[sites.row],
            "shuffled": windows.shuffled[sites.row],
        }
    )


def _running(values: NDArray) -> NDArray[np.float64]:
    """Sums of the first positions, `(windows, length + 1)`."""
    sums = np.cumsum(values, axis=1, dtype=np.float64)
    return np.concatenate([np.zeros((len(values), 1)), sums], axis=1)


def best_of_overlapping(table: pd.DataFrame) -> NDArray[np.bool_]:
    """Which hits `(place, motif, start, end, score)` are not overlapped by half by a better one of their motif."""
    kept = np.ones(len(table), dtype=bool)
    ordered = table.reset_index(drop=True)
    ordered = ordered.sort_values(["place", "motif", "start", "strand"], kind="stable")
    new = (ordered[["place", "motif"]] != ordered[["place", "motif"]].shift()).any(axis=1).to_numpy()
    start, end, score = (ordered[name].to_numpy() for name in ("start", "end", "score"))
    # Motifs and places one behind the other, too far apart to overlap.
    apart = np.cumsum(new) * (int(end.max()) + 1 if len(end) else 0)
    breaks = np.flatnonzero((start + apart)[1:] >= np.maximum.accumulate(end + apart)[:-1]) + 1
    number = ordered.index.to_numpy()
    for group in np.split(np.arange(len(ordered)), breaks):
        best: list[int] = []
        for i in sorted(group.tolist(), key=lambda i: (-score[i], i)):
            least = _OVERLAP * (end[i] - start[i])
            if all(min(end[i], end[j]) - max(start[i], start[j]) <= least for j in best):
                best.append(i)
            else:
                kept[number[i]] = False
    return kept


def write_bed(path: str | Path, hits: pd.DataFrame) -> None:
    """Write hits as gzip BED6+3, score 0 to 1000 by score within the motif; the same hits give the same bytes."""
    places = (hits[name] for name in ("chrom", "start", "end"))
    with (
        atomic_path(path) as partial,
        open(partial, "wb") as raw,
        gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as packed,
        io.TextIOWrapper(packed, encoding="ascii", newline="\n") as text,
    ):
        text.write(HEADER)
        for chrom, start, end, rest in zip(*places, _rest(hits), strict=True):
            text.write(f"{chrom}\t{start}\t{end}\t{rest}\n")


def _rest(hits: pd.DataFrame) -> Iterator[str]:
    """The columns of BED6+3 behind the end."""
    most = hits.groupby("motif")["score"].transform("max")
    scores = (1000 * hits["score"] / most).round().astype(int)
    columns = (hits[name] for name in ("strand", "contribution", "q", "held_out"))
    for name, score, strand, amount, q, out in zip(hits["motif"], scores, *columns, strict=True):
        yield f"{name}\t{score}\t{strand}\t{amount:.4g}\t{q:.3g}\t{int(out)}"


def write_big_bed(path: str | Path, hits: pd.DataFrame, sizes: Mapping[str, int]) -> None:
    """Write what `write_bed` writes as bigBed, for browsers; `sizes` are bp of the chromosomes."""
    places = hits["chrom"].tolist(), hits["start"].to_numpy(np.int64), hits["end"].to_numpy(np.int64)
    write_bigbed(path, sizes, places, list(_rest(hits)), _AUTOSQL)
