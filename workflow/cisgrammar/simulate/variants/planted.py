"""A variant of which the effect is known, and the files that a simulation writes of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cisgrammar.files.atomic import write_text
from cisgrammar.sequence.alphabet import decode
from cisgrammar.tables.contracts.simulate import PLANTED_VARIANTS


@dataclass(frozen=True)
class PlantedVariant:
    """A variant with its effect.

    Attributes
    ----------
    chrom
        Chromosome.
    start
        First base of `ref`, 0-based.
    ref, alt
        Alleles on the plus strand, as in a VCF: at least one base each.
    kind, target, effect
        As in the table `PLANTED_VARIANTS`; an effect of nan is not known.
    """

    chrom: str
    start: int
    ref: str
    alt: str
    kind: str
    target: str = ""
    effect: float = 0.0


def last_third(number: int) -> list[int]:
    """Indices of the chromosomes that hold variants: the last third of them, one at least."""
    return list(range(number - max(number // 3, 1), number))


def substituted(codes: NDArray[np.uint8], chrom: str, at: int, new: int) -> tuple[str, int, str, str]:
    """Chromosome, start and alleles of a substitution by a base's code."""
    return chrom, at, decode(codes[at : at + 1]), decode(np.array([new], dtype=np.uint8))


def deleted(codes: NDArray[np.uint8], chrom: str, start: int, end: int) -> tuple[str, int, str, str]:
    """The same of a deletion of start to end; the base before it is in both alleles."""
    return chrom, start - 1, decode(codes[start - 1 : end]), decode(codes[start - 1 : start])


def inserted(codes: NDArray[np.uint8], chrom: str, at: int, new: NDArray[np.uint8]) -> tuple[str, int, str, str]:
    """The same of bases put in before `at`; the base before them is in both alleles."""
    before = decode(codes[at - 1 : at])
    return chrom, at - 1, before, before + decode(new)


def write_planted(
    vcf: str | Path, table: str | Path, variants: Sequence[PlantedVariant], lengths: Mapping[str, int]
) -> None:
    """Write variants as VCF, sorted, and their truth; `lengths` are those of all chromosomes, in order, bp."""
    order = {name: i for i, name in enumerate(lengths)}
    rows = sorted(variants, key=lambda v: (order[v.chrom], v.start, v.ref, v.alt))
    names = [f"{each.kind}_{number}" for number, each in enumerate(rows, 1)]
    head = ["##fileformat=VCFv4.2", *(f"##contig=<ID={name},length={length}>" for name, length in lengths.items())]
    head.append("#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO")
    lines = [
        f"{v.chrom}\t{v.start + 1}\t{name}\t{v.ref}\t{v.alt}\t.\t.\t." for name, v in zip(names, rows, strict=True)
    ]
    write_text(vcf, "\n".join([*head, *lines]) + "\n")
    effects = ["nan" if math.isnan(v.effect) else f"{v.effect:.6g}" for v in rows]
    truth = zip(names, rows, effects, strict=True)
    PLANTED_VARIANTS.write_rows(
        table, [(name, v.chrom, v.start + 1, v.ref, v.alt, v.kind, v.target, effect) for name, v, effect in truth]
    )
