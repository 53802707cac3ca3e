"""The table of splice scores: every variant has its row, SpliceAI's own strings are met, memory is that of a chunk."""

import csv
import importlib.util
import os
from pathlib import Path

import pandas as pd
import pytest

from cisgrammar.sequence.fasta import read_fasta
from cisgrammar.splice.models.saved import load_models
from cisgrammar.tables.contracts.variants_splice import VARIANT_SPLICE
from cisgrammar.variants.splice import score
from cisgrammar.variants.splice.genes import SpliceGenes, read_splice_genes
from cisgrammar.variants.splice.score import Settings, iter_splice, score_splice
from cisgrammar.variants.variant import Variant
from toy_splice_variants import motif_model, random_variants, toy_gene, toy_genes, toy_genome, variant

GENOME = toy_genome()


def scored(*variants, genes=None, **more):
    more = {"distance": 50, **more}
    return score_splice(variants, GENOME, genes or toy_genes(), motif_model(), **more)


def test_a_broken_donor_in_one_row():
    given = variant(GENOME, 890, 1, "C", id="rs1", line=7)
    (row,) = scored(given, mask=True).to_dict("records")
    assert (row["line"], row["start"], row["id"], row["gene"], row["strand"]) == (7, 890, "rs1", "gene+", "+")
    assert row["donor_verdict"] == "lost"
    assert row["donor_lost"] == row["dp_dl"] == -1
    assert row["acceptor_verdict"] == "unchanged"
    assert (row["event"], row["coding_change"], row["frame"]) == ("exon skipped", -90, "kept")
    assert row["ds_dl"] == row["masked_ds_dl"] == pytest.approx(0.905148, abs=1e-5)
    assert row["spliceai"].startswith("C|gene+|0.00|0.00|0.00|0.91|")
    assert pd.isna(row["reason"])


def test_each_gene_has_a_row_and_several_bases_are_scored():
    twice = SpliceGenes((toy_gene("-"), toy_gene("+"), toy_gene("+")))
    found = scored(variant(GENOME, 890, 2, "CC"), variant(GENOME, 700, 1, "AC"), genes=twice)
    assert found["start"].tolist() == [890, 890, 700, 700]
    assert found["gene"].tolist() == ["gene+"] * 4
    assert found["spliceai"].tolist()[0] == "CC|gene+|.|.|.|.|.|.|.|."
    assert found["spliceai_reason"].tolist()[0] == "MNV or delins"
    assert found["donor_verdict"].tolist()[0] == "lost"


def test_what_is_not_scored_has_its_reason():
    ref = "ACGT"[GENOME.chromosome("chr1")[890]]
    wrong = "A" if ref != "A" else "C"
    reasons = scored(
        Variant("chr1", 890, wrong, ref),
        Variant("chr1", 2999, "A" * 5, "C"),
        variant(GENOME, 100, 1, "ACG"),
        variant(GENOME, 890, 1, "A" * 10_001),
        Variant("chr7", 1, "A", "C"),
        variant(GENOME, 600, 101, "A"),
    )
    assert reasons["reason"].fillna("").tolist() == [
        "REF differs from the FASTA",
        "past the chromosome's end",
        "no gene",
        "too long",
        "chromosome not in the FASTA",
        "",
    ]
    last = reasons.iloc[-1]
    assert last["spliceai_reason"] == "REF longer than twice the distance"
    assert pd.isna(last["spliceai"])
    assert last["ds_dl"] > 0.9, "scored all the same"
    assert reasons["ds_ag"].isna().tolist() == [True] * 5 + [False]


def test_a_deletion_over_the_start_of_a_gene_is_scored_without_string():
    (row,) = scored(variant(GENOME, 498, 4, "A")).to_dict("records")
    assert row["spliceai_reason"] == "POS outside of the gene"
    assert row["gene"] == "gene+"
    assert pd.isna(row["spliceai"])


def test_without_thresholds_there_are_no_verdicts():
    model = motif_model(None)
    (row,) = score_splice([variant(GENOME, 890, 1, "C")], GENOME, toy_genes(), model, distance=50).to_dict("records")
    assert pd.isna(row["donor_verdict"])
    assert pd.isna(row["event"])
    assert row["ds_dl"] > 0.9


def test_the_table_is_the_contract_and_chunks_do_not_matter(tmp_path, monkeypatch):
    variants = random_variants(GENOME, 60, ("chr1", "chr2", "chr3"))
    whole = scored(*variants)
    VARIANT_SPLICE.write(tmp_path / "whole.tsv", whole)
    assert len(VARIANT_SPLICE.read(tmp_path / "whole.tsv")) == len(whole) >= 60
    monkeypatch.setattr(score, "CHUNK", 7)
    drawn = []

    def stream():
        for given in variants:
            drawn.append(given)
            yield given

    parts = iter_splice(stream(), GENOME, toy_genes(), motif_model(), Settings(50))
    first = next(parts)
    assert len(drawn) == 7
    VARIANT_SPLICE.write(tmp_path / "parts.tsv", pd.concat([first, *parts], ignore_index=True))
    assert (tmp_path / "parts.tsv").read_bytes() == (tmp_path / "whole.tsv").read_bytes()
    VARIANT_SPLICE.write(tmp_path / "none.tsv", scored())
    assert len(VARIANT_SPLICE.read(tmp_path / "none.tsv")) == 0


@pytest.mark.parametrize("settings", [{"distance": 0}, {"batch": 0}])
def test_settings_out_of_range(settings):
    with pytest.raises(ValueError, match="must be at least 1"):
        scored(**settings)


def spliceai_models():
    """SpliceAI's own networks, where they are installed or named by SPLICEAI_MODELS: their licence keeps them out."""
    found = os.environ.get("SPLICEAI_MODELS")
    if found is None and (spec := importlib.util.find_spec("spliceai")) is not None:
        found = Path(spec.origin).parent / "models"
    return sorted(Path(found).glob("spliceai?.h5")) if found else []


@pytest.mark.skipif(
    len(spliceai_models()) != 5, reason="set SPLICEAI_MODELS to the folder of SpliceAI's five .h5 files"
)
def test_strings_are_those_of_spliceai(golden, data):
    folder = data / "hg19_chr22_20-21M"
    genome = read_fasta(folder / "chr22p.fa.gz")
    genes = read_splice_genes(folder / "genes.spliceai.txt", genome)
    model = load_models(spliceai_models())
    with (golden / "variants" / "spliceai_1.3.1.tsv").open() as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    wanted: dict[tuple, dict] = {}
    for row in rows:
        key = int(row["distance"]), row["mask"] == "1"
        wanted.setdefault(key, {}).setdefault((int(row["pos"]) - 1, row["ref"], row["alt"]), []).append(row["spliceai"])
    for (distance, mask), strings in wanted.items():
        known = [Variant("chr22p", *key) for key in strings if set(key[2]) <= set("ACGTN")]
        assert len(known) > 30
        found = score_splice(known, genome, genes, model, distance=distance, mask=mask)
        for key, group in found.groupby(["start", "ref", "alt"], sort=False):
            got = group["spliceai"].dropna().tolist() or ["."]
            assert len(got) == len(strings[key])
            for ours, theirs in zip(got, strings[key], strict=True):
                assert same(ours, theirs), (key, ours, theirs)


def same(ours, theirs):
    """Equal strings, but for 0.01 in a score."""
    a, b = ours.split("|"), theirs.split("|")
    if len(a) < 10 or "." in a or "." in b:
        return a == b
    near = all(abs(float(x) - float(y)) < 0.0101 for x, y in zip(a[2:6], b[2:6], strict=True))
    return near and a[:2] + a[6:] == b[:2] + b[6:]
