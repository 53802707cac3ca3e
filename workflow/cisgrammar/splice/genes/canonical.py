"""One transcript per gene."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from cisgrammar.sequence.annotation import Transcript

LONGEST_CODING = "longest coding sequence"
MOST_EXONIC = "most exonic bases"
ONLY = "only transcript"


def rule(tags: Sequence[str]) -> str:
    """Say in words how a gene's transcript is chosen."""
    first = f"tag {', else '.join(tags)}; else " if tags else ""
    return f"{first}{LONGEST_CODING}; else {MOST_EXONIC}; else first id in alphabetical order"


def _rank(transcript: Transcript, tags: Sequence[str]) -> tuple[int, str]:
    """How far behind a transcript's best tag is; `appris_principal` also finds `appris_principal_1`, before `_2`."""
    for place, wanted in enumerate(tags):
        numbered = re.compile(rf"{re.escape(wanted)}(_\d+)?")
        found = sorted(tag for tag in transcript.tags if numbered.fullmatch(tag))
        if found:
            return place, found[0]
    return len(tags), ""


def choose(transcripts: Sequence[Transcript], tags: Sequence[str]) -> list[tuple[Transcript, str]]:
    """Choose one transcript of each gene; with each, by which rule.

    Genes of one name on two chromosomes or strands are two genes. The result is in the order of the genes'
    first transcripts.
    """
    genes: dict[tuple[str, str, str], list[Transcript]] = defaultdict(list)
    for transcript in transcripts:
        genes[transcript.gene, transcript.chrom, transcript.strand].append(transcript)
    chosen = []
    for family in genes.values():
        best = min(family, key=lambda t: (_rank(t, tags), -t.coding_length, -t.exonic_length, t.id))
        chosen.append((best, _why(best, family, tags)))
    return chosen


def _why(best: Transcript, family: Sequence[Transcript], tags: Sequence[str]) -> str:
    place, _ = _rank(best, tags)
    if place < len(tags):
        return f"tag {tags[place]}"
    if len(family) == 1:
        return ONLY
    return LONGEST_CODING if best.coding_length else MOST_EXONIC
