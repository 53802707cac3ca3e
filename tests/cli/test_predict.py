"""`cisgrammar predict` through the console entry."""

import subprocess
import sys

import pytest

from cisgrammar.cli.main import main
from cisgrammar.tables.contracts.tracks import PREDICTED
from given_models import write_inputs


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    return write_inputs(tmp_path_factory.mktemp("inputs"))


def test_a_fasta_is_predicted_in_a_process_of_its_own(inputs, tmp_path):
    words = ["predict", str(inputs / "one.safetensors"), "--fasta", str(inputs / "genome.fa"), "--threads", "1"]
    command = [sys.executable, "-c", "from cisgrammar.cli.main import main; raise SystemExit(main())", *words]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("wrote predicted/counts.tsv")
    assert PREDICTED.read(tmp_path / "predicted" / "counts.tsv")["chrom"].unique().tolist() == ["chr1", "chr2"]


def test_letters_are_sequences(inputs, tmp_path, capsys):
    assert main(["predict", str(inputs / "binding" / "m"), "ACGTTGACCT", "--out", str(tmp_path / "a")]) == 0
    assert "affinities.tsv" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "got neither of --fasta and sequences"),
        (["ACGT", "--fasta", "x.fa"], "got both of --fasta and sequences"),
        (["ACGT", "--bed", "x.bed"], "--bed without --fasta"),
        (["--fasta", "none.fa"], "none.fa"),
        (["hello"], "sequence 1 has e h l o"),
        (["ACGT", "--out", __file__], "is a file; name a folder"),
        (["ACGT", "--out", f"{__file__}/more"], "is a file; name a folder"),
    ],
)
def test_what_cannot_be_predicted_is_one_line(inputs, words, said, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["predict", str(inputs / "one.safetensors"), *words]) == 1
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert error.startswith("cisgrammar predict: ")
    assert said in error
    assert not list(tmp_path.iterdir())
