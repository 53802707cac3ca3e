"""Measured variants are put into their gene and scored."""

import numpy as np
import pytest

from cisgrammar.sequence.alphabet import decode, encode
from cisgrammar.splice.frames.minigenes import minigene, read_minigenes
from cisgrammar.splice.genes.reading_frames import open_frames
from cisgrammar.splice.models.model import ModelToAnalyze
from cisgrammar.splice.predict import predict_gene
from toy_splice_models import RandomConvolution

HEAD = "gene_id\tstart\tend\tsequence\texon_start\texon_end\tmeasured\n"


def test_minigenes_are_put_into_their_gene_and_scored(toys, tmp_path):
    genes, exons, _, aware = toys
    model = ModelToAnalyze(RandomConvolution(4), 100, 100)
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
