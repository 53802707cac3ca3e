"""3-mers are written in their phase, and masks see the other frames."""

from dataclasses import replace

import numpy as np
import pytest

from cisgrammar.sequence.alphabet import encode
from cisgrammar.splice.frames.codon_replacement import codon_places, codon_replacement
from cisgrammar.splice.genes.reading_frames import THREE_MERS, stops
from cisgrammar.splice.models.model import ModelToAnalyze
from cisgrammar.splice.predict import predict_gene
from toy_splice_models import RandomConvolution


def test_codons_are_written_in_their_phase_and_masks_see_the_other_frames(toys):
    genes, exons, _, _ = toys
    model = ModelToAnalyze(RandomConvolution(0), 100, 100, [0.3, 0.3])
    found = codon_replacement(model, genes, exons)
    exon = 4
    codes, start = genes.gene(int(found.exons.gene[exon]))[0], int(found.exons.start[exon])
    last, phase_start = int(found.exons.end[exon]) - 1, int(found.exons.phase_start[exon])
    places = codon_places(found.exons, exon, 40)
    assert [(place - start + phase_start) % 3 for place in places] == [0, 0]
    assert start + 40 <= places[0] < start + 43
    assert last - 40 <= places[1] < last - 37
    for end, site in enumerate((start, last)):
        for phase, offset in ((0, 0), (1, 1), (2, -1)):
            for number in (0, 17, THREE_MERS.index("TAG")):
                edited, at = np.array(codes), places[end] + offset
                edited[at : at + 3] = encode(THREE_MERS[number])
                expected = float(predict_gene(model, edited)[site, end + 1])
                assert found.after.log_p[0, exon, end, phase, number] == pytest.approx(expected, abs=1e-5)
                around = slice(at - 2, at + 5)
                before, after = stops(codes[around]), stops(edited[around])
                clean = before[[0, 1, 3, 4]].tolist() == after[[0, 1, 3, 4]].tolist()
                assert found.no_undesired_changes[exon, end, phase, number] == clean


def test_an_exon_with_a_stop_in_its_frame_is_left_out(toys):
    genes, exons, blind, _ = toys
    coding = exons.internal_coding()
    codes = genes.codes.copy()
    place = codon_places(coding, 0, 20)[0]
    codes[place : place + 3] = encode("TGA")
    found = codon_replacement(blind, replace(genes, codes=codes), coding)
    assert len(found.exons) == len(coding) - 1
    assert found.exons.start[0] == coding.start[1]
