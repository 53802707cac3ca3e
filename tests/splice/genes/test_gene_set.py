"""Gene sets: windows, subsets, files, and arrays that are none."""

import h5py
import numpy as np
import pytest

from cisgrammar.sequence.alphabet import decode, encode
from cisgrammar.sequence.fasta import Genome
from cisgrammar.splice.genes.build import build_genes, cut_genes
from cisgrammar.splice.genes.coordinates import window
from cisgrammar.splice.genes.gene_set import gene_set, read_gene_set, write_gene_set
from toy_transcripts import gene_settings, three_chromosomes, three_genes, transcript


def test_flanks_are_genome_and_N_past_the_chromosome():
    genome = Genome.from_chromosomes({"chr1": encode("ACGTACGTAC")})
    found = transcript((3, 5), (7, 8))
    genes = cut_genes(genome, [found], ["test"], flank=4)
    assert decode(genes.upstream[0]) == "NACG"
    assert decode(genes.downstream[0]) == "ACNN"
    assert decode(genes.window(0, -2, 7)) == "CG" + "TACGT" + "AC"
    assert decode(genes.window(0, -6, 11)) == "NNNACG" + "TACGT" + "ACNNNN"
    assert decode(cut_genes(genome, [found], ["test"]).window(0, -2, 7)) == "NN" + "TACGT" + "NN"
    assert decode(window(genome, transcript((3, 8), strand="-"), -3, 2)) == "NGT" + "AC"


def test_a_gene_set_is_read_as_it_was_written_and_the_same_bytes(tmp_path):
    transcripts = three_genes()
    genes = build_genes(three_chromosomes(transcripts), transcripts, gene_settings(flank=7)).genes
    paths = [tmp_path / name for name in ("a.h5", "b.h5")]
    for path in paths:
        write_gene_set(path, genes)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    back = read_gene_set(paths[0])
    assert back.fingerprint() == genes.fingerprint()
    assert (back.names, back.strands, back.chroms) == (genes.names, genes.strands, genes.chroms)
    assert back.flank == 7
    for one, other in zip(back, genes, strict=True):
        assert np.array_equal(one[0], other[0])
        assert np.array_equal(one[1], other[1])


def test_a_subset_keeps_each_gene_with_its_own_labels():
    rng = np.random.default_rng(0)
    parts = [(rng.integers(0, 5, n).astype(np.uint8), rng.integers(0, 3, n).astype(np.uint8)) for n in (5, 9, 2)]
    genes = gene_set(parts, splits=("test", "train", "test"))
    chosen = genes.subset("test")
    assert chosen.names == ("gene_0", "gene_2")
    assert chosen.lengths.tolist() == [5, 2]
    assert np.array_equal(chosen.gene(1)[1], parts[2][1])
    assert np.array_equal(genes.subset([2, 0]).gene(1)[0], parts[0][0])


def test_a_damaged_gene_set_is_named(tmp_path):
    path = tmp_path / "genes.h5"
    path.write_text("not HDF5")
    with pytest.raises(ValueError, match="not a readable HDF5 file"):
        read_gene_set(path)
    write_gene_set(path, gene_set([(np.zeros(5, np.uint8), np.zeros(5, np.uint8))]))
    with h5py.File(path, "r+") as file:
        file["codes"][3] = 9
    with pytest.raises(ValueError, match=r"genes.h5: code 9 at base 3; wanted 0 to 4"):
        read_gene_set(path)
    with h5py.File(path, "r+") as file:
        del file["labels"]
    with pytest.raises(ValueError, match="no dataset labels"):
        read_gene_set(path)
    with h5py.File(path, "r+") as file:
        file.attrs["format"] = "something else"
    with pytest.raises(ValueError, match="'something else', wanted 'cisgrammar genes 1'"):
        read_gene_set(path)


@pytest.mark.parametrize(
    ("codes", "labels", "more", "message"),
    [
        ([0, 1], [0], {}, "2 codes and 1 labels"),
        ([0, 7], [0, 0], {}, "code 7 at base 1"),
        ([0, 1], [0, 3], {}, "label 3 at base 1; wanted 0 to 2"),
        ([], [], {}, "gene gene_0 has no sequence"),
        ([0], [0], {"splits": ["tests"]}, "split 'tests'; wanted one of train, validation, test"),
        ([0], [0], {"names": ["a", "b"]}, "give one of each per gene"),
    ],
)
def test_arrays_that_are_no_gene_set(codes, labels, more, message):
    with pytest.raises(ValueError, match=message):
        gene_set([(np.array(codes, np.uint8), np.array(labels, np.uint8))], **more)


def test_a_split_without_genes_says_which_there_are():
    with pytest.raises(ValueError, match="no genes of split 'train'; it has test"):
        gene_set([(np.zeros(5, np.uint8), np.zeros(5, np.uint8))]).subset("train")
    with pytest.raises(ValueError, match="no genes"):
        gene_set([])


def test_bases_are_counted_in_validation_genes_where_none_is_for_training():
    genes = [(np.zeros(5, np.uint8), np.zeros(5, np.uint8))] * 2
    assert gene_set(genes, splits=["train", "test"]).known_split == "train"
    assert gene_set(genes, splits=["validation", "test"]).known_split == "validation"
