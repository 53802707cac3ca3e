"""Which sites are ablated: those of motifs, those of decoys, and control windows."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cisgrammar.ablation.sites.blocked import blocked
from cisgrammar.ablation.sites.controls import draw_controls
from cisgrammar.ablation.sites.decoys import all_decoys, letter_decoys
from cisgrammar.ablation.sites.gather import gather_motifs
from cisgrammar.ablation.sites.scan_windows import Windows, motifs_of_sites, read_sites, scan_windows
from cisgrammar.ablation.sites.window_codes import GenomeRows
from cisgrammar.config.ablation import Ablation
from cisgrammar.motifs.formats import read_binding_model
from cisgrammar.motifs.motif import Motif
from cisgrammar.sequence.alphabet import gc_content
from cisgrammar.sequence.fasta import Genome
from cisgrammar.signal.table import Regions

_LOG = logging.getLogger(__name__)
SITE_COLUMNS = (
    "site",
    "region",
    "chrom",
    "start",
    "end",
    "name",
    "strand",
    "kind",
    "score",
    "matched_to",
    "offset",
    "gc",
)
KINDS = ("site", "decoy", "control")


@dataclass(frozen=True, eq=False)
class BindingFiles:
    """Files of the binding stage, in the same order: `models` (model.json) and `hits` (hits.bed.gz)."""

    models: Sequence[str] = ()
    hits: Sequence[str] = ()


@dataclass(frozen=True, eq=False)
class FoundSites:
    """What is ablated.

    Attributes
    ----------
    table
        A row per site, decoy site and control, with `SITE_COLUMNS`: region (row of the table of regions), chrom,
        start, end (0-based, half-open), name of the motif or decoy, strand, kind, score (nats below the best
        sequence, or of the BED), matched_to (a decoy's motif, a control's site), offset (bp from the window's
        centre), gc.
    motifs
        Motifs and decoys by name.
    """

    table: pd.DataFrame
    motifs: dict[str, Motif]


def windows_of(regions: Regions, genome: Genome, rows: NDArray[np.integer]) -> Windows:
    """Cut the windows of some rows of a table of regions."""
    part = regions.take(rows)
    starts = genome.positions(part.chrom.tolist(), part.start)
    codes = GenomeRows(genome.codes, starts, int(part.end[0] - part.start[0]))
    return Windows(np.asarray(rows, dtype=np.int64), part.chrom, part.start, codes)


def _whole(table: pd.DataFrame) -> pd.DataFrame:
    """The table with whole numbers for coordinates, which pandas loses where a table without rows is joined."""
    return table.astype({column: np.int64 for column in ("region", "start", "end") if column in table})


def find_sites(
    windows: Windows, settings: Ablation, files: BindingFiles, seed: int, discovered: str | None = None
) -> FoundSites:
    """Find the sites of all motifs in windows, with decoys and controls.

    Parameters
    ----------
    windows
        Output windows of the scored test peaks.
    settings
        The section.
    files
        Of the run's binding models; empty if there are none or `settings.binding` is off.
    seed
        Of every draw.
    discovered
        BED of the hits of motifs that were found on other windows, instead of `settings.annotations`.

    Raises
    ------
    ValueError
        If two sources share a name, or no site lies in a window.
    """
    motifs = gather_motifs(settings.consensus, settings.motifs, files.models)
    parts = [scan_windows(windows, m, settings.p_value) for m in motifs.values() if m.source != "binding"]
    parts += [
        read_sites(hits, windows, tuple(read_binding_model(model)))
        for model, hits in zip(files.models, files.hits, strict=True)
    ]
    annotations = discovered or settings.annotations
    if annotations:
        given = read_sites(annotations, windows)
        _check_names(given, motifs, annotations)
        motifs |= motifs_of_sites(given, windows, "discovered" if discovered else "annotations")
        parts.append(given)
    every = _whole(pd.concat(parts, ignore_index=True))
    if every.empty and discovered:
        raise ValueError(
            f"no hit of a discovered motif lies in the {len(windows.region)} scored test peaks, so that there is "
            f"nothing to ablate; see summary.json beside {discovered}: name motifs in the section ablation, or drop it"
        )
    if every.empty:
        raise ValueError(
            f"no site of {', '.join(motifs) or settings.annotations} lies in the {len(windows.region)} scored test "
            "peaks; give other motifs, or a higher ablation.p_value"
        )
    _warn_of_absent(motifs, every)
    every = once_per_place(_placed(every, windows))
    sites = at_most(without_overlap(every, seed), settings.most_sites, seed, by_score=True).assign(kind="site")
    decoys = _decoy_sites(windows, motifs, every, settings, seed)
    both = number_sites(_whole(pd.concat([sites, decoys], ignore_index=True)))
    known = _whole(pd.concat([every, both], ignore_index=True))
    controls = draw_controls(windows, both, blocked(windows, known), settings.controls, seed)
    controls = _placed(controls.assign(name="control", strand=".", score=np.nan), windows).assign(kind="control")
    table = pd.concat([both, number_sites(controls, len(both))], ignore_index=True)
    return FoundSites(table[list(SITE_COLUMNS)], motifs | {d.name: d for d in _decoys_of(motifs, settings, seed)})


def _decoys_of(motifs: Mapping[str, Motif], settings: Ablation, seed: int) -> Sequence[Motif]:
    return all_decoys(motifs, settings.decoys, seed)


def _decoy_sites(
    windows: Windows, motifs: Mapping[str, Motif], sites: pd.DataFrame, settings: Ablation, seed: int
) -> pd.DataFrame:
    """Sites of decoys that keep off every site of a motif, filled up with the letters of sites in another order."""
    taken = blocked(windows, sites)
    parts = []
    for decoy in _decoys_of(motifs, settings, seed):
        found = scan_windows(windows, decoy, settings.p_value)
        row = np.searchsorted(windows.region, found["region"])
        first = found["start"].to_numpy() - windows.start[row]
        free = [not taken[r][a : a + decoy.width].any() for r, a in zip(row.tolist(), first, strict=True)]
        parts.append(found[np.array(free, dtype=bool)].assign(matched_to=decoy.decoy_of))
    if settings.decoys:
        have = pd.concat(parts)["matched_to"].value_counts() if parts else {}
        for name, mine in sites.groupby("name", sort=True):
            few = settings.decoy_sites - have.get(name, 0)
            if few > 0:
                parts.append(letter_decoys(windows, mine, taken, motifs, few, seed))
    parts = [part for part in parts if len(part)]
    if not parts:
        return pd.DataFrame(columns=[*sites.columns, "kind"])
    found = once_per_place(_placed(pd.concat(parts, ignore_index=True), windows))
    found = without_overlap(found, seed, by="matched_to").assign(kind="decoy")
    return at_most(found, settings.decoy_sites, seed, by="matched_to")


def _check_names(given: pd.DataFrame, motifs: Mapping[str, Motif], path: str | Path) -> None:
    twice = sorted(set(given["name"]) & set(motifs))
    if twice:
        raise ValueError(f"{path}: sites are named {twice[0]}, like a motif of the run; give one of them another name")


def _warn_of_absent(motifs: Mapping[str, Motif], sites: pd.DataFrame) -> None:
    absent = sorted(set(motifs) - set(sites["name"]))
    if absent:
        _LOG.warning("no site of %s in the scored test peaks", ", ".join(absent))


def _placed(sites: pd.DataFrame, windows: Windows) -> pd.DataFrame:
    """Add chrom, offset from the window's centre, gc, and matched_to."""
    row = np.searchsorted(windows.region, sites["region"].to_numpy(dtype=np.int64))
    start, end = (sites[c].to_numpy(dtype=np.int64) for c in ("start", "end"))
    first = windows.start[row]
    gc = [gc_content(windows.codes[r, a:b]) for r, a, b in zip(row, start - first, end - first, strict=True)]
    added = {
        "chrom": windows.chrom[row],
        "offset": (start + end) // 2 - (first + windows.length // 2),
        "gc": np.array(gc, dtype=np.float64),
    }
    matched = sites.get("matched_to", "")
    return sites.assign(**added, matched_to=matched)


def once_per_place(sites: pd.DataFrame) -> pd.DataFrame:
    """Of sites that lie in several windows keep the one nearest a window's centre."""
    order = sites.assign(far=sites["offset"].abs()).sort_values(["far", "region"], kind="stable")
    kept = order.drop_duplicates(["chrom", "start", "end", "name", "strand"])
    return (
        kept.drop(columns="far").sort_values(["region", "start", "end", "name"], kind="stable").reset_index(drop=True)
    )


def without_overlap(sites: pd.DataFrame, seed: int, by: str = "name") -> pd.DataFrame:
    """Of overlapping sites of one group in one window keep the best scoring; of equals a drawn one."""
    chance = np.random.default_rng([seed, 1]).permutation(len(sites))
    order = np.lexsort((chance, -sites["score"].to_numpy(dtype=float)))
    group = list(zip(sites["region"], sites[by], strict=True))
    start, end = sites["start"].to_numpy(), sites["end"].to_numpy()
    kept: dict[tuple[int, str], list[int]] = {}
    for i in order.tolist():
        mine = kept.setdefault(group[i], [])
        if all(end[i] <= start[j] or end[j] <= start[i] for j in mine):
            mine.append(i)
    return sites.iloc[sorted(i for mine in kept.values() for i in mine)].reset_index(drop=True)


def at_most(sites: pd.DataFrame, most: int, seed: int, by: str = "name", by_score: bool = False) -> pd.DataFrame:
    """At most so many sites of each group: drawn, or the best scoring and of equals drawn ones."""
    chance = np.random.default_rng([seed, 2]).permutation(len(sites))
    score = -sites["score"].to_numpy(dtype=float) if by_score else np.zeros(len(sites))
    ranked = sites.iloc[np.lexsort((chance, score))]
    return ranked.groupby(by, sort=False).head(most).sort_index().reset_index(drop=True)


def number_sites(sites: pd.DataFrame, first: int = 0) -> pd.DataFrame:
    """Number sites in the order of their windows."""
    order = sites.sort_values(["region", "start", "end", "kind", "name"], kind="stable").reset_index(drop=True)
    return order.assign(site=np.arange(first, first + len(order)))
