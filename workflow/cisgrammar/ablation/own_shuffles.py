"""The shuffles that `ablate` knows, under the names of this package: uniform, each sequence on its own."""

from cisgrammar.sequence.shuffle import dinucleotide_shuffle, shuffle

__all__ = ["dinucleotide_shuffle", "shuffle"]
