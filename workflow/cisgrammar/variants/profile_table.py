"""The table of a source's profile scores, made batch by batch."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cisgrammar.files.progress import Progress
from cisgrammar.tables.contracts.variants import PROFILE
from cisgrammar.tables.io import rows_of
from cisgrammar.variants.null import drawn
from cisgrammar.variants.profile import Q_OF, ProfileScorer
from cisgrammar.variants.table import batches, variant_of, write_with_q
from cisgrammar.variants.variant import Variant


def write_profile_scores(path: str | Path, variants: str | Path, scorer: ProfileScorer) -> None:
    """Score the variants of a table `READ` and write `PROFILE`; memory is that of a batch and of the p-values.

    Parameters
    ----------
    path
        The table to write.
    variants
        The table of variants.
    scorer
        Its null of shuffled sequence is drawn here.
    """
    total = sum(not row["reason"] for row in rows_of(variants))
    scorer.draw_shuffled(null_variants(variants, scorer))
    write_with_q(path, PROFILE, _rows(variants, scorer, total), Q_OF, by="head")


def null_variants(variants: str | Path, scorer: ProfileScorer) -> list[Variant]:
    """The variants that the nulls of shuffled sequence are made of: as many in peaks as outside of them.

    They are drawn with repeats, `settings.shuffled` of each kind of which there is any.
    """
    number = scorer.settings.shuffled
    totals = Counter(scorer.in_peak(variant) for variant in _scored(variants)) if number else Counter[bool]()
    wanted = {kind: drawn(number, total, scorer.seed).tolist() for kind, total in sorted(totals.items())}
    passed, found = dict.fromkeys(wanted, 0), []
    for variant in _scored(variants) if wanted else ():
        kind = scorer.in_peak(variant)
        # Places among the variants of a kind are sorted, and may repeat themselves.
        first, end = (bisect_left(wanted[kind], passed[kind] + more) for more in (0, 1))
        found += [variant] * (end - first)
        passed[kind] += 1
    return found


def _scored(variants: str | Path) -> Iterator[Variant]:
    return (variant for row in rows_of(variants) if (variant := variant_of(row)) is not None)


def _rows(variants: str | Path, scorer: ProfileScorer, total: int) -> Iterator[dict[str, Any]]:
    progress = Progress(f"score variants with {len(scorer.models)} models", total)
    for batch in batches(rows_of(variants), scorer.settings.batch_size):
        found = [variant_of(row) for row in batch]
        for row, scored in zip(batch, scorer.score(found), strict=True):
            yield from ({"number": row["number"], **one} for one in scored)
        progress.add(sum(variant is not None for variant in found))
