"""Logos: the heights of the letters, and both ways to draw them."""

import re
import subprocess
import sys
from urllib.parse import unquote
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from cisgrammar.motifs.logo import (
    LETTER_COLOURS,
    draw_logo,
    letter_heights,
    letter_symbols,
    logo_address,
    stack_ends,
    svg_logo,
    svg_logos,
    tallest_stack,
)
from cisgrammar.motifs.motif import from_consensus


def test_letters_are_as_high_as_their_bits():
    heights = letter_heights(np.array([[1, 0, 0, 0], [0.25] * 4, [0.5, 0.5, 0, 0]]))
    np.testing.assert_allclose(heights, [[2, 0, 0, 0], [0] * 4, [0.5, 0.5, 0, 0]], atol=1e-9)


def test_svg_stacks_letters_from_the_bottom_and_is_labelled():
    drawn = svg_logo(from_consensus("x<", "ANR"))
    assert re.findall(r"#base-(\w)", drawn) == ["A", "A", "G"]
    # 2 bits are 40 high; half a bit each is 10, the second letter above the first.
    assert re.findall(r'x="(\d+)" y="([\d.]+)" width="11" height="([\d.]+)"', drawn) == [
        ("0", "0.0", "40.0"),
        ("24", "30.0", "10.0"),
        ("24", "20.0", "10.0"),
    ]
    assert 'aria-label="logo of x&lt;: ANA"' in drawn
    assert list(svg_logos({"a": from_consensus("a", "ACG")})) == ["a"]


def test_a_logo_is_a_picture_of_its_own():
    address = logo_address(from_consensus('x"<', "ANR"))
    assert not {'"', "<", ">", "#"} & set(address)
    head, drawn = unquote(address).split(",", 1)
    assert head == "data:image/svg+xml"
    root = ElementTree.fromstring(drawn)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert (root.get("width"), root.get("height")) == ("36", "40")
    used = [use.get("href") for use in root.iter("{http://www.w3.org/2000/svg}use")]
    assert used == ["#base-A", "#base-A", "#base-G"]
    assert all(f".base-{base} {{ fill: {colour} }}" in drawn for base, colour in LETTER_COLOURS.items())


def test_symbols_have_an_outline_for_each_base():
    assert re.findall(r'<symbol id="base-(\w)"', letter_symbols()) == list("ACGT")


def test_tallest_stack_is_on_either_side_of_zero():
    assert tallest_stack(np.array([[1.0, 2, -1, 0], [0, 0, -2, -2.5]])) == pytest.approx(4.5)


def test_a_figure_has_letters_on_both_sides_of_zero_in_their_colours():
    axis = Figure().subplots()
    draw_logo(axis, pd.DataFrame([[1.0, 0, 0, -0.5], [0, 2, 0, 0]], index=[-5, -4], columns=list("ACGT")), 2.5)
    drawn = [patch for patch in axis.patches if patch.get_path().get_extents().height > 0]
    colours = {
        letter: tuple(int(value[i : i + 2], 16) / 255 for i in (1, 3, 5)) for letter, value in LETTER_COLOURS.items()
    }
    assert {patch.get_facecolor()[:3] for patch in drawn} == {colours[letter] for letter in "ACT"}
    assert axis.get_ylim() == (-2.5, 2.5)
    assert axis.get_xticks().tolist() == [-5]


def test_the_svg_does_not_wait_for_the_plotting_library():
    code = "import sys, cisgrammar.motifs.logo; print({'matplotlib', 'logomaker'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"


def test_an_axis_holds_both_sides_of_the_stacks_and_no_more():
    low, high = stack_ends(np.array([[0.5, 0.25, 0, 0], [0, -0.1, 0, 0.6]]))
    assert -0.2 < low < -0.1
    assert 0.75 < high < 0.85
    low, high = stack_ends(np.array([[0.0, 1.0, 0, 0]]))
    assert -0.15 < low < 0
    assert stack_ends(np.zeros((2, 4)))[0] < stack_ends(np.zeros((2, 4)))[1]
