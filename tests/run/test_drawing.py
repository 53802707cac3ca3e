"""Figures by place."""

from types import SimpleNamespace

from cisgrammar.run.drawing import Drawing
from toy_run import toy_run


def drawing(folder, **changed):
    return Drawing(toy_run(folder, **changed), "<results>")


def test_a_figure_is_drawn_where_there_is_something_to_show(tmp_path):
    drawn = drawing(tmp_path).drawn()
    assert [place for name, place in drawn if name == "footprints"][:2] == ["b/fold0", "b/fold1"]
    assert [place for name, place in drawn if name == "binding_logo"] == ["binding/zeta", "binding/alpha"]
    assert [place for name, place in drawn if name == "binding_spacing"] == ["binding/alpha"], "it has a pair"
    assert [place for name, place in drawn if name == "binding_recovery"] == ["binding/zeta"], "it is simulated"
    assert [place for name, place in drawn if name == "splice_thresholds"] == ["splice/genes"]
    places = drawing(tmp_path).places()
    assert places == sorted({place for _, place in drawn})


def test_files_of_a_place_are_filled_in(tmp_path):
    files = drawing(tmp_path).files(SimpleNamespace(place="b/fold1"))
    assert files["footprints__footprints"] == "<results>/evaluate/b/fold1/footprints.tsv"
    assert files["loci__contributions"] == "<results>/ablation/b/fold1/contributions.h5"
    assert not any(key.startswith(("binding_", "splice_")) for key in files)
    assert not any("{" in path for path in files.values())
    model = drawing(tmp_path).files(SimpleNamespace(place="binding/zeta"))
    assert model["binding_recovery__truth"] == "<results>/binding/zeta/truth.tsv"
    assert "binding_spacing__spacing" not in model


def test_both_reports_name_a_figure_alike(tmp_path):
    own = {"mine": {"script": "f.py", "tables": {"t": "x.tsv"}, "title": "Mine", "stage": "binding", "each": "model"}}
    figures = drawing(tmp_path, figures={"own": own, "select": ["mine"]}, results="out")
    (first, _) = figures.pictures()
    assert first == {
        "stage": "binding",
        "title": "Mine",
        "caption": "",
        "sample": "",
        "place": "zeta",
        "file": "out/figures/binding/zeta/mine.png",
    }
    shown = SimpleNamespace(figure="mine", place="binding/zeta")
    assert figures.labels(shown) == {"figure": "Mine", "of": "binding/zeta"}
    assert figures.category(shown) == "6. binding"
    assert figures.captions() == {"mine": ""}
    assert figures.files(shown) == {"mine__t": "<results>/x.tsv", "mine__script": "f.py"}


def test_many_figures_of_samples_are_apart(tmp_path):
    assert not drawing(tmp_path, figures={"select": ["footprints"]}).apart()
    few = drawing(tmp_path, figures={"select": ["footprints"]}, folds={"k": 12})
    many = drawing(tmp_path, folds={"k": 12})
    assert not few.apart()
    assert many.apart()
