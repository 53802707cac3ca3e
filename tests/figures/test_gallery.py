"""The page of figures is that of the catalogue, with a picture of each kind that the demo draws."""

from cisgrammar.figures.catalogue import CATALOGUE
from cisgrammar.figures.gallery import gallery_page
from places import ROOT


def test_the_page_is_written_of_the_pictures():
    assert (ROOT / "docs" / "gallery.md").read_text() == gallery_page(ROOT / "docs" / "gallery")


def test_every_kind_of_figure_has_a_picture():
    pictures = {path.stem for path in (ROOT / "docs" / "gallery").glob("*.png")}
    assert pictures == {figure.name for figure in CATALOGUE}


def test_figures_without_a_picture_are_left_out(tmp_path):
    (tmp_path / "loci.png").touch()
    page = gallery_page(tmp_path)
    assert page.count("![") == 1
    assert f"![Single windows]({tmp_path.name}/loci.png)" in page
