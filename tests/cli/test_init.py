"""The config that `init` writes is one that the schema takes, for every organism."""

from __future__ import annotations

import pytest
import yaml

from cisgrammar.cli.init import ORGANISMS, ask_for_missing
from cisgrammar.cli.main import main, parser
from cisgrammar.config.samples import read_samples
from cisgrammar.config.schema import parse_config

GIVEN = ["--fasta", "genome.fa", "--reads", "a.bam", "--peaks", "a.narrowPeak"]


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("organism", sorted(ORGANISMS))
@pytest.mark.parametrize("more", [[], ["--folds", "5"], ["--exclude", "mask.bed"]])
def test_the_config_is_sound(organism, more, tmp_path, capsys):
    assert main(["init", "--organism", organism, *GIVEN, *more]) == 0
    assert "next: cisgrammar check config/config.yaml" in capsys.readouterr().out
    config = parse_config(yaml.safe_load((tmp_path / "config" / "config.yaml").read_text()))
    assert config.genome.fasta == "genome.fa"
    assert config.genome.exclude == ("mask.bed" if "--exclude" in more else None)
    assert len(config.folds.names) == (5 if "--folds" in more else 1)
    assert config.combined.architecture.filters == ORGANISMS[organism].filters
    (tmp_path / "a.bam").touch()
    (tmp_path / "a.narrowPeak").touch()
    assert list(read_samples("config/samples.tsv")) == ["my_sample"]


def test_files_that_are_there_stay(tmp_path, capsys):
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "samples.tsv").write_text("mine")
    assert main(["init", "--organism", "fly", *GIVEN]) == 1
    assert "config/samples.tsv is there already" in capsys.readouterr().err
    assert not (tmp_path / "config" / "config.yaml").exists()
    assert (tmp_path / "config" / "samples.tsv").read_text() == "mine"


def test_what_is_missing_is_asked_for_or_said():
    options = parser().parse_args(["init", "--fasta", "genome.fa"])
    with pytest.raises(ValueError, match="give --organism, --reads, --peaks; on a terminal"):
        ask_for_missing(options, None)
    answers = {"organism": "yeast ", "reads": "a.bam", "peaks": "a.bed"}
    ask_for_missing(options, lambda question: next(v for k, v in answers.items() if question.startswith(k)))
    assert (options.organism, options.reads, options.fasta) == ("yeast", "a.bam", "genome.fa")
    options.organism = None
    with pytest.raises(ValueError, match="got the organism 'newt'; wanted one of fly, human, mouse, yeast"):
        ask_for_missing(options, lambda question: "newt")
