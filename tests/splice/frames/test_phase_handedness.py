"""Motifs of a phase: how they are found, where they are written, and the contrast."""

from dataclasses import replace

import numpy as np
import pytest

from cisgrammar.sequence.alphabet import decode, encode
from cisgrammar.splice.frames.phase_handedness import PhaseHandedness, donor_motifs, phase_handedness
from cisgrammar.splice.genes.exon_table import exon_intervals


def test_handedness_is_the_diagonal_less_the_rest_whatever_the_numbers_of_exons():
    rng = np.random.default_rng(0)
    phases = np.array([0] * 5 + [1] * 3 + [2] * 9)
    places = exon_intervals(np.zeros(17), np.full(17, "g"), np.arange(17), np.arange(17) + 9)
    exons = replace(places, phase_end=phases)
    found = PhaseHandedness(exons, ((), (), ()), rng.normal(size=(2, 17, 3)))
    matrix = found.matrix()
    off = (matrix.sum(axis=(1, 2)) - np.trace(matrix, axis1=1, axis2=2)) / 6
    assert found.handedness() == pytest.approx(np.trace(matrix, axis1=1, axis2=2) / 3 - off)
    same = replace(found, log_odds=np.broadcast_to(np.array([0.1, 0.7, -0.3]), (2, 17, 3)))
    assert (same.contrast() == 0).all()


def test_motifs_typical_of_a_phase_are_found_and_written_where_no_stop_can_arise(toys):
    genes, exons, blind, _ = toys
    codes, coding = genes.codes.copy(), exons.internal_coding()
    for gene, end, phase in zip(coding.gene, coding.end, coding.phase_end, strict=True):
        place = int(genes.offsets[gene] + end)
        codes[place - 3 : place] = encode(("AAC", "CCC", "GGC")[phase])
    made = replace(genes, codes=codes)
    motifs = donor_motifs(made, exons, top=1)
    assert [of_phase[0][:3] for of_phase in motifs] == ["AAC", "CCC", "GGC"]
    found = phase_handedness(blind, made, exons, motifs)
    kept = [decode(made.gene(int(g))[0][e - 5 : e - 3]) for g, e in zip(found.exons.gene, found.exons.end, strict=True)]
    assert 0 < len(kept) < len(coding)
    assert not any(text.endswith(("T", "TA", "TG")) for text in kept)
    with pytest.raises(ValueError, match="1 different donor 9-mers"):
        donor_motifs(made, exons)
    with pytest.raises(ValueError, match="has 3 bases; wanted 9"):
        phase_handedness(blind, made, exons, (("AAC",), ("CCC",), ("GGC",)))
