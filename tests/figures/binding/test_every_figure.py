"""What holds for every figure of the binding stage: the same bytes each time, odd and empty tables."""

import numpy as np
import pytest

import binding_tables as made
from binding_figures import FIGURES, draw, usual
from cisgrammar.figures import style
from cisgrammar.figures.draw import draw as draw_figure
from figure_files import intervals, said, written


@pytest.mark.parametrize("name", FIGURES)
def test_the_same_tables_give_the_same_bytes_and_every_axis_is_named(tmp_path, name):
    paths = made.write(tmp_path, **usual())
    digests = set()
    for turn in ("one", "two"):
        drawn = draw_figure(name, {key: paths[key] for key in FIGURES[name]})
        assert all(axis.get_ylabel() or axis.get_yticklabels() for axis in drawn.figure.axes if axis.axison)
        digests.add(written(name, drawn, tmp_path / turn))
        assert len((tmp_path / turn / "f.tsv").read_text().splitlines()) > 3
    assert len(digests) == 1


@pytest.mark.parametrize("name", FIGURES)
def test_tables_without_rows_are_said_to_be_empty(tmp_path, name):
    empty = {key: table.iloc[:0] for key, table in usual().items()}
    drawn = draw(name, tmp_path, **empty)
    assert len(drawn.table) == 0
    assert any(word in said(drawn) for word in ("no ", "nothing"))


@pytest.mark.parametrize("name", FIGURES)
def test_unknown_errors_are_drawn_without_bars(tmp_path, name):
    unknown = {
        "matrix": made.matrix(width=15, known=False),
        "position_bias": made.position_bias(known=False),
        "spacing": made.spacing(known=False),
        "enrichment": made.enrichment().assign(standard_error=np.nan),
        "heldout": made.heldout(known=False),
        "truth": made.truth(known=False),
    }
    known, without = draw(name, tmp_path), draw(name, tmp_path, **unknown)
    assert intervals(known) > 0
    assert intervals(without) == 0


@pytest.mark.parametrize("name", FIGURES)
def test_many_motifs_pairs_libraries_offsets_and_seeds(tmp_path, name):
    libraries = ("lib1", "lib2", "lib3")
    many = {
        "matrix": made.matrix(("a", "b", "c")),
        "position_bias": made.position_bias(libraries, windows=40),
        "spacing": made.spacing(("a:b", "b:c"), [*range(-20, -7), *range(8, 21)]),
        "enrichment": made.enrichment(((0, 1), (1, 2), (0, 2)), kmers=50),
        "history": made.history(range(1, 9), [f"fit all binding {i}" for i in range(40)]),
        "agreement": made.agreement(range(1, 9)),
        "heldout": made.heldout(libraries),
    }
    drawn = draw(name, tmp_path, **many)
    width, height = drawn.figure.get_size_inches()
    assert width <= style.TWO_COLUMNS
    assert height < 20
    # Laid out without a panel squeezed to nothing.
    drawn.figure.draw_without_rendering()
    assert all(axis.get_position().width > 0.005 and axis.get_position().height > 0.005 for axis in drawn.figure.axes)
