"""Natural and made poison exons, and measured inclusion."""

from dataclasses import replace

import numpy as np
import pytest

from cisgrammar.sequence.alphabet import encode
from cisgrammar.splice.frames.poison_exons import between_introns, poison_exons, read_inclusion


def poisoned(genes, exons, which):
    """Genes in which some exons have stops in all frames, near their middle."""
    codes = genes.codes.copy()
    for exon in which:
        place = int(genes.offsets[exons.gene[exon]] + (exons.start[exon] + exons.end[exon]) // 2)
        codes[place - 8 : place + 3] = encode("TAACTAACTAA")
    return replace(genes, codes=codes)


def test_natural_poison_exons_are_predicted_lower_and_gain_without_their_stops(toys):
    genes, exons, blind, aware = toys
    inner = between_introns(exons)
    genes = poisoned(genes, inner, range(0, len(inner), 4))
    inclusion = np.full(len(inner), 0.5)
    found = poison_exons(aware, genes, inner, inclusion, neighbours=5)
    assert found.closed.tolist() == [i % 4 == 0 for i in range(len(inner))]
    quantities = {q.name: np.nanmean(q.effects) for q in found.quantities()}
    assert quantities["decrease_minus_half"] > 0.45
    assert quantities["opening_closed"] > 0.1
    assert quantities["opening_open"] == 0
    assert quantities["closing_minus_control"] < -0.1
    assert np.isnan(found.with_stops[:, found.closed]).all()
    still = poison_exons(blind, genes, inner, inclusion, neighbours=5)
    assert np.nanmax(np.abs(still.zero_if_frame_blind())) == 0
    assert len(found.table()) == len(inner)
    with pytest.raises(ValueError, match="inclusion must be one number"):
        poison_exons(blind, genes, inner, inclusion + 1)
    with pytest.raises(ValueError, match="exons have an open frame, wanted 99"):
        poison_exons(blind, genes, inner, inclusion, neighbours=99)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("nobody\t1\t9\t0.5", r"exons.tsv:3: gene 'nobody'"),
        ("gene_1\t9\t5\t0.5", r"exons.tsv:3: exon 9 to 5"),
        ("gene_1\t5\t999999\t0.5", r"exons.tsv:3: exon 5 to 999999"),
        ("gene_1\t5\t9\t1.5", r"exons.tsv:3: inclusion 1.5"),
    ],
)
def test_bad_rows_of_measured_inclusion_are_named(toys, tmp_path, row, message):
    path = tmp_path / "exons.tsv"
    path.write_text(f"gene_id\tstart\tend\tinclusion\ngene_0\t5\t90\t0.25\n{row}\n")
    with pytest.raises(ValueError, match=message):
        read_inclusion(path, toys[0])
    path.write_text("gene_id\tstart\tend\tinclusion\ngene_0\t5\t90\t0.25\n")
    exons, inclusion = read_inclusion(path, toys[0])
    assert (exons.start.tolist(), exons.length.tolist(), inclusion.tolist()) == ([5], [85], [0.25])
