"""The letters of DNA: the four bases in their order, IUPAC's ambiguity codes, and complements. Pure Python.

The ambiguity codes and their complements are those of the Nomenclature Committee of the International Union of
Biochemistry (1985).
"""

from __future__ import annotations

BASES = "ACGT"
AMBIGUOUS = {
    "M": "AC",
    "R": "AG",
    "W": "AT",
    "S": "CG",
    "Y": "CT",
    "K": "GT",
    "V": "ACG",
    "H": "ACT",
    "D": "AGT",
    "B": "CGT",
}
"""Letter -> the bases that it stands for; N is apart, since it excludes nothing."""
IUPAC = {**{base: base for base in BASES}, **AMBIGUOUS, "N": BASES}
"""Letter -> the bases that it stands for."""


def _complements() -> dict[str, str]:
    letter_of = {bases: letter for letter, bases in IUPAC.items()}
    turned = str.maketrans(BASES, BASES[::-1])
    return {letter: letter_of["".join(sorted(bases.translate(turned)))] for letter, bases in IUPAC.items()}


_COMPLEMENTS = _complements()
_COMPLEMENTS |= {letter.lower(): other.lower() for letter, other in _COMPLEMENTS.items()}
_TABLE = str.maketrans(_COMPLEMENTS)


def reverse_complement(text: str) -> str:
    """Reverse-complement IUPAC letters; case is kept, and other characters (such as `-`) stay as they are."""
    return text.translate(_TABLE)[::-1]


def foreign_letters(text: str, allowed: str = "") -> list[str]:
    """Sorted upper-case characters of a text that are neither IUPAC letters nor `allowed`; empty if it is sound."""
    return sorted(set(text.upper()) - set(IUPAC) - set(allowed))
