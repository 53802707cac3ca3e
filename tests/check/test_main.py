"""`make check`: the plan of a good config, and every fault of a bad one at once, with nothing written."""

import gzip
import re

import numpy as np
import pytest
import yaml

from cisgrammar.check.__main__ import main

LENGTHS = {"chr1": 9000, "chr2": 9000, "chr3": 9000}
GTF = 'chr1\tx\texon\t101\t200\t.\t+\t.\tgene_id "g"; transcript_id "t";\n'
GTF += 'chr1\tx\texon\t401\t500\t.\t+\t.\tgene_id "g"; transcript_id "t";\n'
FASTQ = "@r\nACGTACGTACGTACGTACGT\n+\nIIIIIIIIIIIIIIIIIIII\n"
CONFIG = {
    "samples": "samples.tsv",
    "output_length": 200,
    "genome": {"fasta": "genome.fa", "exclude": "exclude.bed"},
    "folds": {"splits": {"a": {"test": ["chr1"], "validation": ["chr2"]}}},
    "bias": {"architecture": {"layers": 1}},
    "transformation": {},
    "combined": {"architecture": {"layers": 2}},
    "binding": {"libraries": "selex.tsv"},
    "splice": {"genes": {"annotation": "genes.gtf", "test": ["chr1"], "validation": ["chr2"]}},
    "ablation": {"consensus": {"X": "TTACCCGG"}, "annotations": "sites.bed", "motifs": "motifs.meme"},
}
MEME = "MEME version 4\n\nALPHABET= ACGT\n\nMOTIF M\nletter-probability matrix: alength= 4 w= 2\n1 0 0 0\n0 0 0 1\n"


@pytest.fixture
def good(tmp_path, monkeypatch):
    """A folder with every input of `CONFIG`, in which the check is called."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    genome = {name: "".join(rng.choice(list("ACGT"), length)) for name, length in LENGTHS.items()}
    (tmp_path / "genome.fa").write_text("".join(f">{name}\n{bases}\n" for name, bases in genome.items()))
    (tmp_path / "exclude.bed").write_text("chr3\t0\t100\n")
    (tmp_path / "sites.bed").write_text("chr1\t500\t510\tX\t1\t+\n")
    (tmp_path / "peaks.bed").write_text("".join(f"{name}\t4000\t4500\n" for name in LENGTHS))
    (tmp_path / "reads.tsv").write_text("chr1\t100\t200\nchr2\t100\t200\n")
    (tmp_path / "genes.gtf").write_text(GTF)
    (tmp_path / "motifs.meme").write_text(MEME)
    (tmp_path / "samples.tsv").write_text("sample\tsignal\tpeaks\ns\treads.tsv\tpeaks.bed\n")
    (tmp_path / "selex.tsv").write_text("model\treads\nm\tr0.fastq.gz,r1.fastq.gz\n")
    for name in ("r0", "r1"):
        with gzip.open(tmp_path / f"{name}.fastq.gz", "wt") as handle:
            handle.write(FASTQ)
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(CONFIG))
    return tmp_path


def said(capsys):
    code, printed = main(["config.yaml"]), capsys.readouterr()
    return code, printed.out, printed.err


def test_a_good_config_gives_its_plan_and_leaves_nothing(good, capsys):
    before = sorted(good.rglob("*"))
    code, out, err = said(capsys)
    assert (code, err) == (0, "")
    lines = {line.split()[0]: line for line in out.splitlines()}
    assert "1 sample (s), 1 track" in lines["samples"]
    assert lines["bias"].split(None, 1)[1].startswith("3 trainings, up to 10 epochs on 2 threads, fp32")
    assert "1 model (m), 3 fits" in lines["binding"]
    assert sorted(good.rglob("*")) == before


# File -> its new text (None: it is removed), and what the line about it must hold.
FAULTS = {
    "no genome": ({"genome.fa": None}, r"genome\.fasta: no file genome\.fa"),
    "stray byte": ({"genome.fa": ">chr1\nAC!T\n"}, r"genome\.fa.*!"),
    "no sheet": ({"samples.tsv": None}, r"samples: no file"),
    "unknown column": ({"samples.tsv": "sample\tsignal\tpeeks\ns\treads.tsv\tpeaks.bed\n"}, r"peeks"),
    "no reads": ({"reads.tsv": None}, r"sample s, signal: no file reads\.tsv"),
    "empty reads": ({"reads.tsv": ""}, r"reads\.tsv: no reads in it"),
    "malformed reads": ({"reads.tsv": "chr1\tx\t200\n"}, r"reads\.tsv:1: column 2 \(start\)"),
    "reads of another genome": ({"reads.tsv": "1\t100\t200\n"}, r"reads\.tsv: none of its first 1 lines.*'1'"),
    "reads past the end": ({"reads.tsv": "chr1\t100\t9999\n"}, r"reads\.tsv:1: .*9,?999"),
    "no peaks": ({"peaks.bed": None}, r"sample s, peaks: no file peaks\.bed"),
    "empty peaks": ({"peaks.bed": ""}, r"peaks\.bed: no peaks in it"),
    "peaks of another genome": ({"peaks.bed": "I\t100\t200\n"}, r"peaks\.bed: none of its chromosomes"),
    "no excluded regions": ({"exclude.bed": None}, r"genome\.exclude: no file exclude\.bed"),
    "no SELEX sheet": ({"selex.tsv": None}, r"libraries: no file"),
    "one round": ({"selex.tsv": "model\treads\nm\tr0.fastq.gz,\n"}, r"1 sequenced round, wanted at least 2"),
    "no FASTQ": ({"r1.fastq.gz": None}, r"binding: model m, library library: no file r1\.fastq\.gz"),
    "no FASTQ at all": ({"r1.fastq.gz": "ACGT\nACGT\n"}, r"r1\.fastq\.gz"),
    "empty FASTQ": ({"r1.fastq.gz": ""}, r"r1\.fastq\.gz"),
    "no annotation": ({"genes.gtf": None}, r"splice\.genes\.annotation: no file genes\.gtf"),
    "exon past the end": ({"genes.gtf": GTF.replace("500", "9500")}, r"9,?500"),
    "peaks in one part alone": ({"peaks.bed": "chr3\t4000\t4500\n"}, r"fold a: sample s has no peak in validation"),
    "no MEME": ({"motifs.meme": "ACGT\n"}, r"motifs\.meme"),
    "results is a file": ({"results": "x"}, r"results: results is a file"),
    "sites of another genome": ({"sites.bed": "I\t5\t10\tX\t1\t+\n"}, r"sites\.bed: none of its chromosomes"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_is_one_line(good, capsys, name):
    change, wanted = FAULTS[name]
    for path, text in change.items():
        (good / path).unlink() if text is None else (good / path).write_text(text)
    code, out, err = said(capsys)
    assert code == 1
    assert "nothing is wrong" not in out
    assert "Traceback" not in err
    head, *lines = err.splitlines()
    assert head.startswith(f"{len(lines)} to mend")
    assert [line for line in lines if re.search(wanted, line)], err


CONFIGS = {
    "unknown key": ({"filters": 3}, "filters"),
    "wrong type": ({"combined": {"training": {"epochs": "many"}}}, r"combined\.training\.epochs"),
    "no such fold": ({"folds": {"splits": {"a": {"test": ["chrX"], "validation": ["chr2"]}}}}, "chrX"),
    "window too long": ({"combined": {"architecture": {"layers": 12}}}, "longest"),
    "no such chromosome of genes": (
        {"splice": {"genes": {"annotation": "genes.gtf", "test": ["chrX"], "validation": ["chr2"]}}},
        r"splice\.genes\.test: chromosome 'chrX'",
    ),
    "head of no sample": ({"combined": {"heads": {"other": {}}}}, "no sample has a head other"),
}


@pytest.mark.parametrize("name", CONFIGS)
def test_faults_of_the_config(good, capsys, name):
    change, wanted = CONFIGS[name]
    (good / "config.yaml").write_text(yaml.safe_dump({**CONFIG, **change}))
    code, _, err = said(capsys)
    assert code == 1
    assert re.search(wanted, err), err


def test_all_faults_are_told_at_once_below_the_plan(good, capsys):
    for path in ("reads.tsv", "r0.fastq.gz", "genes.gtf", "exclude.bed"):
        (good / path).unlink()
    _, out, err = said(capsys)
    assert "1 sample (s), 1 track" in out
    assert err.startswith("4 to mend")


def test_what_the_run_makes_itself_is_not_looked_for(good, capsys):
    (good / "config.yaml").write_text(
        yaml.safe_dump({**CONFIG, "simulate": {}, "genome": {"fasta": "results/simulate/genome.fa"}})
    )
    code, _, err = said(capsys)
    assert (code, err) == (0, "")


@pytest.mark.parametrize("text", ["[1, 2]", "a: [", "nothing"])
def test_what_is_no_config_is_one_line(good, capsys, text):
    (good / "config.yaml").write_text(text)
    code, _, err = said(capsys)
    assert code == 1
    assert "config.yaml" in err
    assert len(err.strip().splitlines()) == 1
