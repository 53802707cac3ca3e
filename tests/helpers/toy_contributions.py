"""Contributions with a known truth: noise, and at planted sites those of a motif."""

import numpy as np

from cisgrammar.discover.attribution_files import Attributions

FACTORS = {"a": "GGTTACCCGGAA", "b": "AGGTCACGTGAC", "c": "TTGATAAGGTCC"}


def heights(consensus):
    """What each position contributes: the middle more than the ends."""
    middle = (len(consensus) - 1) / 2
    return 1 - 0.5 * np.abs(np.arange(len(consensus)) - middle) / middle


def planted(number=240, length=300, factors=("a", "b"), share=0.5, seed=0, **options):
    """`Attributions` of windows and as many shuffles, and the sites: rows of (window, start, turned, factor).

    Options: `strength` of a site's best base over the noise's deviation 1, `signs` of factors, `spread` (log-normal
    deviation of the windows' scales, of which shuffles have none), `held_out` share of windows.
    """
    rng = np.random.default_rng(seed)
    strength, signs = options.get("strength", 12.0), options.get("signs", {})
    codes = rng.integers(0, 4, (2 * number, length)).astype(np.uint8)
    values = rng.laplace(size=(2 * number, 4, length))
    sites = []
    for row in range(number):
        starts = np.linspace(10, length - 30, len(factors) + 1).astype(int)
        for slot, name in enumerate(factors):
            if rng.random() >= share:
                continue
            turned, start = bool(rng.integers(2)), int(rng.integers(starts[slot], starts[slot + 1] - 15))
            letters = np.array(["ACGT".index(base) for base in FACTORS[name]])
            own = signs.get(name, 1) * strength * heights(FACTORS[name])
            # One weak base each, as sites have.
            weak = int(rng.integers(len(letters)))
            letters[weak] = rng.integers(4)
            there = np.full((4, len(letters)), -0.3) * own
            there[["ACGT".index(base) for base in FACTORS[name]], np.arange(len(letters))] = own
            if turned:
                letters, there = 3 - letters[::-1], there[::-1, ::-1]
            codes[row, start : start + len(letters)] = letters
            values[row, :, start : start + len(letters)] += there
            sites.append((row, start, turned, name))
    scale = np.ones(2 * number)
    scale[:number] = np.exp(options.get("spread", 0.0) * rng.normal(size=number))
    values *= 1e-3 * scale[:, None, None]
    held_out = np.tile(np.arange(number) >= number * (1 - options.get("held_out", 0.3)), 2)
    found = Attributions(
        chrom=np.repeat("chr1", 2 * number),
        start=np.tile(1000 + 2 * length * np.arange(number), 2),
        shuffled=np.arange(2 * number) >= number,
        held_out=held_out,
        seen=~held_out[:, None],
        codes=codes,
        hypothetical={"counts": values.astype(np.float16)},
        spread={"counts": np.zeros(codes.shape, dtype=np.float16)},
    )
    return found, sites
