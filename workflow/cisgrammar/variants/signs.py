"""Affinity in vitro beside accessibility in vivo: how often a variant changes both in one direction, by motif."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cisgrammar.statistics.distributions import hypergeometric_tail
from cisgrammar.statistics.intervals import wilson
from cisgrammar.variants.table import Row, shown

ALL = "all"
"""The motif of the row of all motifs together."""
_SITES = ("broken", "made", "kept")
_CHANGE, _LOGFC = ".delta_log_affinity", ".logfc"
Counts = NDArray[np.int64]


def sign_table(rows: Iterable[Row]) -> list[list[str]]:
    """The rows of `SIGNS`: for each source of profile scores and binding model, all motifs and then each.

    Variants that touch a site count if both changes are known and not 0. By chance as many agree as if the two signs
    were independent, given how many of each sign there are; p is the chance of as many or more (Fisher's exact test,
    one-sided), and the interval is Wilson's. Both take variants for independent: several of one site are not quite.

    Parameters
    ----------
    rows
        Of `SCORES`, read once.
    """
    tables: dict[tuple[str, str, str], Counts] = {}
    for row in rows:
        sources, models = ([name.removesuffix(end) for name in row if name.endswith(end)] for end in (_LOGFC, _CHANGE))
        for model in models:
            change = _number(row[model + _CHANGE])
            if not change or row[f"{model}.site"] not in _SITES:
                continue
            for source in sources:
                logfc = _number(row[source + _LOGFC])
                for motif in (ALL, row[f"{model}.motif"]) if logfc else ():
                    counts = tables.setdefault((source, model, motif), np.zeros((2, 2), dtype=np.int64))
                    counts[int(change > 0), int(logfc > 0)] += 1
    order = sorted(tables, key=lambda key: (*key[:2], key[2] != ALL, key[2]))
    return [[*key, *map(shown, agreement(tables[key]))] for key in order]


def _number(text: str) -> float:
    """A field as a number; 0 for none."""
    value = float(text) if text else 0.0
    return value if np.isfinite(value) else 0.0


def agreement(counts: Counts) -> Sequence[Any]:
    """Variants, how many agree, their share with its interval, the share by chance, and p, from a table of signs.

    Parameters
    ----------
    counts
        `(2, 2)`: variants by the sign of the change of affinity (below 0, above 0) and that of logfc.
    """
    total, agree = int(counts.sum()), int(np.trace(counts))
    ups = counts[1].sum(), counts[:, 1].sum()
    expected = (ups[0] * ups[1] + (total - ups[0]) * (total - ups[1])) / total**2
    # Given both margins, as many agree as there are in the corner of two rises.
    p = hypergeometric_tail(int(counts[1, 1]), total, int(ups[0]), int(ups[1]))
    return total, agree, agree / total, *wilson(agree, total), float(expected), p
