"""The finder of a sample: seqlets and patterns of each output and sign, and the same finder on shuffled windows."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cisgrammar.config.discover import Discover
from cisgrammar.discover.alignment import all_pairs
from cisgrammar.discover.attribution_files import Attributions
from cisgrammar.discover.pattern_files import Found
from cisgrammar.discover.patterns import SAME, Pattern, Sign, find_patterns, like_patterns
from cisgrammar.discover.seqlets import Maxima, Seqlets, blocks, called, maxima_of, scales_of, sizes
from cisgrammar.discover.stability import halves, same_in_folds, same_in_halves
from cisgrammar.files.progress import Progress

log = logging.getLogger(__name__)
_SIGNS: tuple[Sign, Sign] = ("+", "-")
_FEWEST = 5
"""Seqlets of a pattern in half of the windows, at least."""
_LOOKED_AT = 4
"""Maxima after the first round, as a multiple of its seqlets; those in shuffles are counted."""
_MANY = 4
"""Times the fewest seqlets, from which on a pattern must be found in both halves."""


def discover(windows: Attributions, settings: Discover) -> tuple[list[Found], dict[str, Any]]:
    """Find the patterns of a sample, on windows that the first fold's model has seen.

    Returns
    -------
    list of Found
        Those of the first output first, each sign's of most seqlets first; a pattern of a later output that is one of
        an earlier one is named there.
    dict
        Numbers of windows, and for each output and sign of seqlets, patterns, and patterns in shuffled windows; the
        reason where there are none.
    """
    shown: dict[str, Any] = {
        "windows": int((~windows.shuffled).sum()),
        "held_out": int((~windows.shuffled & windows.held_out).sum()),
        "shuffled": int(windows.shuffled.sum()),
        "found": [],
    }
    kept: list[tuple[Found, list[str]]] = []
    progress = Progress("find patterns", len(_SIGNS) * len(windows.hypothetical), "outputs and signs")
    for output in windows.hypothetical:
        size = np.concatenate([sizes(windows.of_bases(output, part)) for part in blocks(len(windows))])
        for sign in _SIGNS:
            with progress.part(1):
                patterns, numbers = _of_sign(windows, size, output, sign, settings)
            shown["found"].append({"output": output, "sign": sign, **numbers})
            for pattern in patterns:
                # Those of one output differ in their letters, if not in their contributions.
                others = [each for each in kept if each[0].output != output]
                same = next((also for other, also in others if _is_same(pattern.pattern, other.pattern)), None)
                if same is None:
                    kept.append((pattern, []))
                else:
                    same.append(output)
    found = [replace(each, name=f"motif_{n}", also_in=tuple(also)) for n, (each, also) in enumerate(kept, 1)]
    if not found:
        reasons = "; ".join(f"{each['output']} {each['sign']}: {each['reason']}" for each in shown["found"])
        log.warning("no pattern: %s", reasons)
    return found, shown


def _is_same(one: Pattern, other: Pattern) -> bool:
    if one.sign != other.sign:
        return False
    pair = np.stack([one.contributions, other.contributions]).astype(np.float32)
    return bool(all_pairs(pair)[0, 1] >= SAME)


def _of_sign(
    windows: Attributions,
    size: NDArray[np.float64],
    output: str,
    sign: Sign,
    settings: Discover,
) -> tuple[list[Found], dict[str, Any]]:
    """Patterns of one output and sign, and their numbers; `size` is that of each window, see `seqlets.sizes`."""
    limits = (settings.min_seqlets, settings.most_seqlets)

    # The finder runs on windows, on their shuffles, and on two halves of both.
    progress = Progress("find patterns", 4, "finders")

    def patterns_of(
        rows: NDArray[np.int64], null: NDArray[np.bool_], limits: tuple[int, int] = limits
    ) -> tuple[Seqlets, list[Pattern]]:
        progress.add(1)
        tops = maxima_of(_scaled(windows, output, sign, rows, scales_of(size[rows])))
        return in_rounds(windows, output, tops, (rows, null), (sign, settings.seqlet_fdr, limits))

    rows = np.flatnonzero(~windows.held_out)
    seqlets, found = patterns_of(rows, windows.shuffled[rows])
    shuffled = np.flatnonzero(windows.shuffled)
    # Half of the shuffles stand for windows, the others are their null.
    control = patterns_of(shuffled, np.arange(len(shuffled)) % 2 == 1)[1]
    reason = "" if found else _reason(size[rows][~windows.shuffled[rows]], seqlets, settings)
    numbers = {"seqlets": len(seqlets), "patterns": len(found), "in_shuffled": len(control), "reason": reason}
    log.info("%s %s: %s", output, sign, ", ".join(f"{key} {value}" for key, value in numbers.items() if value != ""))
    if not found:
        return [], numbers
    half = halves(windows)[rows]
    parts = [rows[half == number] for number in (0, 1)]
    fewer = (max(_FEWEST, limits[0] // 2), max(limits[1] // 2, limits[0]))
    both = [patterns_of(part, windows.shuffled[part], fewer)[1] for part in parts]
    by_fold = windows.by_fold.get(output)
    stable = []
    for pattern in found:
        alike = same_in_halves(pattern, *both)
        # A pattern of few seqlets may be missed in a half by chance.
        alike = 0.0 if np.isnan(alike) and len(pattern) >= _MANY * limits[0] else alike
        of_folds = np.nan if by_fold is None else same_in_folds(pattern, windows.codes, by_fold)
        stable.append(Found("", output, (), pattern, alike, of_folds))
    return stable, numbers


def _scaled(
    windows: Attributions, output: str, sign: Sign, rows: NDArray[np.int64], scale: NDArray[np.float64]
) -> Iterator[NDArray[np.float64]]:
    """Contributions of the bases of some windows over their scales, turned round for the other sign, in blocks."""
    factor = np.float32(1 if sign == "+" else -1)
    for part in blocks(len(rows)):
        yield factor * windows.of_bases(output, rows[part]) / scale[part, None]


def in_rounds(
    windows: Attributions,
    output: str,
    tops: Maxima,
    of_rows: tuple[NDArray[np.int64], NDArray[np.bool_]],
    how: tuple[Sign, float, tuple[int, int]],
) -> tuple[Seqlets, list[Pattern]]:
    """Seqlets and their patterns; then again without maxima like those patterns, until there is no other pattern.

    Words of strong factors occur in shuffles by chance. Their maxima are above the sites of a weak factor, and are no
    null of these: from the second round on, maxima that are like a pattern are left out of windows and of shuffles. Of
    the others the largest are looked at, four times as many as the seqlets of the first round.

    Parameters
    ----------
    windows, output
        All of them, and whose contributions.
    tops
        Maxima of some of the windows.
    of_rows
        Which windows these are, and which of them are shuffles.
    how
        Sign, share of false seqlets, and limits of `find_patterns`.

    Returns
    -------
    seqlets, patterns
        Of all rounds.
    """
    rows, null = of_rows
    sign, fdr, limits = how
    values = windows.hypothetical[output]
    parts: list[Seqlets] = []
    found: list[Pattern] = []
    while True:
        some = called(tops, null, fdr)
        seqlets = Seqlets(rows[some.row], some.centre, some.score, some.q)
        parts.append(seqlets)
        patterns = find_patterns(values, windows.codes, seqlets, sign, limits)
        new = [each for each in patterns if not any(_is_same(each, other) for other in found)]
        found += new
        if not new:
            break
        if len(parts) == 1:
            tops = tops.take(np.sort(np.argsort(-tops.score, kind="stable")[: _LOOKED_AT * len(seqlets)]))
        tops = tops.take(~like_patterns(values, rows[tops.row], tops.centre, new, sign))
    joined = Seqlets(*(np.concatenate([getattr(part, name) for part in parts]) for name in vars(parts[0])))
    return joined, sorted(found, key=lambda pattern: (-len(pattern), -pattern.strength))


def _reason(size: NDArray[np.float64], seqlets: Seqlets, settings: Discover) -> str:
    """Why there is no pattern, in windows of given sizes."""
    if not len(size):
        return "every window is held out, none is left to find patterns on"
    if not size.any():
        return "all contributions are 0"
    if len(seqlets) < settings.min_seqlets:
        least = f"fewer than discover.min_seqlets, {settings.min_seqlets}"
        return f"{len(seqlets)} seqlets of {len(size)} windows reach q {settings.seqlet_fdr:g}: {least}"
    return f"no {settings.min_seqlets} of {len(seqlets)} seqlets look alike"


def as_rows(found: Sequence[Found], windows: Attributions) -> Iterator[tuple[str, int, int, str, str, str]]:
    """The seqlets of the patterns' trimmed spans, by place: chrom, start, end, motif, strand, output."""
    rows = []
    order = {name: number for number, name in enumerate(dict.fromkeys(windows.chrom.tolist()))}
    for each in found:
        pattern = each.pattern
        first, last = pattern.span
        left = np.where(pattern.turned, len(pattern.shares) - last, first)
        start = windows.start[pattern.row] + pattern.centre - len(pattern.shares) // 2 + left
        for row, s, turned in zip(pattern.row.tolist(), start.tolist(), pattern.turned.tolist(), strict=True):
            rows.append((str(windows.chrom[row]), s, s + last - first, each.name, "-" if turned else "+", each.output))
    yield from sorted(rows, key=lambda row: (order[row[0]], *row[1:]))
