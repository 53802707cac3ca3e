"""The sheet of SELEX libraries: what a row means, and what is refused."""

from __future__ import annotations

import re

import pytest

from cisgrammar.binding.layers.rounds import ROUNDS
from cisgrammar.config.fields import ConfigError
from cisgrammar.config.selex_sheet import SelexLibrary, check_models, read_selex_sheet

COLUMNS = ("model", "library", "counts", "reads", "left", "right", "length", "barcode", "selection")


def sheet(tmp_path, *rows: dict[str, str], columns: tuple[str, ...] = COLUMNS) -> str:
    lines = ["# a comment", "\t".join(columns), *("\t".join(row.get(c, "") for c in columns) for row in rows)]
    path = tmp_path / "selex.tsv"
    path.write_text("\n".join(lines) + "\n\n")
    return str(path)


def test_rows_are_grouped_by_model_in_their_order(tmp_path):
    path = sheet(
        tmp_path,
        {"model": "ctcf", "library": "b", "counts": "b.tsv.gz"},
        {"model": "bcd", "counts": "c.tsv"},
        {"model": "ctcf", "library": "a", "counts": "a.tsv.gz"},
    )
    models = read_selex_sheet(path)
    assert {model: [row.library for row in rows] for model, rows in models.items()} == {
        "ctcf": ["b", "a"],
        "bcd": ["library"],
    }


def test_an_empty_place_among_the_reads_is_a_round_without_reads(tmp_path):
    row = {"model": "exd", "reads": "r0.fq.gz,, r2.fq.gz", "left": "tgg", "length": "16", "barcode": "AC"}
    library = read_selex_sheet(sheet(tmp_path, row))["exd"][0]
    assert library.read_paths == ["r0.fq.gz", "", "r2.fq.gz"]
    assert library.files == ["r0.fq.gz", "r2.fq.gz"]
    assert (library.left, library.right, library.length, library.barcode) == ("TGG", "", 16, "AC")
    assert library.selection == "bound"


def test_the_initial_library_may_be_missing():
    assert SelexLibrary(model="m", reads=",r1.fq,r2.fq").read_paths == ["", "r1.fq", "r2.fq"]


def test_a_count_table_is_the_library_s_one_file():
    library = SelexLibrary(model="m", counts="c.tsv")
    assert (library.files, library.read_paths, library.length) == (["c.tsv"], [], None)


def test_paths_may_name_environment_variables(monkeypatch):
    monkeypatch.setenv("SELEX", "data")
    assert SelexLibrary(model="m", reads="${SELEX}/a.fq,${ELSE:-b}/b.fq").files == ["data/a.fq", "b/b.fq"]


def test_only_needed_columns_must_be_there(tmp_path):
    path = sheet(tmp_path, {"model": "m", "counts": "c.tsv"}, columns=("model", "counts"))
    assert read_selex_sheet(path)["m"][0].counts == "c.tsv"


@pytest.mark.parametrize("name", sorted(set(ROUNDS) - {"initial"}))
def test_every_kind_of_round_may_be_selected(name):
    assert SelexLibrary(model="m", counts="c.tsv", selection=name).selection == name


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"model": "m"}, "neither"),
        ({"model": "m", "counts": "c", "reads": "a,b"}, "got both"),
        ({"model": "m", "reads": "a.fq"}, "1 sequenced round, wanted at least 2"),
        ({"model": "m", "reads": ",a.fq,"}, "1 sequenced round"),
        ({"model": "m", "reads": "a.fq,a.fq"}, "a.fq is given for two rounds"),
        ({"model": "m", "counts": "c", "barcode": "ACG"}, "in `reads` only"),
        ({"model": "m", "counts": "c", "left": "ACN"}, "left: wanted only the letters A, C, G and T, found N"),
        ({"model": "m", "counts": "c", "right": "AC-G"}, "right: wanted only"),
        ({"model": "m", "reads": "a,b", "barcode": "AXG"}, "barcode: wanted only"),
        ({"model": "m", "counts": "c", "length": "0"}, "length: must be >= 1, got '0'"),
        ({"model": "m", "counts": "c", "length": "-3"}, "length"),
        ({"model": "m", "counts": "c", "length": "20 bp"}, "length: wanted a whole number, got '20 bp'"),
        ({"model": "m", "counts": "c", "selection": "sticky"}, "selection: wanted one of 'bound', 'bound_unsaturated'"),
        ({"model": "m", "counts": "c", "selection": "initial"}, "selection"),
        ({"model": "a/b", "counts": "c"}, "model"),
        ({"counts": "c"}, "model: is missing"),
    ],
)
def test_a_bad_row_is_named_with_its_column(tmp_path, row, said):
    path = sheet(tmp_path, {"model": "good", "counts": "c"}, row)
    with pytest.raises(ConfigError) as error:
        read_selex_sheet(path)
    assert f"{path}: row 2: " in str(error.value)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_an_unknown_column_is_an_error(tmp_path):
    with pytest.raises(ConfigError, match="unknown column flank; the columns are model"):
        read_selex_sheet(sheet(tmp_path, {"model": "m", "counts": "c", "flank": "A"}, columns=(*COLUMNS, "flank")))


def test_a_library_twice_is_an_error(tmp_path):
    row = {"model": "m", "counts": "c"}
    with pytest.raises(ConfigError, match="row 2: model m has library library twice"):
        read_selex_sheet(sheet(tmp_path, row, row))


@pytest.mark.parametrize(
    ("text", "said"), [("counts\tmodel\nm\n", "row 1: fewer"), ("model\tcounts\nm\tc\td\n", "more")]
)
def test_rows_of_another_width_are_errors(tmp_path, text, said):
    path = tmp_path / "selex.tsv"
    path.write_text(text)
    with pytest.raises(ConfigError, match=said):
        read_selex_sheet(path)


def test_a_missing_or_empty_sheet_says_what_to_write(tmp_path):
    with pytest.raises(ConfigError, match="one row per library"):
        read_selex_sheet(tmp_path / "none.tsv")
    with pytest.raises(ConfigError, match="no rows"):
        read_selex_sheet(sheet(tmp_path))


def test_a_library_given_twice_is_an_error_and_shared_files_are_not(tmp_path):
    rows = [
        {"model": "m", "library": name, "reads": "a,b", "barcode": bases} for name, bases in (("x", "A"), ("y", "C"))
    ]
    columns = ("model", "library", "reads", "barcode")
    assert len(read_selex_sheet(sheet(tmp_path, *rows, columns=columns))["m"]) == 2
    assert len(read_selex_sheet(sheet(tmp_path, rows[0], {**rows[0], "model": "n"}, columns=columns))) == 2
    said = r"row 2: the same files and constant parts as library x: its reads would count twice"
    with pytest.raises(ConfigError, match=said):
        read_selex_sheet(sheet(tmp_path, rows[0], {**rows[1], "barcode": "a"}, columns=columns))


def test_a_model_that_the_sheet_lacks_is_an_error(tmp_path):
    libraries = read_selex_sheet(sheet(tmp_path, {"model": "bcd", "counts": "c"}))
    check_models(["bcd"], libraries)
    check_models([], libraries)
    with pytest.raises(ConfigError, match="no library of ctcf in the sheet; it has those of bcd"):
        check_models(["bcd", "ctcf"], libraries)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"reads": "a,b,c", "barcode": "ACG,TCA"}, "barcode: 2 sequences for 3 rounds of `reads`; give one for all"),
        ({"reads": "a,b", "left": "ACG,TXA"}, "letters A, C, G and T, found X"),
        ({"counts": "c", "right": "ACG,TCA"}, "right: 2 sequences, wanted one beside `counts`"),
    ],
)
def test_constant_parts_of_rounds_are_one_or_one_each(tmp_path, row, said):
    with pytest.raises(ConfigError, match=re.escape(said)):
        read_selex_sheet(sheet(tmp_path, {"model": "m", **row}, columns=("model", *row)))
