"""Estimate the shift of 5' ends from the enzyme's sequence preference.

An enzyme that cuts both strands at once has a preference that reads the same on both: mirrored about the cut
site's centre and complemented. Around 5' ends in reading direction the preference then has a centre `c` bp
downstream of the end (Tn5: 4, the middle of the 9 bp that it duplicates; DNase: -0.5, between two bases), and
moving every + end by `c` and every - end by `-c` puts both strands' ends on the same base. Ends that were
moved before just show another centre, and each strand may have its own.

With F+ and F- the base frequencies around + and - ends, both in reading direction, `c+ + c-` is the offset at
which F+ agrees best with the reverse complement of F-, and `c+ - c-` the one at which it agrees best with F-.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cisgrammar.files.mapped import release
from cisgrammar.sequence.alphabet import N_CODE, reverse_complement
from cisgrammar.sequence.fasta import Genome
from cisgrammar.signal.counts.buffers import run_lengths, runs
from cisgrammar.signal.cuts import Cuts
from cisgrammar.signal.store import cut_codes

FLANK = 20
_LARGEST_SUM = 24
_LARGEST_DIFFERENCE = 12
_MOST_ENDS = 500_000
_FEWEST_ENDS = 500
_LEAST_SCORE = 0.5
_BATCH = 50_000


@dataclass(frozen=True)
class ShiftEstimate:
    """What the sequence around 5' ends says about their shift.

    Attributes
    ----------
    shift
        bp to add to + and - ends (half-open: a - end is its read's last base); (0, 0) without evidence.
    verdict
        `shifted` (a shift is needed), `centred` (none is: cut before, or shifted before), or `no preference`.
    sentence
        The verdict and its numbers in words.
    sum_scores
        `c+ + c-` -> agreement of F+ with the reverse complement of F- at that offset, at most 1.
    difference_scores
        `c+ - c-` -> agreement of F+ with F- at that offset, at most 1.
    ends_plus, ends_minus
        Distinct 5' ends looked at.
    information
        Bits per position, -20 to +20 in reading direction, mean of both strands.
    preference_plus, preference_minus
        Base frequencies `(41 positions, A C G T)` around unshifted ends, in reading direction.
    """

    shift: tuple[int, int]
    verdict: str
    sentence: str
    sum_scores: dict[int, float]
    difference_scores: dict[int, float]
    ends_plus: int
    ends_minus: int
    information: tuple[float, ...]
    preference_plus: tuple[tuple[float, ...], ...]
    preference_minus: tuple[tuple[float, ...], ...]


def base_frequencies(
    genome: Genome, ends: NDArray[np.unsignedinteger], reverse: bool, flank: int = FLANK
) -> tuple[NDArray[np.float64], int]:
    """Return base frequencies around distinct 5' ends in reading direction, and how many ends were used.

    Distinct, so that a few positions with very many reads (rDNA) do not decide. At most half a million ends,
    evenly spaced over the genome, are looked at.

    Parameters
    ----------
    genome, ends
        The genome, and sorted indices into its codes.
    reverse
        The ends are of - strand reads.
    flank
        bp on each side.

    Returns
    -------
    frequencies, used
        `(2 * flank + 1, 4)`, each row adds up to 1; and the number of ends.
    """
    distinct = _spaced(ends, flank, genome.size - flank)
    counts = np.zeros((2 * flank + 1, N_CODE + 1), dtype=np.int64)
    for first in range(0, len(distinct), _BATCH):
        codes = cut_codes(genome.codes, distinct[first : first + _BATCH] - flank, 2 * flank + 1)
        codes = reverse_complement(codes) if reverse else codes
        for base in range(4):
            counts[:, base] += (codes == base).sum(axis=0)
        release(genome.codes)
    known = counts[:, :4].astype(np.float64) + 1.0
    return known / known.sum(axis=1, keepdims=True), len(distinct)


def _spaced(ends: NDArray[np.unsignedinteger], low: int, high: int) -> NDArray[np.int64]:
    """Distinct ones of sorted ends from `low` to below `high`, at most half a million, evenly spaced."""
    bounds = np.array([low, max(low, high)], dtype=np.int64).astype(ends.dtype)
    ends = ends[slice(*np.searchsorted(ends, bounds))]
    parts = [ends[first:last] for first, last in runs(ends)]
    number = sum(1 + int(np.count_nonzero(part[1:] != part[:-1])) for part in parts)
    step, seen, found = max(1, -(-number // _MOST_ENDS)), 0, [np.zeros(0, dtype=np.int64)]
    for part in parts:
        distinct, _ = run_lengths(part)
        found.append(distinct[-seen % step :: step].astype(np.int64))
        seen += len(distinct)
    return np.concatenate(found)


def _centred(frequencies: NDArray[np.float64]) -> NDArray[np.float64]:
    # the mean over positions is the composition of accessible DNA, not the enzyme's doing
    return frequencies - frequencies.mean(axis=0)


def agreement(a: NDArray[np.float64], b: NDArray[np.float64], offset: int) -> float:
    """Return the cosine of `a[i]` with `b[i - offset]` over positions, `(positions, 4)` each; 0 outside."""
    size = len(a)
    low, high = max(0, offset), min(size, size + offset)
    product = float((a[low:high] * b[low - offset : high - offset]).sum()) if high > low else 0.0
    norm = float(np.sqrt((a**2).sum() * (b**2).sum()))
    return product / norm if norm > 0 else 0.0


def _scores(plus: NDArray[np.float64], minus: NDArray[np.float64]) -> tuple[dict[int, float], dict[int, float]]:
    """Score every sum and every difference of the two strands' centres."""
    mirrored = minus[::-1, ::-1]  # reversed and complemented: A C G T backwards is T G C A
    sums = {s: agreement(plus, mirrored, s) for s in range(-_LARGEST_SUM, _LARGEST_SUM + 1)}
    limits = range(-_LARGEST_DIFFERENCE, _LARGEST_DIFFERENCE + 1)
    return sums, {d: agreement(plus, minus, d) for d in limits}


def _best(scores: Mapping[int, float]) -> int:
    return max(scores, key=lambda offset: (round(scores[offset], 12), -abs(offset), -offset))


def shift_of_centres(centre_sum: int, centre_difference: int) -> tuple[int, int]:
    """Turn the sum and difference of the strands' centres into bp to add to + and - ends.

    Where the sum's half is no whole base (a cut between two bases) both strands go to the base right of it.
    """
    plus = -(-(centre_sum + centre_difference) // 2)
    return plus, plus - centre_sum


def estimate_shift(genome: Genome, cuts: Cuts) -> ShiftEstimate:
    """Estimate the shift that puts both strands' 5' ends on the cut site's centre; refuses no data.

    Parameters
    ----------
    genome, cuts
        The genome and unshifted 5' ends on it.

    Returns
    -------
    ShiftEstimate
        With shift (0, 0) and a verdict that says so where there are too few ends or no common preference.
    """
    plus, used_plus = base_frequencies(genome, cuts.plus, reverse=False)
    minus, used_minus = base_frequencies(genome, cuts.minus, reverse=True)
    sums, differences = _scores(_centred(plus), _centred(minus))
    centre_sum, centre_difference = _best(sums), _best(differences)
    shift, verdict, sentence = _judge(
        min(used_plus, used_minus),
        sums[centre_sum],
        differences[centre_difference],
        centre_sum,
        centre_difference,
    )
    background = np.mean([plus, minus], axis=(0, 1))
    information = np.stack([_information(f, background) for f in (plus, minus)]).mean(axis=0)
    return ShiftEstimate(
        shift=shift,
        verdict=verdict,
        sentence=sentence,
        sum_scores={key: round(value, 4) for key, value in sums.items()},
        difference_scores={key: round(value, 4) for key, value in differences.items()},
        ends_plus=used_plus,
        ends_minus=used_minus,
        information=tuple(np.round(information, 4).tolist()),
        preference_plus=tuple(map(tuple, np.round(plus, 4).tolist())),
        preference_minus=tuple(map(tuple, np.round(minus, 4).tolist())),
    )


def _information(frequencies: NDArray[np.float64], background: NDArray[np.float64]) -> NDArray[np.float64]:
    return (frequencies * np.log2(frequencies / background)).sum(axis=1)


def _judge(
    ends: int, mirror: float, same: float, centre_sum: int, centre_difference: int
) -> tuple[tuple[int, int], str, str]:
    numbers = f"agreement {same:.2f} of the strands, {mirror:.2f} of the mirrored strands, {ends} ends each"
    if ends < _FEWEST_ENDS:
        return (
            (0, 0),
            "no preference",
            f"Too few ends to tell ({numbers}); nothing is shifted, give a shift if the ends need one.",
        )
    if min(mirror, same) < _LEAST_SCORE:
        return (
            (0, 0),
            "no preference",
            f"No preference that both strands share ({numbers}); nothing is shifted, give one if need be.",
        )
    shift = shift_of_centres(centre_sum, centre_difference)
    if shift == (0, 0):
        return (
            shift,
            "centred",
            f"The ends are on the cut site's centre already ({numbers}); nothing is shifted.",
        )
    return (
        shift,
        "shifted",
        f"{shift[0]:+d}/{shift[1]:+d} puts both strands' ends on the cut site's centre ({numbers}).",
    )
