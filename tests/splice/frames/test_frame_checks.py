"""Each frame check on toys whose answer is known by hand, and its errors."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.special import logit
from torch import nn

from cisgrammar.sequence.alphabet import decode, encode
from cisgrammar.splice.compat.repairs import AToT
from cisgrammar.splice.frames import oracles
from cisgrammar.splice.frames.adjacent_deletions import PAIRS, adjacent_deletions, exon_pairs
from cisgrammar.splice.frames.codon_replacement import codon_places, codon_replacement
from cisgrammar.splice.frames.deletion import deletion
from cisgrammar.splice.frames.effects import log_strength
from cisgrammar.splice.frames.minigenes import minigene, read_minigenes
from cisgrammar.splice.frames.phase_handedness import PhaseHandedness, donor_motifs, phase_handedness
from cisgrammar.splice.frames.poison_exons import between_introns, poison_exons, read_inclusion
from cisgrammar.splice.frames.repairs import RemoveStops
from cisgrammar.splice.genes.exon_table import exon_intervals
from cisgrammar.splice.genes.gene_set import gene_set
from cisgrammar.splice.genes.reading_frames import THREE_MERS, open_frames, stops
from cisgrammar.splice.models.model import ModelToAnalyze
from cisgrammar.splice.predict import predict_gene
from toy_exons import exon_table, make_genes


@pytest.fixture(scope="module")
def toys():
    torch.set_num_threads(1)
    genes, exons = make_genes(6, exons=5, seed=5)
    blind = oracles.frame_blind(genes, genes, exons.internal_coding())
    return genes, exons, blind, oracles.with_open_frame_rule(blind)


class Local(nn.Module):
    """A random convolution of 101 bases."""

    def __init__(self, seed):
        super().__init__()
        torch.manual_seed(seed)
        self.conv = nn.Conv1d(4, 3, 101)

    def forward(self, x):
        return self.conv(x.transpose(1, 2)).transpose(1, 2)


def test_codons_are_written_in_their_phase_and_masks_see_the_other_frames(toys):
    genes, exons, _, _ = toys
    model = ModelToAnalyze(Local(0), 100, 100, [0.3, 0.3])
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


def test_deletions_are_read_at_four_sites_and_introns_that_are_short_are_not_cut(toys):
    genes, exons, _, _ = toys
    model = ModelToAnalyze(Local(1), 100, 100, [0.3, 0.3])
    short = replace(exons, intron_before=exons.intron_before.copy())
    coding = np.flatnonzero(exons.is_internal_coding)
    found = deletion(model, genes, exons, lengths=(1, 5))
    exon = 3
    codes = genes.gene(int(found.exons.gene[exon]))[0]
    start, end = int(found.exons.start[exon]), int(found.exons.end[exon])
    before, after = int(found.exons.intron_before[exon]), int(found.exons.intron_after[exon])
    cuts = [start - 45, start + 40, end - 45, end + 40]
    sites = [(start - before - 1, 2), (start, 1), (end - 1, 2), (end + after, 1)]
    for place, cut in enumerate(cuts):
        scores = predict_gene(model, np.concatenate([codes[:cut], codes[cut + 5 :]]))
        for i, (site, label) in enumerate(sites):
            expected = float(scores[site - 5 * (site > cut), label])
            assert found.after.log_p[0, exon, 1, place, i] == pytest.approx(expected, abs=1e-5)
    short.intron_before[coding] = 81
    cut = deletion(model, genes, short.select(coding[:2]), lengths=(1, 5))
    assert np.isfinite(cut.after.log_p[:, :, 0]).all()
    assert np.isnan(cut.after.log_p[:, :, 1, 0]).all()
    with pytest.raises(ValueError, match="internal coding ones of at least 1018 bp"):
        deletion(model, genes, exons, distance=500)


def test_an_exon_is_repaired_before_the_deletion_too_unless_the_reference_is_wanted(toys):
    genes, exons, _, _ = toys
    model, some = ModelToAnalyze(Local(2), 100, 100), exons.select(exons.gene == 0)
    plain, ours, theirs = (
        deletion(model, genes, some, lengths=(3,), **given)
        for given in ({}, {"repair": AToT()}, {"repair": AToT(), "repair_before": False})
    )
    np.testing.assert_array_equal(theirs.before.log_p, plain.before.log_p)
    np.testing.assert_array_equal(theirs.after.log_p, ours.after.log_p)
    assert np.abs(ours.before.log_p - plain.before.log_p)[..., 1:3].max() > 0.01


def test_repairs_leave_no_stop_but_in_the_margins():
    codes = np.random.default_rng(0).integers(0, 5, 400, dtype=np.uint8)
    for repair in (RemoveStops(), AToT()):
        mended = repair(codes, 0)
        assert not stops(mended)[10:-12].any()
        assert mended[:10].tolist() == codes[:10].tolist()
        assert mended[-10:].tolist() == codes[-10:].tolist()
        assert ((mended == 4) == (codes == 4)).all()
    one_frame = RemoveStops(frames=(1,), margin=0)(codes, first_codon=2)
    gone = np.flatnonzero(stops(codes) & ~stops(one_frame))
    assert len(gone)
    assert ((gone - 2) % 3 == 1).all()
    assert not stops(one_frame)[(2 + 1) % 3 :: 3].any()


class CountsC(nn.Module):
    """Takes a place for both kinds of site where the number of C within 200 bp is that of two exons, modulo 3."""

    def forward(self, x):
        count = nn.functional.conv1d(x[:, :, 1].unsqueeze(1), torch.ones(1, 1, 401))[:, 0]
        whole = (count.round() % 3 == 120 % 3).float()
        return torch.stack([torch.zeros_like(whole), 8 * whole - 4, 8 * whole - 4], dim=-1)


def test_a_second_deletion_that_restores_the_frame_compensates_for_the_first():
    codes = encode("T" * 300 + "C" * 60 + "T" * 50 + "C" * 60 + "T" * 300)
    genes = gene_set([(codes, np.zeros_like(codes))] * 3)
    places = [(100, 160), (300, 360), (410, 470), (600, 660)]
    exons = exon_table(genes.names, [places] * 3)
    first, second = exon_pairs(exons)
    assert (first.start.tolist(), second.start.tolist()) == ([300] * 3, [410] * 3)
    found = adjacent_deletions(ModelToAnalyze(CountsC(), 400, 400, [0.4, 0.4]), genes, (first, second))
    effects = found.effects()
    for i, pair in enumerate(PAIRS):
        assert (effects[:, :, i] == (0 if sum(pair) % 3 == 0 else -100)).all()
    assert (found.compensation() == 100).all()
    assert found.called()[0, :, PAIRS.index((1, 2))].all()
    with pytest.raises(ValueError, match="none of 3 pairs"):
        adjacent_deletions(ModelToAnalyze(CountsC(), 400, 400), genes, (first, second), distance=40)


def test_pairs_are_neighbours_with_a_short_intron(toys):
    _, exons, _, _ = toys
    first, second = exon_pairs(exons, max_intron=200, max_span=600)
    assert ((first.gene == second.gene) & (first.rank + 1 == second.rank)).all()
    assert 0 < len(first) < len(exon_pairs(exons)[0]) == 2 * 6
    assert (second.start - first.end).max() < 200
    assert (second.end - first.start).max() < 600


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


def test_strength_is_the_log_of_the_mean_probability():
    assert np.exp(log_strength(logit(0.2), logit(0.6))) == pytest.approx(0.4)
    assert np.isnan(log_strength(np.nan, 0.0))


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


HEAD = "gene_id\tstart\tend\tsequence\texon_start\texon_end\tmeasured\n"


def test_minigenes_are_put_into_their_gene_and_scored(toys, tmp_path):
    genes, exons, _, aware = toys
    model = ModelToAnalyze(Local(4), 100, 100)
    inner = exons.internal_coding()
    start, end = int(inner.start[0]) - 20, int(inner.end[0]) + 10
    text = decode(genes.gene(0)[0][start:end])
    length = int(inner.length[0])
    middle = 20 + length // 2
    closed = text[:middle] + "TAACTAACTAA" + text[middle + 11 :]
    longer = text[:middle] + "ACGT" + text[middle:]
    rows = [(text, length, 1.0), (closed, length, -2.0), (longer, length + 4, 0.5), (text, length, 0.9)]
    path = tmp_path / "variants.tsv"
    path.write_text(HEAD + "".join(f"gene_0\t{start}\t{end}\t{t}\t20\t{20 + n}\t{v}\n" for t, n, v in rows))
    variants = read_minigenes(path, genes, 90)
    assert variants.variant.tolist() == [0, 1, 2, 0]
    found = minigene(model, variants)
    whole = genes.gene(0)[0]
    for i, (sequence, n, _) in enumerate(rows):
        edited = np.concatenate([whole[:start], encode(sequence), whole[end:]])
        scores = predict_gene(model, edited).double().exp()
        sites = [scores[start + 20, [1, 0]], scores[start + 20 + n - 1, [2, 0]]]
        expected = (sum(site / (site + null) for site, null in sites) / 2).log2()
        assert found.predicted[0, i] == pytest.approx(float(expected), abs=1e-5)
        assert found.closed[i] == (open_frames(encode(sequence)[20 : 20 + n]) == 0)
    assert found.closed.tolist()[1]
    seen = minigene(aware, variants, neighbours=1)
    gained = seen.without_stops - seen.predicted
    assert gained[0, 1] > 0.1
    assert gained[0, 0] == 0
    assert seen.decrease()[0, 1] == 1.0
    assert seen.correlations()["pearson"] > 0.5


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("nobody\t1\t9\tACGT\t0\t3\t1", "variants.tsv:2: gene 'nobody'"),
        ("gene_0\t9\t5\tACGT\t0\t3\t1", "variants.tsv:2: bases 9 to 5"),
        ("gene_0\t1\t9\tACGT\t0\t5\t1", "variants.tsv:2: exon 0 to 5"),
        ("gene_0\t1\t9\tACG!\t0\t3\t1", "variants.tsv:2: sequence has '!'"),
        ("gene_0\t1\t9\tACGT\t0\t3\tnan", "variants.tsv:2: measured is nan"),
    ],
)
def test_bad_rows_of_measured_variants_are_named(toys, tmp_path, row, message):
    path = tmp_path / "variants.tsv"
    path.write_text(HEAD + row + "\n")
    with pytest.raises(ValueError, match=message):
        read_minigenes(path, toys[0], 10)
