"""The page of figures is that of the catalogue, with a picture of each kind that the demo draws."""

import numpy as np
import pytest
from PIL import Image

from cisgrammar.figures.catalogue import CATALOGUE
from cisgrammar.figures.gallery import gallery_page
from gallery_pictures import write_pictures
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


def test_pictures_of_a_demo_are_small_and_a_demo_that_lacks_one_is_refused(tmp_path):
    target = tmp_path / "gallery"
    target.mkdir()
    noise = np.random.default_rng(0).integers(0, 256, (30, 1200, 3)).astype(np.uint8)
    for number, figure in enumerate(CATALOGUE):
        place = tmp_path / "results" / "figures" / figure.stage / f"{figure.name}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(noise[:, : 1200 if number else 500]).save(place)
    write_pictures(tmp_path / "results", target)
    for number, figure in enumerate(CATALOGUE):
        with Image.open(target / f"{figure.name}.png") as picture:
            assert picture.size == ((1000, 25) if number else (500, 30))
            assert len(picture.getcolors()) <= 64
    place.unlink()
    with pytest.raises(ValueError, match=f"no figure {figure.name}; wanted the results of a whole demo"):
        write_pictures(tmp_path / "results", target)
