"""Control windows: stretches like the sites in width, GC and distance to the summit that are no site."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cisgrammar.ablation.sites.blocked import Blocked
from cisgrammar.ablation.sites.scan_windows import Windows
from cisgrammar.files.progress import Progress, counted
from cisgrammar.sequence.alphabet import N_CODE
from cisgrammar.statistics.p_values import FEWEST_CONTROLS

_LOG = logging.getLogger(__name__)
# Sites whose widths lie between two of these are tested against each other's controls.
WIDTH_CLASSES = (1, 6, 8, 10, 13, 16, 20, 25, 32, 40, 50, 65, 80, 100)
_GC_TOLERANCE = 1
_OTHER_WINDOWS = 7
_FOR_DECOYS = 0.25
_NEAR, _NEAR_SHARE = 10, 0.25
Place = tuple[int, int, int, str]
Used = dict[tuple[int, int], NDArray[np.uint8]]


def width_class(widths: NDArray[np.integer]) -> NDArray[np.int64]:
    """Least width of the class of each width, bp."""
    edges = np.array(WIDTH_CLASSES)
    return edges[np.searchsorted(edges, np.maximum(widths, 1), side="right") - 1]


def likeness(table: pd.DataFrame) -> NDArray[np.float64]:
    """What makes a control like a site, `(rows, 3)`: GC, distance to the summit, the model's prediction for the window.

    GC in units of 0.2, ln of 10 bp and the distance to the window's centre, and `predicted_log_counts` in standard
    deviations (0 for all where it is unknown, as in a part whose counts are in no prediction). So a unit is about
    twice the tolerance of GC in 8 bp, a factor of 2.7 in distance, or a typical difference of windows (judgement).
    """
    level = table["predicted_log_counts"].to_numpy(dtype=float)
    known = level[~np.isnan(level)]
    spread = known.std() if len(known) else 0.0
    level = np.where(
        np.isnan(level) | (spread == 0), 0.0, (level - (known.mean() if len(known) else 0)) / (spread or 1)
    )
    far = np.log(_NEAR + table["offset"].abs().to_numpy(dtype=float))
    return np.column_stack([table["gc"].to_numpy(dtype=float) / 0.2, far, level])


def motif_number(table: pd.DataFrame) -> NDArray[np.float64]:
    """A number for the motif of each site, of each decoy, and of the site or decoy that a control was drawn for."""
    motif = table["name"].where(table["kind"] == "site", table["matched_to"])
    of_site = dict(zip("site_" + table["site"].astype(str), motif, strict=True))
    motif = motif.where(table["kind"] != "control", table["matched_to"].map(of_site))
    return pd.factorize(motif)[0].astype(np.float64)


def control_pool(control: NDArray[np.bool_], width: NDArray[np.int64], least: int) -> NDArray[np.bool_]:
    """The rows that are controls of a class of widths; all controls if it has fewer than 19, which cannot give 0.05."""
    mine = control & (width == least)
    return mine if mine.sum() >= FEWEST_CONTROLS else control


def draw_controls(windows: Windows, sites: pd.DataFrame, taken: Blocked, number: int, seed: int) -> pd.DataFrame:
    """Draw control windows for each motif, like its sites and its decoys.

    A control is matched to a site: the same width, as many G and C (at most 1 more or less), and about as far from
    the summit, in the window of the site or one of 7 drawn ones: of the places that fit, one is drawn with the weight
    exp(-d^2 / 2 h^2), where d is the difference of the distances to the windows' centres and h 10 bp and a quarter of
    the site's distance. Sites take turns, in a drawn order, until there are enough. Three quarters are matched to
    sites, the others to decoys, which lie elsewhere.

    Parameters
    ----------
    windows
        Where sites and controls lie.
    sites
        Columns site, region, start, end; and name, kind (site or decoy) and matched_to of a decoy, without which all
        are of one motif.
    taken
        Bases that no control may cover.
    number
        Controls of each motif; fewer, with a warning, if there are no more places.
    seed
        Of all draws.

    Returns
    -------
    DataFrame
        region, start, end, matched_to (`site_<number>`); no place is drawn twice, and none covers more than half of
        another one while there are other places.
    """
    rows: list[Place] = []
    used: Used = {}
    for order, (name, part) in counted(list(enumerate(_motifs(sites))), "draw control windows", "motifs"):
        draw = _Draw(windows, taken, used, np.random.default_rng([seed, order]))
        decoys = part["kind"] == "decoy" if "kind" in part else np.zeros(len(part), dtype=bool)
        few = int(number * _FOR_DECOYS) if decoys.any() and not decoys.all() else 0
        found = draw.some(part[decoys], few) if few else []
        found += draw.some(part[~decoys] if few else part, number - len(found))
        if len(found) < number:
            _LOG.warning("%d control windows for %s; wanted %d", len(found), name or "the sites", number)
        rows += found
    return pd.DataFrame(rows, columns=["region", "start", "end", "matched_to"])


def _motifs(sites: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Sites and decoys of each motif."""
    if "name" not in sites:
        yield "", sites
        return
    motif = sites["name"].where(sites["kind"] == "site", sites["matched_to"])
    for name, part in sites.groupby(motif, sort=True):
        yield str(name), part


class _Draw:
    """Draws of one motif's controls.

    `used` has for a window and width, by start, how far a place is taken: 2 it is a control, 1 a control covers more
    than half of it.
    """

    def __init__(self, windows: Windows, taken: Blocked, used: Used, rng: np.random.Generator) -> None:
        self.windows, self.taken, self.used, self.rng = windows, taken, used, rng

    def some(self, sites: pd.DataFrame, number: int) -> list[Place]:
        """As many controls as there are places, at most `number`; sites in turns."""
        records = sites[["site", "region", "start", "end"]].to_numpy()
        records = records[self.rng.permutation(len(records))]
        found: list[Place] = []
        progress = Progress("draw control windows", number, "places")
        while len(records) and len(found) < number:
            left = []
            for record in records[: number - len(found)].tolist():
                place = self._one(record)
                if place is not None:
                    found.append(place)
                    left.append(record)
            progress.to(len(found))
            records = np.array(left)
        return found

    def _one(self, record: list[int]) -> Place | None:
        """One control for a site (number, region, start, end); None if no place is left."""
        site, region, start, end = record
        own, width = int(np.searchsorted(self.windows.region, region)), end - start
        first = start - int(self.windows.start[own])
        others = self.rng.choice(len(self.windows.region), min(_OTHER_WINDOWS, len(self.windows.region)), replace=False)
        strong = int(np.isin(self.windows.codes[own, first : first + width], (1, 2)).sum())
        rows = list(dict.fromkeys([own, *others.tolist()]))
        starts = [free_places(self.windows.codes[row], self.taken[row], strong, width) for row in rows]
        places = np.column_stack([np.repeat(rows, [len(s) for s in starts]), np.concatenate(starts)])  # (places, 2)
        covered = np.concatenate([self._used(row, width)[s] for row, s in zip(rows, starts, strict=True)])
        places = places[covered == (covered.min() if len(covered) else 0)] if (covered < 2).any() else places[:0]
        if not len(places):
            return None
        row, place = self._pick(places, first, width)
        state = self._used(row, width)
        near = slice(max(0, place - width // 2), place + width // 2 + 1)
        state[near] = np.maximum(state[near], 1)
        state[place] = 2
        start = int(self.windows.start[row]) + place
        return int(self.windows.region[row]), start, start + width, f"site_{site}"

    def _used(self, row: int, width: int) -> NDArray[np.uint8]:
        return self.used.setdefault((row, width), np.zeros(self.windows.length, dtype=np.uint8))

    def _pick(self, places: NDArray[np.int64], first: int, width: int) -> tuple[int, int]:
        """Draw a place `(window, start)` that is about as far from the centre as `first`."""
        middle = (self.windows.length - width) / 2
        far = abs(first - middle)
        difference = np.abs(np.abs(places[:, 1] - middle) - far)
        log_weight = -0.5 * (difference / (_NEAR + _NEAR_SHARE * far)) ** 2
        weight = np.exp(log_weight - log_weight.max())
        row, start = places[self.rng.choice(len(places), p=weight / weight.sum())].tolist()
        return row, start


def free_places(codes: NDArray[np.uint8], taken: NDArray[np.bool_], strong: int, width: int) -> NDArray[np.int64]:
    """Where in a window `(length,)` a control of `width` bp with about `strong` G and C may begin, 0-based."""
    bad = taken | (codes >= N_CODE)
    strong_before, bad_before = (np.concatenate([[0], np.cumsum(values)]) for values in (np.isin(codes, (1, 2)), bad))
    gc = strong_before[width:] - strong_before[:-width]  # (length - width + 1,)
    free = bad_before[width:] == bad_before[:-width]
    return np.flatnonzero(free & (np.abs(gc - strong) <= _GC_TOLERANCE))
