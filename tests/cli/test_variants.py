"""`cisgrammar variants` through the console entry: the numbers of the stage's own functions."""

import subprocess
import sys

import pytest

from cisgrammar.api.scored_files import Models, score_file
from cisgrammar.cli.main import main, parser
from cisgrammar.cli.variants import section_of
from cisgrammar.profile.models.saved import load_model
from cisgrammar.sequence.fasta import read_fasta
from given_models import write_inputs


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    return write_inputs(tmp_path_factory.mktemp("inputs"), variants=12)


def test_a_vcf_is_scored_in_a_process_of_its_own(inputs, tmp_path):
    models = [str(inputs / f"{name}.safetensors") for name in ("one", "two")]
    words = ["variants", str(inputs / "my.vcf"), "--fasta", str(inputs / "genome.fa"), "--model", *models]
    more = ["--peaks", str(inputs / "peaks.bed"), "--seed", "4", "--threads", "1"]
    command = [sys.executable, "-c", "from cisgrammar.cli.main import main; raise SystemExit(main())", *words, *more]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("15 of 19 alternate alleles scored; 1 x REF has N; 1 x chromosome is not in")
    settings = section_of(parser().parse_args([*words, *more]))
    genome = read_fasta(inputs / "genome.fa")
    score_file(settings, genome, Models([load_model(path) for path in models]), tmp_path / "here", seed=4)
    for name in ("scores.tsv", "annotated.vcf.gz", "variants.html"):
        assert (tmp_path / "variants" / "my" / name).read_bytes() == (tmp_path / "here" / name).read_bytes()


def test_binding_and_splice_models(inputs, tmp_path, capsys):
    words = ["variants", str(inputs / "my.vcf"), "--fasta", str(inputs / "genome.fa"), "--out", str(tmp_path / "o")]
    kinds = ["--binding", str(inputs / "binding" / "m"), "--splice", str(inputs / "splice")]
    assert main([*words, *kinds, "--genes", str(inputs / "genes.gtf"), "--distance", "20"]) == 0
    assert "15 of 19" in capsys.readouterr().out
    header = (tmp_path / "o" / "scores.tsv").read_text().splitlines()[0].split("\t")
    assert {"m.delta_log_affinity", "splice.SpliceAI"} <= set(header)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "nothing to score with"),
        (["--splice", "a.h5"], "--splice without --genes"),
        (["--binding", "m", "--peaks", "p.bed"], "--peaks without --model"),
        (["--binding", "a/m", "b/m"], "several folders are called m"),
        (["--splice", "{}/splice", "--genes", "g.gtf", "--distance", "0"], "splice.distance"),
        (["--model", "{}/splice"], "--model: wanted ProfileModels, got SpliceModel"),
        (["--model", "none.h5"], "none.h5"),
    ],
)
def test_options_that_do_not_go_together_are_one_line(inputs, words, said, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    words = [word.format(inputs) for word in words]
    assert main(["variants", str(inputs / "my.vcf"), "--fasta", str(inputs / "genome.fa"), *words]) == 1
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert error.startswith("cisgrammar variants: ")
    assert said in error
    assert not list(tmp_path.iterdir())
