"""Faults of a run's inputs, each as one line that names the file or key."""

import re
import tracemalloc

import pytest

from cisgrammar.check.faults import Faults, find_faults
from cisgrammar.config.fields import ConfigError
from cisgrammar.config.schema import parse_config, parse_what_is_sound
from cisgrammar.profile.models.heads import Head
from cisgrammar.profile.models.saved import save_model
from cisgrammar.profile.models.solo import SoloModel
from prepare_toys import random_genome, write_alignments, write_bigwig
from toy_check import CONFIG, GTF
from toy_profile import network

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
    "no FASTQ at all": ({"r1.fastq.gz": "hello\nACGT\n"}, r"r1\.fastq\.gz"),
    "empty FASTQ": ({"r1.fastq.gz": ""}, r"r1\.fastq\.gz"),
    "no annotation": ({"genes.gtf": None}, r"splice\.genes\.annotation: no file genes\.gtf"),
    "exon past the end": ({"genes.gtf": GTF.replace("500", "9500")}, r"9,?500"),
    "a masked part": (
        {"exclude.bed": "chr2\t0\t9000\n"},
        r"a: sample s has no peak in validation outside of gen",
    ),
    "peaks in one part alone": ({"peaks.bed": "chr3\t4000\t4500\n"}, r"fold a: sample s has no peak in validation"),
    "no MEME": ({"motifs.meme": "ACGT\n"}, r"motifs\.meme"),
    "results is a file": ({"results": "x"}, r"results: .*results is a file"),
    "sites of another genome": ({"sites.bed": "I\t5\t10\tX\t1\t+\n"}, r"sites\.bed: none of its chromosomes"),
}


def test_sound_inputs_have_no_faults(good):
    assert find_faults(parse_config(CONFIG)) == []


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_is_one_line(good, name):
    change, wanted = FAULTS[name]
    for path, text in change.items():
        (good / path).unlink() if text is None else (good / path).write_text(text)
    lines = find_faults(parse_config(CONFIG))
    assert [line for line in lines if re.search(wanted, line)], lines
    assert not any("\n" in line or "Traceback" in line for line in lines)
    assert len(set(lines)) == len(lines)


SPLICE = CONFIG["splice"]
# Sections of the config that the files contradict, and the line about it.
CONFIGS = {
    "no such fold": ({"folds": {"splits": {"a": {"test": ["chrX"], "validation": ["chr2"]}}}}, "chrX"),
    "window too long": ({"combined": {"architecture": {"layers": 12}}}, "longest"),
    "no such chromosome of genes": (
        {"splice": {"genes": {"annotation": "genes.gtf", "test": ["chrX"], "validation": ["chr2"]}}},
        r"splice\.genes\.test: chromosome 'chrX'",
    ),
    "every chromosome that is not there": (
        {
            "folds": {
                "splits": {"a": {"test": ["chrX"], "validation": ["2"]}, "b": {"test": ["chr1"], "validation": ["Y"]}}
            }
        },
        r"a\.validation: chromosome '2' .*did you mean 'chr2'",
    ),
    "no test peak far from an end": ({"evaluate": {"edge": 4300}}, r"evaluate\.edge: fold a: no test peak of sample s"),
    "more reads than a peak may have": (
        {"evaluate": {"min_counts": 50}, "prepare": {"peaks": {"max_counts": 40}}},
        r"evaluate\.min_counts: 50 is more than prepare\.peaks\.max_counts, 40",
    ),
    "expressions that match no peak": (
        {"folds": {"by": "regex", "splits": {"a": {"test": ["^chr1:"], "validation": ["^peak"]}}}},
        "sample s has no peak in validation; give it expressions",
    ),
    "no script of a figure": (
        {"figures": {"own": {"f": {"script": "f.py", "tables": {"t": "t.tsv"}, "title": "T"}}}},
        r"figures\.own\.f\.script: no file f\.py",
    ),
    "no regions to predict": (
        {"splice": SPLICE | {"predict": {"regions": "r.bed"}}},
        r"splice\.predict\.regions: no file r\.bed",
    ),
    "no weights": ({"splice": SPLICE | {"model": {"weights": ["w.h5"]}}}, r"splice\.model\.weights: no file w\.h5"),
    "weights that are none": (
        {"splice": SPLICE | {"model": {"weights": ["genes.gtf"]}}},
        r"genes\.gtf: not a readable model file",
    ),
    "Keras weights that are none": (
        {"splice": SPLICE | {"model": {"weights": ["bad.h5"]}}},
        r"bad\.h5: not a readable",
    ),
    "no table of inclusion": (
        {"splice": SPLICE | {"checks": {"inclusion": "i.tsv"}}},
        r"splice\.checks\.inclusion: no file i\.tsv",
    ),
    "no truth there": ({"truth": "made"}, r"^truth: no file made/truth_rates\.h5; correct the path"),
    "head of no sample": ({"combined": {"heads": {"other": {}}}}, "no sample has a head other"),
}


@pytest.mark.parametrize("name", CONFIGS)
def test_what_the_config_asks_must_be_in_the_files(good, name):
    change, wanted = CONFIGS[name]
    (good / "bad.h5").write_text("x")
    lines = find_faults(parse_config({**CONFIG, **change}))
    assert [line for line in lines if re.search(wanted, line)], lines


def reads_of(good, name, chromosomes):
    (good / "samples.tsv").write_text(f"sample\tsignal\tpeaks\ns\t{name}\tpeaks.bed\n")
    genome = random_genome(chromosomes)
    reads = [{"chrom": genome.names[i % 3], "start": i, "flag": 16 * (i % 2)} for i in range(900)]
    return write_alignments(good / name, genome, reads)


def test_a_bam_is_held_against_the_genome(good, caplog):
    reads_of(good, "r.bam", {"chr1": 9000, "chr2": 9000, "chr3": 9000})
    assert find_faults(parse_config(CONFIG)) == []
    assert caplog.text == ""
    reads_of(good, "r.bam", {"1": 9000, "2": 9000, "3": 9000})
    (line,) = find_faults(parse_config(CONFIG))
    assert line.startswith("r.bam: none of its chromosomes is in the FASTA: it has 1, 2, 3, the FASTA 'chr1'; rename")


def test_chromosomes_without_reads_are_noted_with_their_peaks(good, caplog):
    path = reads_of(good, "r.bam", {"chr1": 9000, "chr3": 9000, "chrM": 9000})
    assert find_faults(parse_config(CONFIG)) == []
    assert f"{path.name}: no reads on chr2; windows there are left out (1 peaks)" in caplog.text


BIGWIGS = {
    "cut": (lambda data: data[:200], r"a\.bw: cut off or damaged"),
    "bigBed": (lambda data: bytes.fromhex("ebf28987") + data[4:], r"a\.bw: a bigBed"),
    "fractions": (None, r"a\.bw: 0\.5 at chr1:5 is not a whole number"),
    "infinity": (None, r"a\.bw: inf at chr1:5 is not a whole number"),
}


@pytest.mark.parametrize("name", BIGWIGS)
def test_a_bigwig_is_looked_into(good, name):
    spoil, wanted = BIGWIGS[name]
    value = {"fractions": 0.5, "infinity": float("inf")}.get(name, 1)
    path = write_bigwig(good / "a.bw", {f"chr{i}": 9000 for i in (1, 2, 3)}, {"chr1": {5: value}})
    path.write_bytes(spoil(path.read_bytes()) if spoil else path.read_bytes())
    (good / "samples.tsv").write_text("sample\tsignal\tpeaks\ns\ta.bw\tpeaks.bed\n")
    (line,) = find_faults(parse_config(CONFIG))
    assert re.search(wanted, line)


def test_coverage_is_noted_before_any_work(good, caplog):
    covered = dict.fromkeys(range(100, 4100), 3) | dict.fromkeys(range(4100, 4200), 4)
    write_bigwig(good / "a.bw", {f"chr{i}": 9000 for i in (1, 2, 3)}, {"chr1": covered})
    (good / "samples.tsv").write_text("sample\tsignal\tpeaks\ns\ta.bw\tpeaks.bed\n")
    assert find_faults(parse_config(CONFIG)) == []
    assert "a.bw: neighbouring bases differ by 0.00" in caplog.text


def test_every_fault_is_told_in_the_order_of_the_run(good):
    for path in ("reads.tsv", "r0.fastq.gz", "genes.gtf", "exclude.bed"):
        (good / path).unlink()
    keys = [line.split(": no file")[0] for line in find_faults(parse_config(CONFIG))]
    assert keys == [
        "genome.exclude",
        "samples: sample s, signal",
        "binding: model m, library library",
        "splice.genes.annotation",
    ]


def test_without_a_genome_the_other_files_are_looked_for(good):
    for path in ("genome.fa", "reads.tsv", "peaks.bed", "r0.fastq.gz"):
        (good / path).unlink()
    assert len(find_faults(parse_config(CONFIG))) == 4


def test_what_the_run_makes_itself_is_not_looked_for(good):
    made = {"simulate": {}, "genome": {"fasta": "results/simulate/genome.fa"}}
    assert find_faults(parse_config({**CONFIG, **made})) == []
    elsewhere = {"simulate": {}, "genome": {"fasta": "simulate/genome.fa"}}
    assert len(find_faults(parse_config({**CONFIG, **elsewhere}))) == 1


def refuse(kind, text):
    raise kind(text)


def test_a_check_that_fails_adds_lines_and_the_next_one_goes_on():
    faults = Faults("results")
    assert faults.run(refuse, ValueError, "a\n  b") is None
    assert faults.run(refuse, OSError, "no disk") is None
    assert faults.run(refuse, ConfigError, "bad config:\n  seed: wrong\n  threads: wrong") is None
    assert faults.run(len, "abc") == 3
    assert faults.lines == ["a b", "no disk", "seed: wrong", "threads: wrong"]


def test_a_bug_is_no_fault_of_the_inputs():
    with pytest.raises(KeyError):
        Faults("results").run(refuse, KeyError, "x")


def test_chromosomes_are_held_against_whole_names(good):
    """chr1 is not chr10: as an expression it would be, and then in both test and validation."""
    genome = (good / "genome.fa").read_text()
    (good / "genome.fa").write_text(genome.replace(">chr2", ">chr10"))
    for path, text in (("peaks.bed", "chr1\t4000\t4500\nchr3\t4000\t4500\n"), ("reads.tsv", "chr1\t100\t200\n")):
        (good / path).write_text(text)
    folds = {"splits": {"a": {"test": ["chr1"], "validation": ["chr10"]}}}
    splice = {"genes": {**SPLICE["genes"], "validation": ["chr10"]}}
    lines = find_faults(parse_config({**CONFIG, "folds": folds, "splice": splice}))
    assert lines == ["folds: fold a: sample s has no peak in validation; give it chromosomes that have peaks"]


def test_expressions_are_held_against_the_names_of_peaks(good):
    rows = [f"chr{i}\t{1000 * j}\t{1000 * j + 300}\tpeak_{i}{j}\n" for i in (1, 2, 3) for j in (3, 4, 5)]
    (good / "peaks.bed").write_text("".join(rows))
    folds = {"by": "regex", "splits": {"a": {"test": ["^peak_1"], "validation": ["^peak_2"]}}}
    assert find_faults(parse_config({**CONFIG, "folds": folds})) == []


def test_a_count_table_is_looked_at_not_loaded(good, monkeypatch):
    (good / "selex.tsv").write_text("model\tcounts\nm\tcounts.tsv\n")
    (good / "counts.tsv").write_text("ACGT\t1\t2\nACGA\t0\tx\n")
    lines = find_faults(parse_config(CONFIG))
    assert [line for line in lines if "counts.tsv:2: count 'x' in round column 2" in line], lines
    (good / "counts.tsv").write_text("ACGTACGTACGT\t1\t2\n" * 600_000 + "ACGA\t0\tx\n")
    tracemalloc.start()
    assert find_faults(parse_config(CONFIG)) == []
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # 10 MB of text, of which 8 are parsed at once; the whole table took 0.5 KB a read.
    assert peak < 400 << 20


def test_the_sound_sections_of_a_bad_config_are_checked_with_their_files(good):
    (good / "peaks.bed").unlink()
    config, faults = parse_what_is_sound({**CONFIG, "bias": {"epochs": 1}, "threads": 0})
    assert len(faults) == 2
    assert find_faults(config) == [
        "samples: sample s, peaks: no file peaks.bed; correct the path, or put the file there"
    ]


def test_given_models_are_held_against_the_samples(good):
    solo = SoloModel(network(64, 4, 21, 75), 200, [Head("x", 2)], seed=1)
    save_model("given.safetensors", solo)
    config = {**CONFIG, "bias": {"model": "given.safetensors"}, "combined": {"start": "none.keras"}}
    lines = find_faults(parse_config(config))
    assert [line.split(":")[0] for line in lines] == ["bias.model", "combined.start"]
    assert "1 head(s) with 2 tasks, the sample has 1 with 1" in lines[0]
    config["combined"] = {"start": "given.safetensors"}
    assert "64 filters, 4 layers" in find_faults(parse_config(config))[1]


def test_a_control_is_read_like_the_signal(good):
    (good / "samples.tsv").write_text("sample\tsignal\tpeaks\tcontrol\ns\treads.tsv\tpeaks.bed\tinput.tsv\n")
    assert find_faults(parse_config(CONFIG)) == [
        "samples: sample s, control: no file input.tsv; correct the path, or put the file there"
    ]
    (good / "input.tsv").write_text("chr1\t100\t9999\n")
    (line,) = find_faults(parse_config(CONFIG))
    assert line.startswith("input.tsv:1: ")


@pytest.mark.parametrize(
    ("section", "keys", "said"),
    [
        ("predict", {"regions": "junk"}, "junk:1: 1 columns"),
        ("predict", {"regions": "far.bed"}, "far.bed: no region on the genome"),
        ("predict", {"fasta": "junk"}, "junk:1: sequence before the first header line"),
        ("checks", {"inclusion": "junk"}, "junk"),
        ("checks", {"variants": "junk"}, "junk"),
    ],
)
def test_tables_of_the_splice_stage_are_read_before_any_work(good, section, keys, said):
    (good / "junk").write_text("x\n")
    (good / "far.bed").write_text("chrZ\t1\t50\tx\t0\t+\n")
    splice = {**CONFIG["splice"], section: keys}
    (line,) = find_faults(parse_config({**CONFIG, "splice": splice}))
    assert said in line


def test_barcodes_of_a_table_are_looked_for_in_the_fragments(good):
    sheet = "sample\tsignal\tpeaks\tbarcodes\ns\tcells.tsv\tpeaks.bed\t*\n"
    (good / "samples.tsv").write_text(sheet)
    (good / "cells.tsv").write_text("chr1\t100\t200\tAACC-1\nchr2\t100\t200\tGGTT-1\n")
    for table, said in (("AACC\tT\nGGTT\tB\n", ""), ("s1#AACC-1\tT\n", "the file has 'AACC-1', the table 's1#AACC-1'")):
        (good / "cells").write_text(table)
        lines = find_faults(parse_config({**CONFIG, "barcodes": "cells"}))
        assert [said in line for line in lines] == [True] * bool(said)


@pytest.mark.parametrize("name", ["results", "genome.fa", "peaks.bed"])
def test_links_in_a_circle_are_named(good, name):
    (good / name).unlink(missing_ok=True)
    (good / name).symlink_to(name)
    lines = find_faults(parse_config(CONFIG))
    assert any(name in line for line in lines)
