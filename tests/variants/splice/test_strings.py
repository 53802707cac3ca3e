"""SpliceAI's strings, against its definition written out base by base."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from cisgrammar.sequence.alphabet import decode, encode, reverse_complement
from cisgrammar.sequence.fasta import Genome
from cisgrammar.splice.models.model import ModelToAnalyze, log_probabilities
from cisgrammar.splice.models.spliceai import SpliceAI
from cisgrammar.variants.splice.genes import read_splice_genes
from cisgrammar.variants.splice.score import score_splice
from cisgrammar.variants.splice.strings import (
    has_scores,
    nearest_boundary,
    skipped,
    spliceai_deltas,
    spliceai_string,
)
from cisgrammar.variants.splice.windows import Pair, pair_probabilities
from cisgrammar.variants.variant import Variant
from toy_splice_variants import EXONS, LENGTH, motif_model, random_variants, toy_gene, toy_genome, turned, variant

GENOME = toy_genome()
# far from ties
NETWORK = ModelToAnalyze(SpliceAI(80, seed=3).eval(), 80, 80)


def defined(m, given, gene, distance, mask):
    """The definition, in 1-based positions and letters."""
    position, width = given.start + 1, m.model_cl + 2 * distance + 1
    letters = decode(GENOME.chromosome(given.chrom))
    first = position - width // 2
    inside = [letters[p - 1] if gene.start + 1 <= p <= gene.end else "N" for p in range(first, first + width)]
    ref = "".join(inside)
    alt = ref[: width // 2] + given.alt + ref[width // 2 + len(given.ref) :]

    def rows(text):
        codes = encode(text) if gene.strand == "+" else reverse_complement(encode(text))
        found = log_probabilities(m, codes[None])[0].exp().numpy()
        return found if gene.strand == "+" else found[::-1]

    before, after = rows(ref).tolist(), rows(alt).tolist()
    if len(given.ref) > 1:
        missing = len(given.ref) - len(given.alt)
        after = after[: distance + len(given.alt)] + [[0, 0, 0]] * missing + after[distance + len(given.alt) :]
    elif len(given.alt) > 1:
        merged = [max(column) for column in zip(*after[distance : distance + len(given.alt)], strict=True)]
        after = [*after[:distance], merged, *after[distance + len(given.alt) :]]
    assert len(before) == len(after) == 2 * distance + 1
    edges = sorted({start + 1 for start, _ in gene.exons} | {end for _, end in gene.exons})
    nearest = min((edge - position for edge in edges), key=abs)
    scores, places = [], []
    for channel, sign in ((1, 1), (1, -1), (2, 1), (2, -1)):
        change = [sign * (b[channel] - a[channel]) for a, b in zip(before, after, strict=True)]
        best = change.index(max(change))
        hidden = mask and ((best - distance == nearest) if sign == 1 else (best - distance != nearest))
        scores.append(0 if hidden else change[best])
        places.append(best - distance)
    return scores, places


@pytest.mark.parametrize("distance", [1, 5, 40])
@pytest.mark.parametrize("mask", [False, True])
def test_scores_and_places_are_those_of_the_definition(distance, mask):
    genes = {"chr1": toy_gene("+"), "chr2": toy_gene("-")}
    longest = max(2, 2 * distance)
    variants = [
        *random_variants(GENOME, 60, ("chr1",), span=(560, 620), longest=longest, seed=distance),
        *random_variants(GENOME, 40, ("chr2",), span=(1300, 2500), longest=longest, seed=distance),
    ]
    variants = [v for v in variants if has_scores(v) and genes[v.chrom].start <= v.start < genes[v.chrom].end]
    assert len(variants) > 50
    assert {v.kind for v in variants} >= {"SNV", "insertion", "deletion"}
    pairs = [Pair(v, genes[v.chrom]) for v in variants]
    for pair, found in zip(pairs, pair_probabilities(NETWORK, GENOME, pairs, distance), strict=True):
        got = spliceai_deltas(found, *pair, distance, mask)
        scores, places = defined(NETWORK, *pair, distance, mask)
        np.testing.assert_allclose(got.scores, scores, atol=1e-6)
        assert got.places == tuple(places)


def test_a_broken_donor_on_either_strand():
    given = variant(GENOME, 600, 1, "C")
    for each, gene, place in ((given, toy_gene("+"), -1), (turned(GENOME, given), toy_gene("-"), 1)):
        (found,) = pair_probabilities(motif_model(), GENOME, [Pair(each, gene)], 50)
        text = spliceai_string(each, gene, spliceai_deltas(found, each, gene, 50, True))
        allele, symbol, *fields = text.split("|")
        assert (allele, symbol) == (each.alt, gene.name)
        assert fields[3] == "0.91"
        assert fields[7] == str(place)


def test_masked_scores_go_by_the_nearest_boundary_alone():
    gene = toy_gene("+")
    # 9 bp into an exon of 100: its acceptor is the nearest; its donor, 90 bp on, is lost and hidden
    given = variant(GENOME, 1209, 100, "G")
    (found,) = pair_probabilities(motif_model(), GENOME, [Pair(given, gene)], 150)
    plain, masked = (spliceai_deltas(found, given, gene, 150, mask) for mask in (False, True))
    assert plain.scores[3] > 0.9
    assert plain.places[3] == 1299 - 1209
    assert masked.scores[3] == 0


def test_the_nearest_boundary_is_the_lower_of_two():
    gene = toy_gene("+")
    middle = (600 - 1 + 800) // 2
    assert nearest_boundary(gene, middle) == 599 - middle
    assert nearest_boundary(gene, 500) == 0
    assert {edge for start, end in EXONS for edge in (start, end - 1)} == {
        p for p in range(LENGTH) if nearest_boundary(gene, p) == 0
    }


def test_dots_for_several_bases_by_several():
    assert spliceai_string(Variant("chr1", 600, "AT", "TT"), toy_gene("+"), None) == "TT|gene+|.|.|.|.|.|.|.|."
    assert not has_scores(Variant("chr1", 600, "AT", "GC"))
    assert has_scores(Variant("chr1", 600, "AT", "G"))
    assert has_scores(Variant("chr1", 600, "A", "GC"))


def test_what_is_skipped():
    half = 5050
    assert skipped(Variant("c", half - 1, "A", "C"), 20_000, 50) == "near chromosome end"
    assert skipped(Variant("c", half, "A", "C"), 20_000, 50) == ""
    assert skipped(Variant("c", 20_000 - half - 1, "A", "C"), 20_000, 50) == ""
    assert skipped(Variant("c", 20_000 - half, "A", "C"), 20_000, 50) == "near chromosome end"
    assert skipped(Variant("c", 9000, "A" * 100, "C"), 20_000, 50) == ""
    assert "twice the distance" in skipped(Variant("c", 9000, "A" * 101, "C"), 20_000, 50)


class Raw(nn.Module):
    """Outputs that look random: logits of a random kernel of 21 bp, where SpliceAI's networks see 10,001."""

    def __init__(self, rng):
        super().__init__()
        self.register_buffer("kernel", torch.tensor(rng.normal(0, 0.8, (3, 4, 21)), dtype=torch.float32))

    def forward(self, x):
        return nn.functional.conv1d(x.transpose(1, 2), self.kernel).transpose(1, 2)[:, 4990:-4990]


def of_letters(raw, letters):
    """Probabilities of null, acceptor and donor of a window, `(bases - 10,000, 3)`, in numpy; N is no letter."""
    hot = (np.array(list(letters))[:, None] == np.array(list("ACGT"))).astype(np.float64)
    windows = np.lib.stride_tricks.sliding_window_view(hot, 21, axis=0)[4990:-4990]  # (rows, 4, 21)
    values = np.exp(np.tensordot(windows, raw.kernel.numpy().astype(np.float64), axes=((1, 2), (1, 2))))
    return values / values.sum(axis=1, keepdims=True)


def delta_scores(raw, letters, record, row, distance, mask):
    """The annotation of one allele in one row of the gene table as version 1.3.1 publishes it; None if it gives none.

    Positions count from 1; the table's starts count from 0.
    """
    span = 2 * distance + 1
    whole = 10_000 + span
    if not row.tx_start + 1 <= record.pos <= row.tx_end:
        return None
    begin = record.pos - whole // 2 - 1
    if begin < 0 or record.pos + whole // 2 > len(letters) or len(record.ref) > 2 * distance:
        return None
    if len(record.ref) > 1 and len(record.alt) > 1:
        return (record.alt, row.name, *["."] * 8)
    left = max(whole // 2 + row.tx_start + 1 - record.pos, 0)
    right = max(whole // 2 - (row.tx_end - record.pos), 0)
    ref = "N" * left + letters[begin + left : begin + whole - right] + "N" * right
    alt = ref[: whole // 2] + record.alt + ref[whole // 2 + len(record.ref) :]
    sides = []
    for text in (ref, alt):
        turned_text = text.translate(str.maketrans("ACGT", "TGCA"))[::-1] if row.strand == "-" else text
        found = of_letters(raw, turned_text)
        sides.append(found[::-1] if row.strand == "-" else found)
    before, after = sides
    middle = span // 2
    if len(record.ref) > 1:
        gap = np.zeros((len(record.ref) - 1, 3))
        after = np.concatenate([after[: middle + 1], gap, after[middle + 1 :]])
    elif len(record.alt) > 1:
        one = after[middle : middle + len(record.alt)].max(axis=0, keepdims=True)
        after = np.concatenate([after[:middle], one, after[middle + len(record.alt) :]])
    boundaries = sorted({start + 1 for start in row.starts} | set(row.ends))
    nearest = min((place - record.pos for place in boundaries), key=abs)
    scores, places = [], []
    for channel in (1, 2):
        for gain in (True, False):
            change = (after[:, channel] - before[:, channel]) * (1 if gain else -1)
            at = int(change.argmax())
            hidden = mask and ((at - middle == nearest) if gain else (at - middle != nearest))
            scores.append(0.0 if hidden else change[at])
            places.append(at - middle)
    return (record.alt, row.name, *scores, *places)


ROWS = [
    SimpleNamespace(name="P", strand="+", tx_start=4000, tx_end=38_000, starts=[4000, 12_000, 20_000, 31_000]),
    SimpleNamespace(name="M", strand="-", tx_start=9000, tx_end=41_500, starts=[9000, 15_500, 20_400, 41_000]),
]
for one in ROWS:
    one.ends = [start + 400 for start in one.starts[:-1]] + [one.tx_end]


def records(rng, letters, distance, number=16):
    """Single bases, insertions and deletions of 1 to 40 bp: near exon boundaries, anywhere, and near the ends."""
    edges = sorted({edge for row in ROWS for edge in (*row.starts, *row.ends)})
    half = 5000 + distance
    places = [int(rng.choice(edges) + rng.integers(-30, 30)) for _ in range(number)]
    places += rng.integers(4000, 41_500, number // 2).tolist()
    places += [half, half + 1, len(letters) - half, len(letters) - half + 1, 4001, 41_500, 9000, 38_001]
    found = []
    for pos in places:
        refs, alts = [(1, 1), (1, 1 + rng.integers(1, 40)), (1 + rng.integers(1, 40), 1), (2, 3)][rng.integers(4)]
        ref = letters[pos - 1 : pos - 1 + refs]
        alt = "".join(rng.choice(list("ACGT"), alts)) if alts != 1 or refs == 1 else ref[0]
        alt = ref[0] + alt[1:] if alts > 1 and refs == 1 else alt
        if alt != ref:
            found.append(SimpleNamespace(pos=pos, ref=ref, alt=alt))
    return found


@pytest.mark.parametrize("distance", [1, 50, 500, 4999])
def test_annotations_are_those_of_the_published_definition_at_other_distances_and_masks(tmp_path, distance):
    rng = np.random.default_rng(distance)
    codes = rng.integers(0, 4, 45_000).astype(np.uint8)
    letters, raw = decode(codes), Raw(rng)
    table = tmp_path / "genes.txt"
    head = ["#NAME", "CHROM", "STRAND", "TX_START", "TX_END", "EXON_START", "EXON_END"]
    lists = [["".join(f"{p}," for p in places) for places in (row.starts, row.ends)] for row in ROWS]
    lines = [
        [row.name, "7", row.strand, row.tx_start, row.tx_end, *both] for row, both in zip(ROWS, lists, strict=True)
    ]
    table.write_text("".join("\t".join(map(str, line)) + "\n" for line in [head, *lines]))
    genome = Genome.from_chromosomes({"chr7": codes})
    genes = read_splice_genes(table, genome)
    model = ModelToAnalyze(raw, 10_000, 10_000)
    given = records(rng, letters, distance)
    variants = [Variant("chr7", r.pos - 1, r.ref, r.alt, line=i) for i, r in enumerate(given)]
    kinds = {"given": 0, "none": 0, "dots": 0}
    for mask in (False, True):
        rows = score_splice(variants, genome, genes, model, distance=distance, mask=mask).to_dict("records")
        got = {(row["line"], row["gene"]): row["spliceai"] for row in rows}
        for i, record in enumerate(given):
            for row in ROWS:
                wanted = delta_scores(raw, letters, record, row, distance, mask)
                ours = got.get((i, row.name))
                if wanted is None:
                    assert not isinstance(ours, str), (record, row.name)
                    kinds["none"] += 1
                    continue
                fields = ours.split("|")
                assert fields[:2] == list(wanted[:2])
                if "." in wanted:
                    assert fields[2:] == ["."] * 8
                    kinds["dots"] += 1
                    continue
                np.testing.assert_allclose([float(f) for f in fields[2:6]], wanted[2:6], atol=0.0051)
                assert [int(f) for f in fields[6:]] == list(wanted[6:]), (record, row.name)
                kinds["given"] += 1
    assert kinds["given"] > 10
    assert kinds["none"]
    assert kinds["dots"] or distance == 1
