"""Gene sets: labels against the sequence, the choice of transcript, splits, paralogues, files."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cisgrammar.config.splice import Genes
from cisgrammar.sequence.alphabet import decode, encode, reverse_complement
from cisgrammar.sequence.annotation import Transcript
from cisgrammar.sequence.fasta import Genome, read_fasta
from cisgrammar.splice.genes.build import build_genes, cut_genes, read_transcripts
from cisgrammar.splice.genes.canonical import choose
from cisgrammar.splice.genes.coordinates import in_gene, in_genome, splice_labels, spliced, window
from cisgrammar.splice.genes.gene_set import ACCEPTOR, DONOR, gene_set, read_gene_set, write_gene_set
from cisgrammar.splice.genes.gene_table import read_gene_table
from cisgrammar.splice.genes.introns import canonical_share, count_motifs, introns_of
from cisgrammar.splice.genes.partition import kmers, shared_fraction
from cisgrammar.splice.genes.reading_frames import longest_orf, with_longest_orf
from toy_annotation import genome_with_introns


def transcript(*exons, strand="+", chrom="chr1", name="t", **more):
    return Transcript(name, more.pop("gene", name), "", chrom, strand, tuple(exons), **more)


def settings(**more):
    given = {"annotation": "a.gtf", "test": ("chr3",), "validation": ("chr2",), "paralogues": "keep", **more}
    return Genes.model_validate(given)


def three_genes():
    """One gene on each of three chromosomes."""
    spans = ((100, 200), (300, 400), (500, 600))
    return [transcript(*spans, chrom=f"chr{i}", name=f"g{i}", strand=s) for i, s in ((1, "+"), (2, "-"), (3, "+"))]


def three_chromosomes(transcripts):
    return genome_with_introns({f"chr{i}": 1000 for i in (1, 2, 3)}, transcripts)


@pytest.mark.parametrize("strand", "+-")
def test_labels_are_the_last_base_before_an_intron_and_the_first_after_it(strand):
    forward = encode("CCCCAAGGTAAAAAAGTTTTTT")
    found = transcript((0, 7), (16, 22), strand=strand)
    codes = forward if strand == "+" else reverse_complement(forward)
    if strand == "-":
        found = transcript((0, 6), (15, 22), strand="-")
    genes = cut_genes(Genome.from_chromosomes({"chr1": codes}), [found], ["test"])
    codes, labels = genes.gene(0)
    assert decode(codes) == "CCCCAAGGTAAAAAAGTTTTTT"
    assert np.flatnonzero(labels == DONOR).tolist() == [6]
    assert np.flatnonzero(labels == ACCEPTOR).tolist() == [16]
    assert decode(codes[7:9]) == "GT"
    assert decode(codes[14:16]) == "AG"


@given(st.lists(st.integers(1, 40), min_size=2, max_size=12), st.sampled_from("+-"), st.integers(0, 2**32 - 1))
def test_a_reversed_genome_with_reversed_exons_gives_the_same_gene(steps, strand, seed):
    edges = np.cumsum(steps[: len(steps) // 2 * 2]).tolist()
    exons = list(zip(edges[::2], edges[1::2], strict=True))
    codes = np.random.default_rng(seed).integers(0, 5, edges[-1] + 7).astype(np.uint8)
    one = transcript(*exons, strand=strand)
    mirrored = [(len(codes) - end, len(codes) - start) for start, end in reversed(exons)]
    other = transcript(*mirrored, strand="-" if strand == "+" else "+")
    genomes = [Genome.from_chromosomes({"chr1": c}) for c in (codes, reverse_complement(codes))]
    genes = [cut_genes(genome, [t], ["test"], flank=9) for genome, t in zip(genomes, (one, other), strict=True)]
    for name in ("codes", "labels", "upstream", "downstream"):
        assert np.array_equal(getattr(genes[0], name), getattr(genes[1], name)), name
    assert in_genome(one, in_gene(one, one.exons)) == one.exons
    assert (genes[0].labels == DONOR).sum() == len(exons) - 1


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


def test_the_transcript_is_chosen_by_tag_then_coding_then_exonic_length_then_id():
    short = transcript((0, 50), (60, 90), name="b", gene="g", coding=((0, 30),))
    coding = transcript((0, 50), (60, 90), name="c", gene="g", coding=((0, 50),))
    long = transcript((0, 90), (100, 300), name="d", gene="g")
    tagged = transcript((0, 10), (20, 30), name="e", gene="g", tags=frozenset({"appris_principal_1"}))
    second = transcript((0, 90), (100, 300), name="a", gene="g", tags=frozenset({"appris_principal_2"}))
    tags = ("MANE_Select", "appris_principal")
    for family, best, why in (
        ((short, coding, long), coding, "longest coding sequence"),
        ((long, transcript((0, 20), (30, 40), name="a", gene="g")), long, "most exonic bases"),
        ((long, transcript((0, 90), (100, 300), name="c", gene="g")), None, "most exonic bases"),
        ((second, tagged, coding), tagged, "tag appris_principal"),
        ((short,), short, "only transcript"),
    ):
        for order in (family, family[::-1]):
            ((chosen, reason),) = choose(order, tags)
            assert (chosen.id, reason) == (best.id if best else "c", why)


def test_a_tag_of_a_longer_name_is_another_tag():
    plus = transcript((0, 9), name="a", gene="g", tags=frozenset({"MANE_Select_like"}))
    long = transcript((0, 99), name="b", gene="g")
    assert choose([plus, long], ("MANE_Select",))[0][0] is long


def test_a_gene_set_by_chromosomes():
    transcripts = three_genes()
    built = build_genes(three_chromosomes(transcripts), transcripts, settings())
    assert built.genes.names == ("g1", "g2", "g3")
    assert built.genes.splits == ("train", "validation", "test")
    assert built.report["gene_introns"]["GT-AG"] == 6
    assert built.report["splits"]["test"] == {"genes": 1, "bases": 500, "introns": 2, "internal_coding_exons": 0}
    assert json.loads(json.dumps(built.report)) == built.report


def test_parts_of_chromosomes_hold_genes_out_and_straddling_ones_are_left_out():
    genes = [transcript((a, a + 100), (a + 200, a + 300), name=f"g{a}") for a in (0, 450, 1000, 2000)]
    genome = genome_with_introns({"chr1": 3000}, genes)
    built = build_genes(genome, genes, settings(test=("chr1:0-500",), validation=("chr1:1,900-2,400",)))
    assert dict(zip(built.genes.names, built.genes.splits, strict=True)) == {
        "g0": "test",
        "g1000": "train",
        "g2000": "validation",
    }
    assert built.report["dropped"] == {"straddles a held-out part": 1}


def test_unusable_transcripts_are_counted_by_reason():
    odd = [
        transcript((0, 90), name="single"),
        transcript((0, 90), (110, 200), name="short"),
        transcript((0, 90), (150, 151), (250, 300), name="tiny"),
    ]
    good = three_genes()
    built = build_genes(three_chromosomes([*odd, *good]), [*odd, *good], settings())
    assert built.report["dropped"] == {"inner exon of one base": 1, "intron below 25 bp": 1, "one exon": 1}
    assert set(built.genes.names) == {"g1", "g2", "g3"}


def test_biotypes_are_used_where_the_annotation_has_them():
    coding = three_genes()
    other = transcript((100, 200), (300, 400), name="lnc", biotype="lncRNA")
    with_types = [Transcript(**{**vars(t), "biotype": "protein_coding"}) for t in coding]
    genome = three_chromosomes([*coding, other])
    assert "lnc" not in build_genes(genome, [*with_types, other], settings()).genes.names
    assert "lnc" in build_genes(genome, [*with_types, other], settings(biotypes=())).genes.names


def test_introns_are_counted_in_transcripts_and_once():
    one, two = transcript((0, 20), (60, 80)), transcript((0, 20), (60, 80), (120, 130), name="u", strand="+")
    reverse = transcript((0, 20), (60, 80), name="r", strand="-")
    genome = genome_with_introns({"chr1": 200}, [one, two])
    introns = introns_of(genome, [one, two])
    assert (len(introns), len(introns.unique())) == (3, 2)
    assert count_motifs(genome, introns)["GT-AG"] == 3
    backwards = introns_of(genome, [reverse])
    assert count_motifs(genome, backwards)["others"] == {"CT-AC": 1}
    assert len(introns_of(genome, [one, reverse]).unique()) == 2
    assert canonical_share(genome, introns) == 1


@given(st.text("ACGT", max_size=60))
def test_the_longest_orf_is_that_of_a_plain_search(text):
    best = (0, 0)
    for start in range(len(text)):
        if text[start : start + 3] != "ATG":
            continue
        ends = [e for e in range(start + 3, len(text) - 2, 3) if text[e : e + 3] in ("TAA", "TAG", "TGA")]
        if ends and ends[0] + 3 - start > best[1] - best[0]:
            best = start, ends[0] + 3
    assert (longest_orf(encode(text)) or (0, 0)) == best


@pytest.mark.parametrize("strand", "+-")
def test_an_orf_across_exons_is_put_back_on_the_chromosome(strand):
    parts = ["CCATGAAA", "GTCCCCAG", "CCCTAAGG"]
    text = "".join(parts)
    exons = ((0, 8), (16, 24))
    codes = encode(text) if strand == "+" else reverse_complement(encode(text))
    found = transcript(*exons, strand=strand)
    genome = Genome.from_chromosomes({"chr1": codes})
    assert decode(spliced(genome, found)) == parts[0] + parts[2]
    placed = with_longest_orf(genome, found, 12)
    # ATGAAACCCTAA: the last six bases of the first exon, the first six of the second
    assert placed.coding == ((2, 8), (16, 22))
    assert with_longest_orf(genome, found, 13).coding == ()


def test_shared_kmers_are_containment_and_skip_n():
    assert kmers(encode("ACGTN"), 2).tolist() == [0b0001, 0b0110, 0b1011]
    assert shared_fraction([encode("ACGTACGT")], [encode("TTACGTACGTTT")], 4).tolist() == [1.0]
    assert shared_fraction([encode("ACGTCCCC")], [encode("ACGT")], 4).tolist() == [0.2]
    assert shared_fraction([encode("AC")], [encode("ACGT")], 4).tolist() == [0.0]


@pytest.mark.parametrize(("changes", "kept"), [(0, False), (150, True)])
def test_held_out_paralogues_of_training_genes_are_dropped(changes, kept):
    transcripts = three_genes()
    genome = three_chromosomes(transcripts)
    codes = genome.codes.copy()
    codes[2000:3000] = codes[:1000]
    rng = np.random.default_rng(1)
    exonic = np.concatenate([np.arange(2000 + a, 2000 + b) for a, b in transcripts[2].exons])
    places = rng.choice(exonic, changes, replace=False)
    codes[places] = (codes[places] + 1) % 4
    spare = transcript((700, 750), (800, 850), chrom="chr3", name="spare")
    genome = Genome(genome.names, genome.lengths, genome.offsets, codes)
    built = build_genes(genome, [*transcripts, spare], settings(paralogues="drop", min_canonical=0))
    assert ("g3" in built.genes.names) == kept
    assert ("paralogue of a training gene (test)" in built.report["dropped"]) != kept
    assert "g3" in build_genes(genome, [*transcripts, spare], settings(min_canonical=0)).genes.names


def test_splice_ai_tables_say_the_same_as_exons(tmp_path):
    canonical = tmp_path / "canonical_dataset.txt"
    canonical.write_text("A\t1\tchr1\t-\t101\t600\t200,400,\t301,501,\n")
    shipped = tmp_path / "grch38.txt"
    shipped.write_text(
        "#NAME\tCHROM\tSTRAND\tTX_START\tTX_END\tEXON_START\tEXON_END\nA\tchr1\t-\t100\t600\t100,300,500,\t200,400,600,\n"
    )
    (one,), (other,) = read_gene_table(canonical), read_gene_table(shipped)
    assert one.exons == other.exons == ((100, 200), (300, 400), (500, 600))
    assert one.strand == "-"
    assert one.tags == {"paralogue"}
    # On the - strand base 600 is the first; 501 starts the intron's left neighbour, so it is a donor.
    labels = splice_labels(one)
    assert np.flatnonzero(labels == DONOR).tolist() == [600 - 501, 600 - 301]
    assert np.flatnonzero(labels == ACCEPTOR).tolist() == [600 - 400, 600 - 200]


def test_a_table_is_an_input_like_an_annotation(tmp_path):
    transcripts = three_genes()
    table = tmp_path / "table.txt"
    rows = [f"g{i}\t0\tchr{i}\t{s}\t101\t600\t200,400\t301,501\n" for i, s in ((1, "+"), (2, "-"), (3, "+"))]
    table.write_text("".join(rows))
    asked = settings(annotation=None, table=str(table))
    genome = three_chromosomes(transcripts)
    ours = build_genes(genome, read_transcripts(asked), asked).genes
    assert ours.fingerprint() == build_genes(genome, transcripts, settings()).genes.fingerprint()


def test_a_gene_set_is_read_as_it_was_written_and_the_same_bytes(tmp_path):
    transcripts = three_genes()
    genes = build_genes(three_chromosomes(transcripts), transcripts, settings(flank=7)).genes
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


def test_the_fly_gene_set(data):
    folder = data / "dm6_small"
    asked = settings(
        annotation=str(folder / "dm6.small.gtf.gz"),
        coding="longest_orf",
        test=("chr2R", "chr2L:800000-1000000"),
        validation=("chr2L:650000-800000",),
        paralogues="drop",
    )
    built = build_genes(read_fasta(folder / "dm6.small.fa.gz"), read_transcripts(asked), asked)
    report, genes = built.report, built.genes
    assert (report["spliced_transcripts"], report["unique_introns"]["total"]) == (288, 557)
    counts = report["transcript_introns"]
    assert (counts["GT-AG"], counts["GC-AG"], counts["others"]) == (1391, 12, {"AT-CA": 1})
    donors, acceptors = genes.sites(DONOR), genes.sites(ACCEPTOR)
    assert len(donors) == len(acceptors) == report["gene_introns"]["total"] == (built.exons.rank > 0).sum()
    first = {decode(genes.codes[d + 1 : d + 3]) for d in donors}
    last = {decode(genes.codes[a - 2 : a]) for a in acceptors}
    assert first == {"GT", "GC"}
    assert last == {"AG"}
    assert set(genes.strands) == {"+", "-"}
    # A frame that is found in the sequence is open in it.
    coding = built.exons.internal_coding()
    assert len(coding) > 200
    for gene, start, end, phase in zip(coding.gene, coding.start, coding.end, coding.phase_start, strict=True):
        text = decode(genes.gene(gene)[0][start + (-phase % 3) : end])
        assert not {text[i : i + 3] for i in range(0, len(text) - 2, 3)} & {"TAA", "TAG", "TGA"}
