"""Reads of one file that lie otherwise than the others: turned, or begun some bases further on."""

from __future__ import annotations

import pytest

from cisgrammar.iupac import reverse_complement
from toy_fastq import count, counted, random_reads

LEFT, RIGHT = "TGGAAC", "CCAGTGCC"
VARIABLE = [random_reads(400, 16, seed) for seed in (1, 2)]
PLAIN = [[f"{LEFT}{read}{RIGHT}" for read in reads] for reads in VARIABLE]
GIVEN = {
    "found": {},
    "given": {"left": LEFT, "right": RIGHT, "length": 16},
    "no length": {"left": LEFT, "right": RIGHT},
}


def both_strands(reads: list[str]) -> list[str]:
    return [read if i % 2 else reverse_complement(read) for i, read in enumerate(reads)]


def staggered(reads: list[str], most: int = 3) -> list[str]:
    before = random_reads(len(reads), most, 7)
    return [bases[: i % (most + 1)] + read for i, (bases, read) in enumerate(zip(before, reads, strict=True))]


def one_length(reads: list[str]) -> list[str]:
    """As sequenced: as many cycles for all."""
    return [read[:30] for read in reads]


WAYS = {
    "both strands": both_strands,
    "stagger": staggered,
    "stagger, fixed cycles": lambda reads: one_length(staggered(reads)),
    "both strands and stagger": lambda reads: staggered(both_strands(reads)),
    "a fifth turned": lambda reads: [reverse_complement(r) if i % 5 == 0 else r for i, r in enumerate(reads)],
}


@pytest.mark.parametrize("given", GIVEN)
@pytest.mark.parametrize("way", WAYS)
def test_the_counts_are_those_of_reads_that_lie_alike(tmp_path, way: str, given: str) -> None:
    wanted = counted(count(tmp_path, PLAIN)[0])
    (tmp_path / "other").mkdir()
    table, stats = count(tmp_path / "other", [WAYS[way](reads) for reads in PLAIN], **GIVEN[given])
    found = counted(table)
    if given == "found" and found.keys() != wanted.keys():
        # Which strand is the first is not told by the reads.
        found = {reverse_complement(read): n for read, n in found.items()}
        stats["left"], stats["right"] = reverse_complement(stats["right"]), reverse_complement(stats["left"])
    assert found == wanted
    assert (stats["left"], stats["length"]) == (LEFT, 16)
    assert RIGHT.startswith(stats["right"])
    assert len(stats["right"]) >= 5


@pytest.mark.parametrize("constant_bases", [("", ""), ("TG", "CC")])
def test_without_enough_constant_bases_no_read_is_turned(tmp_path, constant_bases: tuple[str, str]) -> None:
    left, right = constant_bases
    reads = [[f"{left}{read}{right}" for read in part] for part in VARIABLE]
    table, _ = count(tmp_path, [both_strands(part) for part in reads], left=left, right=right, length=16)
    assert set(counted(table)) <= {r for part in VARIABLE for r in (*part, *map(reverse_complement, part))}


def test_two_barcodes_in_a_file_are_not_taken_for_a_way_to_lie(tmp_path) -> None:
    """Half of the reads are of each library: the design of one does not explain the other."""
    codes = ["AATTCCGG", "CCGGAATT"]
    reads = [[f"{codes[i % 2]}TGG{read}CCAGTGCC" for i, read in enumerate(part)] for part in VARIABLE]
    stats = count(tmp_path, reads)[1]
    assert stats["left"] == "TGG"
    assert stats["rounds"][0]["kept"] == 400
