"""Variants of a simulated genome: planted sites broken and restored, and changes that do nothing.

The effect of a variant is what the simulation's own rules give for the changed sequence: a site keeps
`mismatch_effect` of its effect with each mismatch, a pair as far as both of its sites do. It is stated as the change of
the ln of expected cuts in the 1,000 bp around the summit, where the background adds 1 to the rate of each base.

Changes outside of peaks are what the null of shuffled sequence says of a variant: it lies in sequence that is no more
than its dinucleotides. The sequence around them is drawn anew, and what looks like a site in it by chance stays, as it
does in shuffled sequence. Elsewhere the simulation takes such words out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from cisgrammar.config.schema import Simulate
from cisgrammar.config.simulate import FACTOR_NAMES
from cisgrammar.sequence.alphabet import encode, reverse_complement
from cisgrammar.simulate.cuts import peak_areas
from cisgrammar.simulate.factors.catalogue import CERTAIN, FACTORS
from cisgrammar.simulate.genome import AWAY, CHANCE, CORE, EDGE, SimulatedGenome, mismatches, random_sequence
from cisgrammar.simulate.variants.planted import PlantedVariant, deleted, inserted, last_third, substituted

WINDOW = 1000
"""bp around a summit in which cuts are counted."""
PARTS = {"broken": 0.2, "deleted": 0.06, "split": 0.06, "restored": 0.06, "neutral": 0.12}
"""Shares of all variants: sites broken by a substitution, by a deletion and by an insertion, sites that a substitution
makes whole, and changes in peaks beside all sites. The rest lie outside of peaks. No variant puts a whole site in: it
would be a site in shuffled sequence too, and the null of the file would not be one of changes that do nothing."""
PLAIN = 64
"""bp on each side of a change outside of peaks that are drawn anew: more than are shuffled for the null."""
_INDEL = 3
_BESIDE = 20
_WITHIN = 250
_TRIES = 200


class _Drawer:
    """Draws variants from one random stream; no two of them lie within 20 bp."""

    def __init__(self, genome: SimulatedGenome, settings: Simulate) -> None:
        self.genome, self.settings = genome, settings
        self.rng = np.random.default_rng([settings.seed, 13])
        self.area = peak_areas(genome, settings)
        self.codes = genome.codes.copy()
        self.cores = [FACTORS[FACTOR_NAMES.index(name)].core() for name in settings.factors]
        self.chroms = np.array(last_third(len(genome.names)))
        self.number = mismatches(genome.codes, genome.sites)
        self.taken = np.zeros(genome.codes.shape, dtype=bool)
        planted = genome.planted()
        for chrom, start, end in zip(planted.chrom, planted.start, planted.end, strict=True):
            self.taken[chrom, max(start - _BESIDE, 0) : end + _BESIDE] = True

    def log_fold(self, peak: int, change: float) -> float:
        """Change of ln cuts around a summit, of a change of ln strength."""
        return float(np.log((self.area[peak] * np.exp(change) + WINDOW) / (self.area[peak] + WINDOW)))

    def sites(self, whole: bool, alone: bool) -> Iterator[int]:
        """Sites of the chosen chromosomes in random order: whole, or with one mismatch; `alone`: not in a pair."""
        sites = self.genome.sites
        chosen = np.isin(sites.chrom, self.chroms) & (self.number == (0 if whole else 1))
        if alone:
            chosen[self.genome.pairs.site] = False
        yield from self.rng.permutation(np.flatnonzero(chosen)).tolist()

    def change(self, site: int, after: int) -> float:
        """Change of the peak's ln strength if a site has another number of mismatches."""
        sites, pairs, keep = self.genome.sites, self.genome.pairs, self.settings.mismatch_effect
        gain = keep**after - keep ** self.number[site]
        total = FACTORS[sites.factor[site]].effect * gain
        for pair in np.flatnonzero(pairs.site == site):
            second = mismatches(self.genome.codes, self.genome.bound())[len(sites.start) + pair]
            total += pairs.effect[pair] * keep**second * gain
        return float(total)

    def at_site(self, site: int, kind: str, alleles: tuple[str, int, str, str], after: int) -> PlantedVariant:
        """The variant of a site that then has `after` mismatches."""
        sites = self.genome.sites
        effect = self.log_fold(int(sites.peak[site]), self.change(site, after))
        return PlantedVariant(*alleles, kind, FACTORS[sites.factor[site]].name, effect)

    def substitution(self, site: int, whole: bool) -> PlantedVariant | None:
        """One that breaks a whole site, or makes one with a mismatch whole; none where it makes a word of another."""
        sites, factor = self.genome.sites, FACTORS[self.genome.sites.factor[site]]
        chrom, start, end = sites.chrom[site], sites.start[site], sites.end[site]
        codes = self.genome.codes[chrom]
        word = codes[start:end] if not sites.reverse[site] else reverse_complement(codes[start:end])
        certain = np.flatnonzero(factor.probabilities().max(axis=1) > CERTAIN)
        best = factor.probabilities().argmax(axis=1)
        # Beyond the core a pair's second site may begin.
        column = int(self.rng.choice(certain[certain < CORE[1]])) if whole else int(_odd(word, best, certain))
        new = int((best[column] + self.rng.integers(1, 4)) % 4) if whole else int(best[column])
        at = start + column if not sites.reverse[site] else end - 1 - column
        letter = new if not sites.reverse[site] else 3 - new
        changed = codes[start - 12 : end + 12].copy()
        changed[at - start + 12] = letter
        if self.words(changed, factor.core()) > self.words(codes[start - 12 : end + 12], factor.core()):
            return None
        alleles = substituted(codes, self.genome.names[chrom], int(at), letter)
        return self.at_site(site, "broken" if whole else "restored", alleles, 1 if whole else 0)

    def words(self, codes: NDArray[np.uint8], own: NDArray[np.uint8] | None = None) -> int:
        """How many words like a factor's site there are, on both strands; those of `own` do not count."""
        found = 0
        for core in self.cores:
            if own is not None and np.array_equal(core, own):
                continue
            for word in (core, reverse_complement(core)):
                windows = np.lib.stride_tricks.sliding_window_view(codes, len(word))
                found += int(((windows != word).sum(axis=1) <= CHANCE).sum())
        return found

    def indel(self, site: int, insertion: bool) -> PlantedVariant:
        """3 bases taken out of, or put into, the middle of a site."""
        sites, factor = self.genome.sites, FACTORS[self.genome.sites.factor[site]]
        chrom, start, end = int(sites.chrom[site]), int(sites.start[site]), int(sites.end[site])
        codes, middle = self.genome.codes[chrom], (start + end) // 2
        if insertion:
            new = self.rng.integers(0, 4, _INDEL).astype(np.uint8)
            alleles = inserted(codes, self.genome.names[chrom], middle, new)
            changed = np.concatenate([codes[start - 12 : middle], new, codes[middle : end + 12]])
        else:
            alleles = deleted(codes, self.genome.names[chrom], middle - 1, middle - 1 + _INDEL)
            changed = np.concatenate([codes[start - 12 : middle - 1], codes[middle - 1 + _INDEL : end + 12]])
        core = factor.core() if not sites.reverse[site] else reverse_complement(factor.core())
        windows = np.lib.stride_tricks.sliding_window_view(changed, len(core))
        return self.at_site(site, "broken", alleles, int((windows != core).sum(axis=1).min()))

    def place(self, peak: int | None, margin: int) -> tuple[int, int] | None:
        """A free place of a peak, or outside of peaks: chromosome's index, base."""
        peaks = self.genome.peaks
        for _ in range(_TRIES):
            if peak is not None:
                chrom, at = int(peaks.chrom[peak]), int(peaks.centre[peak] + self.rng.integers(-_WITHIN, _WITHIN))
            else:
                chrom = int(self.rng.choice(self.chroms))
                at = int(self.rng.integers(EDGE, self.genome.codes.shape[1] - EDGE))
                if np.abs(peaks.centre[peaks.chrom == chrom] - at).min() < AWAY:
                    continue
            if not self.taken[chrom, at - margin : at + margin + 1].any():
                return chrom, at
        return None

    def peak(self) -> int:
        """A peak of the chosen chromosomes."""
        return int(self.rng.choice(np.flatnonzero(np.isin(self.genome.peaks.chrom, self.chroms))))

    def neutral(self, letters: tuple[int, int]) -> PlantedVariant | None:
        """A substitution of given letters in a peak, beside all sites, that makes no word like a site."""
        for _ in range(_TRIES):
            place = self.place(self.peak(), 0)
            if place is None or self.genome.codes[place] != letters[0]:
                continue
            chrom, at = place
            around = self.genome.codes[chrom, at - 12 : at + 13]
            changed = around.copy()
            changed[12] = letters[1]
            if self.words(changed) <= self.words(around):
                self.occupy(chrom, at, _BESIDE)
                alleles = substituted(self.genome.codes[chrom], self.genome.names[chrom], at, letters[1])
                return PlantedVariant(*alleles, "neutral")
        return None

    def outside(self, other: PlantedVariant) -> PlantedVariant | None:
        """The alleles of another variant outside of peaks, in sequence that is drawn anew around them."""
        if (place := self.place(None, PLAIN + len(other.ref))) is None:
            return None
        chrom, at = place
        end = at + len(other.ref)
        stretch = random_sequence(self.rng, 2 * PLAIN + len(other.ref), self.settings.gc)
        self.codes[chrom, at - PLAIN : end + PLAIN] = stretch
        self.codes[chrom, at:end] = encode(other.ref)
        self.occupy(chrom, at, PLAIN + len(other.ref))
        return PlantedVariant(self.genome.names[chrom], at, other.ref, other.alt, "outside")

    def occupy(self, chrom: int, at: int, margin: int) -> None:
        """Keep other variants away."""
        self.taken[chrom, at - margin : at + margin + 1] = True


def _odd(word: NDArray[np.uint8], best: NDArray[np.int64], certain: NDArray[np.int64]) -> int:
    """The certain column in which a site has another letter."""
    return int(certain[word[certain] != best[certain]][0])


def region_variants(genome: SimulatedGenome, settings: Simulate) -> tuple[SimulatedGenome, list[PlantedVariant]]:
    """Draw the variants of a simulated genome, `settings.variants` of them, or fewer where sites do not suffice.

    They lie on the last third of the chromosomes; a site has one at most. Substitutions in peaks without an effect have
    the letters, before and after, of those at sites, so that their GC content is the same. Those outside of peaks have
    the alleles of the others: the null is drawn of the whole file.

    Returns
    -------
    tuple
        The genome, with the sequence around variants outside of peaks drawn anew and nothing else changed; and the
        variants.
    """
    drawer = _Drawer(genome, settings)
    wanted = {kind: round(share * settings.variants) for kind, share in PARTS.items()}
    alone = drawer.sites(whole=True, alone=True)
    found = [drawer.indel(site, False) for site, _ in zip(alone, range(wanted["deleted"]), strict=False)]
    found += [drawer.indel(site, True) for site, _ in zip(alone, range(wanted["split"]), strict=False)]
    used = {(v.chrom, v.start // 200) for v in found}
    for whole, number in ((True, wanted["broken"]), (False, wanted["restored"])):
        made = (drawer.substitution(site, whole) for site in drawer.sites(whole, alone=False))
        fresh = (v for v in made if v is not None and (v.chrom, v.start // 200) not in used)
        found += [v for v, _ in zip(fresh, range(number), strict=False)]
    changes = [("ACGT".index(v.ref), "ACGT".index(v.alt)) for v in found if len(v.ref) == len(v.alt) == 1]
    drawn = drawer.rng.integers(0, max(len(changes), 1), wanted["neutral"] if changes else 0)
    idle = (drawer.neutral(changes[index]) for index in drawn.tolist())
    found += [v for v in idle if v is not None]
    outside = settings.variants - sum(wanted.values())
    pool = drawer.rng.integers(0, max(len(found), 1), outside if found else 0)
    rest = (drawer.outside(found[index]) for index in pool.tolist())
    found += [v for v in rest if v is not None]
    return replace(genome, codes=drawer.codes), found
