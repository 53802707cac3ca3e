"""Predictions of sequences and regions outside of a run: the files of the stages, with the models' own numbers."""

from __future__ import annotations

import numpy as np
import pytest

from cisgrammar.api.load import load
from cisgrammar.api.predicted_files import genome_of_letters, write_predictions
from cisgrammar.sequence.alphabet import decode
from cisgrammar.sequence.fasta import read_fasta
from cisgrammar.tables.contracts.binding import AFFINITIES
from cisgrammar.tables.contracts.splice import SITES
from cisgrammar.tables.contracts.tracks import PREDICTED
from given_models import write_inputs


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    return write_inputs(tmp_path_factory.mktemp("inputs"))


def test_profile_models_predict_regions_as_in_python(inputs, tmp_path):
    genome = read_fasta(inputs / "genome.fa")
    models = load([inputs / "one.safetensors", inputs / "two.safetensors"])
    start = 600 - models.output_length // 2
    (tmp_path / "r.bed").write_text(f"chr1\t{start}\t{start + models.output_length}\n")
    written = write_predictions(models, genome, tmp_path / "r.bed", tmp_path / "out")
    assert all(path.exists() for path in written)
    table = PREDICTED.read(tmp_path / "out" / "counts.tsv")
    flank = (models.input_length - models.output_length) // 2
    letters = decode(genome.chromosome("chr1")[start - flank : start - flank + models.input_length])
    assert table["log_counts"][0] == pytest.approx(np.log(models.predict([letters]).counts[0]), abs=1e-4)


def test_a_splice_model_gives_the_sites_that_it_calls(inputs, tmp_path):
    model = load(inputs / "splice")
    genome = genome_of_letters([decode(read_fasta(inputs / "genome.fa").chromosome("chr2"))])
    write_predictions(model, genome, None, tmp_path)
    sites = SITES.read(tmp_path / "sites.tsv")
    forward = sites[(sites["strand"] == "+") & (sites["probability"] > sites["threshold"])]
    want = model.predict(decode(genome.chromosome("sequence1"))).sites()
    assert sorted(forward["start"]) == sorted(want["position"])
    assert (tmp_path / "tracks").is_dir()


def test_a_binding_model_gives_affinities_of_sequences_and_regions(inputs, tmp_path):
    model = load(inputs / "binding" / "m")
    write_predictions(model, genome_of_letters(["ACGTTGACCT", "ACG"]), None, tmp_path)
    table = AFFINITIES.read(tmp_path / "affinities.tsv")
    assert table["log_affinity"][0] == pytest.approx(model.score("ACGTTGACCT")["a"][0], abs=1e-4)
    assert np.isneginf(table["log_affinity"][1])
    genome = read_fasta(inputs / "genome.fa")
    write_predictions(model, genome, inputs / "peaks.bed", tmp_path)
    table = AFFINITIES.read(tmp_path / "affinities.tsv")
    assert table["name"].tolist() == ["p1", "p2", "p3"]
    want = model.score(decode(genome.chromosome("chr2")[300:420]))["a"][0]
    assert table["log_affinity"][2] == pytest.approx(want, abs=1e-4)
    (tmp_path / "far.bed").write_text("chr2\t1100\t1300\n")
    with pytest.raises(ValueError, match="chr2:1100-1300 is not on the FASTA"):
        write_predictions(model, genome, tmp_path / "far.bed", tmp_path)


@pytest.mark.parametrize(("letters", "said"), [("ACGU", "sequence 2 has U"), ("", "sequence 2 is empty")])
def test_letters_that_are_no_bases_are_refused(letters, said):
    with pytest.raises(ValueError, match=said):
        genome_of_letters(["acgtn", letters])
