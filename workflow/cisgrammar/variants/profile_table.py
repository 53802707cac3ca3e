"""The table of a source's profile scores, made batch by batch."""

from __future__ import annotations

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
    scorer.draw_shuffled(_of_numbers(variants, drawn(scorer.settings.shuffled, total, scorer.seed).tolist()))
    write_with_q(path, PROFILE, _rows(variants, scorer, total), Q_OF, by="head")


def _of_numbers(variants: str | Path, wanted: list[int]) -> list[Variant]:
    """Variants by their place among those that are scored; `wanted` is sorted and may repeat itself."""
    found: list[Variant] = []
    scored = (variant for row in rows_of(variants) if (variant := variant_of(row)) is not None)
    at = 0
    for place, variant in enumerate(scored):
        while at < len(wanted) and wanted[at] == place:
            found.append(variant)
            at += 1
        if at == len(wanted):
            break
    return found


def _rows(variants: str | Path, scorer: ProfileScorer, total: int) -> Iterator[dict[str, Any]]:
    progress = Progress(f"score variants with {len(scorer.models)} models", total)
    for batch in batches(rows_of(variants), scorer.settings.batch_size):
        found = [variant_of(row) for row in batch]
        for row, scored in zip(batch, scorer.score(found), strict=True):
            yield from ({"number": row["number"], **one} for one in scored)
        progress.add(sum(variant is not None for variant in found))
