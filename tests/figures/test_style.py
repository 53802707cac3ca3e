"""Sizes and panels of figures."""

import matplotlib.pyplot as plt
import pytest

from cisgrammar.figures.style import COLUMN, TWO_COLUMNS, new_figure, nothing_to_draw, panels, styled


@pytest.mark.parametrize(("number", "width"), [(1, COLUMN), (2, TWO_COLUMNS), (3, TWO_COLUMNS)])
def test_panels_that_are_too_many_are_switched_off(number, width):
    figure, axes = panels(number, 2.0)
    plt.close(figure)
    assert len(axes) == number
    assert sum(axis.axison for axis in figure.axes) == number
    assert figure.get_size_inches().tolist() == [width, 2.0 * -(-number // 2)]


def test_the_style_ends_with_its_context():
    before = plt.rcParams["font.size"]
    with styled():
        assert plt.rcParams["font.size"] == 7
    assert plt.rcParams["font.size"] == before


def test_panels_go_row_by_row():
    figure, axes = new_figure(2, 3)
    plt.close(figure)
    places = [(-round(axis.get_position().y0, 3), round(axis.get_position().x0, 3)) for axis in axes]
    assert places == sorted(places)


def test_an_empty_figure_says_why():
    figure = nothing_to_draw("no site was found")
    plt.close(figure)
    assert [text.get_text() for text in figure.axes[0].texts] == ["no site was found"]
    assert not figure.axes[0].axison
