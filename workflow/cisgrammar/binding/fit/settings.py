"""How a model is fitted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from cisgrammar.binding.fit.optimise import Effort
from cisgrammar.binding.likelihood.likelihood import Penalty


@dataclass(frozen=True)
class Search:
    """What is tried for each matrix besides its values.

    Parameters
    ----------
    kmer
        Length of the k-mers that starts are made of.
    kmer_starts, random_starts
        How many starts of each sort are compared.
    shift
        Positions by which the matrix may be moved at a time; 0 for never. A palindrome stays where it is.
    extend
        Try to add positions on both sides.
    flank
        Most bases of flank to add on each side.
    max_kernel_size
        Most positions when extending.
    information_threshold
        Bits that both ends must hold before positions are added.
    threshold
        Fall of the loss per count that a wider matrix or flank must bring.
    """

    kmer: int = 8
    kmer_starts: int = 4
    random_starts: int = 2
    shift: int = 2
    extend: bool = False
    flank: int = 0
    max_kernel_size: int = 24
    information_threshold: float = 0.1
    threshold: float = 2e-4


@dataclass(frozen=True)
class FitSettings:
    """How a model is fitted.

    Parameters
    ----------
    penalty
        What is added to the likelihood.
    search
        What is tried for each matrix besides its values.
    seed
        Seed of the random starts and of the subsets of reads.
    subset
        Reads used while starts and shifts are compared (half as many for starts); the end of the fit, and
        registers that are nearly as good as each other, take all.
    effort
        When the fit on all reads stops.
    retries
        How often a failed stage is tried again from a slightly moved start.
    chunk
        Reads scored at a time.
    initial_library
        `auto` takes the reads of one selected round as draws from a fitted composition of the initial library at the
        end, if that moves no estimate by more than chance; `free` takes nothing from the library.
    """

    penalty: Penalty = field(default_factory=Penalty)
    search: Search = field(default_factory=Search)
    seed: int = 1
    subset: int = 30_000
    effort: Effort = field(default_factory=Effort)
    retries: int = 3
    chunk: int = 32768
    initial_library: Literal["auto", "free"] = "auto"
