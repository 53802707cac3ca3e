"""Folds in files: ChromBPNet's JSON, and BED by fold or set."""

import json

import pytest

from cisgrammar.config.fields import ConfigError
from cisgrammar.config.read.fold_files import read_fold_files, with_fold_files
from cisgrammar.config.schema import parse_config

CHROMBPNET = {"train": ["chr2", "chr4"], "valid": ["chr8"], "test": ["chr1", "chr3"]}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_json_file_of_chrombpnet_is_a_fold(folder):
    (folder / "fold_0.json").write_text(json.dumps(CHROMBPNET))
    (folder / "fold_1.json").write_text(json.dumps({"test": [1, "2:0-400"], "validation": [3], "comment": "x"}))
    assert read_fold_files(["fold_0.json", "fold_1.json"]) == {
        "fold_0": {"train": ["chr2", "chr4"], "validation": ["chr8"], "test": ["chr1", "chr3"]},
        "fold_1": {"test": ["1", "2:0-400"], "validation": ["3"]},
    }


def test_a_bed_with_sets_is_a_fold(folder):
    (folder / "mine.bed").write_text("#c\ntrack x\n1\t0\t500\ttest\n1\t500\t900\tvalid\n\n2\t0\t9\tTrain\tx\n")
    assert read_fold_files(["mine.bed"]) == {
        "mine": {"test": ["1:0-500"], "validation": ["1:500-900"], "train": ["2:0-9"]}
    }


def test_a_bed_with_folds_has_each_area_tested_once(folder):
    (folder / "k.bed").write_text("chr1 0 5 a\nchr1 5 9 b\nchr2 0 5 c\nchr3 0 7 a\n")
    found = read_fold_files(["k.bed"])
    assert {name: split["test"] for name, split in found.items()} == {
        "a": ["chr1:0-5", "chr3:0-7"],
        "b": ["chr1:5-9"],
        "c": ["chr2:0-5"],
    }
    assert [found[name]["validation"] for name in "abc"] == [found[name]["test"] for name in "bca"]


def test_a_bed_with_fold_and_set(folder):
    (folder / "k.bed").write_text("1\t0\t5\t0\ttest\n1\t5\t9\t0\tvalidation\n1\t0\t5\t1\tval\n2\t0\t5\t1\ttest\n")
    assert read_fold_files(["k.bed"]) == {
        "0": {"test": ["1:0-5"], "validation": ["1:5-9"]},
        "1": {"validation": ["1:0-5"], "test": ["2:0-5"]},
    }


@pytest.mark.parametrize(
    "text",
    [
        "chrom\tstart\tend\tfold\nchr1\t0\t100000\tfold 1\nchr2\t0\t5\tfold 2\nchr3\t0\t5\tfold 3\n",
        "chr1,0,1e+05,fold 1\nchr2,0,5,fold 2\nchr3,0,5,fold 3\n",
        '"chr1"\t0.0\t100000.0\t"fold 1"\n"chr2"\t0.0\t5.0\t"fold 2"\n"chr3"\t0\t5\t"fold 3"\n',
    ],
)
def test_a_bed_of_other_programs_holds_the_same(folder, text):
    (folder / "k.bed").write_text(text)
    found = read_fold_files(["k.bed"])
    assert {name: split["test"] for name, split in found.items()} == {
        "fold_1": ["chr1:0-100000"],
        "fold_2": ["chr2:0-5"],
        "fold_3": ["chr3:0-5"],
    }


def test_a_json_of_several_folds(folder):
    two = {"a": CHROMBPNET, "b": {**CHROMBPNET, "test": ["chr8"], "valid": ["chr1"], "train": ["chr2"]}}
    (folder / "f.json").write_text(json.dumps(two))
    (folder / "g.json").write_text(json.dumps(list(two.values())))
    named, numbered = read_fold_files(["f.json"]), read_fold_files(["g.json"])
    assert list(named) == ["a", "b"]
    assert list(numbered) == ["fold0", "fold1"]
    assert list(named.values()) == list(numbered.values())
    assert named["b"]["test"] == ["chr8"]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "folds.files: no file a.json"),
        ({"a.json": "{,"}, "a.json: not JSON"),
        ({"a.json": '{"test": "chr1, chr3", "valid": ["2"]}'}, "a.json: test is no list of chromosomes"),
        ({"a.json": '{"test": [true], "valid": ["2"]}'}, "a.json: test is no list of chromosomes"),
        ({"a.json": '{"test": ["chr1"]}'}, "a.json: fold a has no validation; add some"),
        ({"a.json": "chr1\t0\t5\n"}, "a.json:1: 3 columns; wanted chromosome, start, end, fold or set"),
        ({"a.json": "chr1\t5\t5\ttest\n"}, "a.json:1: 5-5 is no area"),
        ({"a.json": "chr1\t0\t5\ta\nchr1\t5\t9\tb\n"}, "column 4 has a and b; wanted three folds or more"),
        ({"a.json": "#\n"}, "a.json: no areas"),
        ({"a.json": '{"test": ["1"], "valid": ["2"], "test": ["3"]}'}, "a.json: test stands there twice"),
        (
            {"a.json": '{"test": ["1"], "valid": ["2"], "val": ["3"]}'},
            "a.json: validation stands there under two names",
        ),
        ({"a.json": '{"test": ["1"], "valid": ["2"], "trian": ["3"]}'}, "'trian' is no set; did you mean train?"),
        ({"a.json": '{"test":' + "[" * 100_000}, "a.json: not JSON"),
        ({"a.json": '{"test": [' + "9" * 5000 + "]}"}, "a.json: a number that is none"),
        ({"a.json": '["chr1"]'}, "a.json: a list of other things than folds"),
        ({"a.json": "1\t0\t5\ttrain\n2\t0\t9\tdev\n3\t0\t9\ttest\n"}, "column 4 has sets, as train, and other names"),
        ({"a.json": "1\t0\t5\ta+\n2\t0\t9\ta-\n3\t0\t9\tb\n"}, "a second fold a"),
    ],
)
def test_files_that_are_no_folds_are_named(folder, files, said):
    for name, text in files.items():
        (folder / name).write_text(text)
    with pytest.raises(ConfigError) as error:
        read_fold_files(["a.json"])
    assert said in str(error.value)


def test_a_config_gets_the_folds_of_its_files(folder):
    (folder / "fold_0.json").write_text(json.dumps(CHROMBPNET))
    raw = {"samples": "s.tsv", "genome": {"fasta": "g.fa"}}
    config = parse_config({**raw, "folds": {"files": ["fold_0.json"], "max_shared_kmers": 0.2}})
    read = with_fold_files(config)
    assert read.folds.names == ["fold_0"]
    assert (read.folds.splits["fold_0"].validation, read.folds.max_shared_kmers) == (("chr8",), 0.2)
    assert with_fold_files(read) == read, "as a job gets it"
    other = {"fold_0": {"test": ["chr1"], "validation": ["chr8"]}}
    with pytest.raises(ConfigError, match=r"folds\.splits: other folds than those of folds\.files"):
        with_fold_files(parse_config({**raw, "folds": {"files": ["fold_0.json"], "splits": other}}))
    (folder / "fold_0.json").unlink()
    assert with_fold_files(read) == read, "as an archive has it"
    plain = parse_config({**raw, "folds": {"k": 3}})
    assert with_fold_files(plain) is plain


def test_folds_of_files_that_contradict_themselves_or_have_one_name_are_refused(folder):
    raw = {"samples": "s.tsv", "genome": {"fasta": "g.fa"}}
    (folder / "b.json").write_text(json.dumps({"test": ["1"], "valid": ["1"]}))
    (folder / "all.json").write_text(json.dumps(CHROMBPNET))
    for files, said in (
        (["b.json"], r"folds\.files: .*\['1'\] in both test and validation"),
        (["all.json"], r"folds\.files: .*all is what a run calls"),
        (["all.json", "all.json"], "a second fold all"),
    ):
        with pytest.raises(ConfigError, match=said):
            with_fold_files(parse_config({**raw, "folds": {"files": files}}))


def test_one_chromosome_needs_no_brackets(folder):
    (folder / "a.json").write_text('{"test": "chr1", "valid": 2}')
    assert read_fold_files(["a.json"]) == {"a": {"test": ["chr1"], "validation": ["2"]}}


@pytest.mark.parametrize(
    "text",
    [
        ",chrom,start,end,fold\n0,1,0,5,test\n1,2,0,5,valid\n",
        '"chrom" "start" "end" "fold"\n"1" "1" 0 5 "test"\n"2" "2" 0 5 "valid"\n',
        "0\tchr1\t0\t5\ttest\n1\tchr2\t0\t5\tvalid\n",
    ],
)
def test_numbers_of_rows_are_no_chromosomes(folder, text):
    (folder / "a.bed").write_text(text)
    (split,) = read_fold_files(["a.bed"]).values()
    assert {part: [area.removeprefix("chr") for area in areas] for part, areas in split.items()} == {
        "test": ["1:0-5"],
        "validation": ["2:0-5"],
    }
