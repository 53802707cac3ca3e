"""The genes nearest to a variant."""

from cisgrammar.sequence.annotation import Transcript
from cisgrammar.variants.near import Genes


def test_genes_are_named_by_their_distance(genome):
    def transcript(name, gene, start, end, chrom="1"):
        return Transcript(name, gene, gene.upper(), chrom, "+", ((start, end),))

    genes = Genes(
        [transcript("t1", "a", 100, 200), transcript("t2", "a", 150, 300), transcript("t3", "b", 500, 600)], genome
    )
    assert genes.nearest("chr1", 250, 251, 3) == "A:0,B:250"
    assert genes.nearest("chr1", 299, 300, 1) == "A:0"
    assert genes.nearest("chr1", 300, 301, 1) == "A:1"
    assert genes.nearest("chr1", 498, 499, 1) == "B:2"
    assert genes.nearest("chr1", 498, 501, 1) == "B:0"
    assert genes.nearest("chr2", 5, 6, 3) == ""


def test_genes_are_read_from_a_gtf(genome, tmp_path):
    path = tmp_path / "g.gtf"
    path.write_text('chr1\t.\texon\t101\t200\t.\t+\t.\tgene_id "g"; transcript_id "t"; gene_name "ADE2";\n')
    assert Genes.read(path, genome).nearest("chr1", 210, 211, 3) == "ADE2:11"
