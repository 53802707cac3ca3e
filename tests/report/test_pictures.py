"""Pictures of a page: whole, or small and with a link."""

import base64
import io

import matplotlib.image
import numpy as np
import pytest

from cisgrammar.report.pictures import LONG_SIDE, Figure, embedded, figures_of, thumbnail


@pytest.fixture
def figure(tmp_path):
    path = tmp_path / "figures" / "a" / "x.png"
    path.parent.mkdir(parents=True)
    whole = np.ones((600, 1000, 3))
    whole[:, 500:] = (0, 0, 1)
    matplotlib.image.imsave(path, whole)
    return Figure("bias", "Title", path, "caption", "a")


def test_a_thumbnail_is_the_picture_made_small(figure, tmp_path):
    picture = thumbnail(figure, tmp_path / "report")
    assert picture.link == "../figures/a/x.png"
    kind, encoded = picture.source.split(",")
    assert kind == "data:image/webp;base64"
    small = matplotlib.image.imread(io.BytesIO(base64.b64decode(encoded)), format="webp") / 255.0
    assert max(small.shape[:2]) <= LONG_SIDE
    assert small.shape[1] / small.shape[0] == pytest.approx(1000 / 600, rel=0.02)
    np.testing.assert_allclose(small[10, 10, :3], 1, atol=0.05)
    np.testing.assert_allclose(small[10, -10, :3], (0, 0, 1), atol=0.1)


def test_a_picture_smaller_than_a_thumbnail_stays(tmp_path):
    path = tmp_path / "x.png"
    matplotlib.image.imsave(path, np.ones((3, 5, 3)))
    assert thumbnail(Figure("bias", "x", path), tmp_path).link == "x.png"


def test_equal_figures_give_equal_bytes(figure, tmp_path):
    assert thumbnail(figure, tmp_path) == thumbnail(figure, tmp_path)


def test_a_whole_picture_has_its_share_of_the_width(figure):
    picture = embedded(figure, 2000)
    assert picture.percent == 50
    assert base64.b64decode(picture.source.split(",")[1]) == figure.path.read_bytes()
    assert picture.link == ""


def test_figures_are_called_by_their_place():
    listed = {"stage": "bias", "title": "T", "file": "f.png", "caption": "c"}
    found = figures_of([{**listed, "place": "a fold0", "sample": "a"}, {**listed, "place": "", "sample": ""}])
    assert [one.title for one in found] == ["a fold0: T", "T"]
    assert [one.sample for one in found] == ["a", ""]
