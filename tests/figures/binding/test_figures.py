"""The binding stage's figures: the same bytes each time, what they say, and odd or empty tables."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

import binding_tables as made
from cisgrammar.figures import style
from cisgrammar.figures.draw import draw as draw_figure
from figure_files import written

FIGURES = {
    "binding_logo": ("matrix", "heldout"),
    "binding_position_bias": ("position_bias", "heldout"),
    "binding_spacing": ("spacing", "heldout"),
    "binding_enrichment": ("enrichment",),
    "binding_history": ("history", "agreement", "heldout"),
    "binding_recovery": ("truth",),
}


def usual():
    return {
        "matrix": made.matrix(),
        "position_bias": made.position_bias(),
        "spacing": made.spacing(),
        "enrichment": made.enrichment(),
        "history": made.history(),
        "agreement": made.agreement(),
        "heldout": made.heldout(),
        "truth": made.truth(),
    }


def draw(name, folder, **tables):
    paths = made.write(folder, **{**usual(), **tables})
    drawn = draw_figure(name, {key: paths[key] for key in FIGURES[name]})
    plt.close(drawn.figure)
    return drawn


def said(drawn):
    """Every text of a figure."""
    return " ".join(text.get_text() for text in drawn.figure.findobj(lambda item: hasattr(item, "get_text")))


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
    draw(name, tmp_path, **unknown).figure.draw_without_rendering()


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


def test_logo_of_the_other_strand_is_the_reverse_complement(tmp_path):
    drawn = draw("binding_logo", tmp_path)
    titles = [axis.get_title(loc="left") for axis in drawn.figure.axes]
    table = made.matrix().pivot(index="position", columns="base", values="beta")
    assert titles[0] == f"REB1: {''.join(table.idxmax(axis=1))}\nstrand +"
    assert titles[1] == "strand - (reverse complement)"
    assert "n = 36,000 reads" in said(drawn)
    heights = [[patch.get_extents().height for patch in axis.patches] for axis in drawn.figure.axes[:2]]
    assert len(heights[0]) == len(heights[1]) >= 16
    assert sorted(heights[0]) == pytest.approx(sorted(heights[1]), rel=1e-2)


def test_reads_are_those_of_all_libraries_and_may_be_unknown(tmp_path):
    assert "n = 72,000 reads of 2 libraries" in said(draw("binding_logo", tmp_path, heldout=made.heldout(("a", "b"))))
    paths = made.write(tmp_path, matrix=made.matrix())
    drawn = draw_figure("binding_logo", paths)
    plt.close(drawn.figure)
    assert "reads" not in said(drawn)


def test_spacings_of_a_model_without_opposite_strands_and_open_intervals(tmp_path):
    table = made.spacing()
    drawn = draw("binding_spacing", tmp_path, spacing=table[table["strands"] == "same"])
    text = said(drawn)
    assert "opposite" not in text
    assert "marginal" not in text
    axis = drawn.figure.axes[1]
    arrows = [line for line in axis.lines if line.get_marker() == "v"]
    assert [len(line.get_xdata()) for line in arrows] == [4]
    filled = [line for line in axis.lines if line.get_label() == "same strand"]
    # Offset 9 is the second of five.
    assert filled[0].get_xdata().tolist() == [1.0]
    assert "marginal: mean of strands" in said(draw("binding_spacing", tmp_path))


def test_banned_offsets_take_one_place(tmp_path):
    drawn = draw("binding_spacing", tmp_path, spacing=made.spacing(offsets=[-9, -8, 8, 9]))
    axis = drawn.figure.axes[1]
    assert axis.get_xticks().tolist() == [0, 1, 3, 4]
    assert [label.get_text() for label in axis.get_xticklabels()] == ["-9", "-8", "8", "9"]


def test_a_spacing_without_value_and_a_single_one(tmp_path):
    table = made.spacing()
    table.loc[0, ["log_omega", "lower", "upper"]] = [-np.inf, -np.inf, np.nan]
    draw("binding_spacing", tmp_path, spacing=table).figure.draw_without_rendering()
    draw("binding_spacing", tmp_path, spacing=made.spacing().iloc[:1]).figure.draw_without_rendering()


def test_enrichment_prints_agreement_and_numbers(tmp_path):
    text = said(draw("binding_enrichment", tmp_path))
    assert "library, round 0 to 2, n = 4,400 held-out reads" in text
    table = made.enrichment()
    bins = table[table["unit"] == "bin"]
    slope = np.polyfit(bins["predicted"], bins["observed"], 1)[0]
    assert f"slope {slope:.2f}, n = 20" in text
    assert "n = 300" in text


def test_history_marks_the_chosen_seed_and_what_pairs_bring(tmp_path):
    agreement = made.agreement()
    agreement["chosen"] = agreement["seed"] == 3
    text = said(draw("binding_history", tmp_path, agreement=agreement))
    assert "seed 3, chosen" in text
    assert "seed 1, chosen" not in text
    assert "0.4495 (+0.0015)" in text
    assert "4,000 held-out reads" in text
    without = made.heldout(models=("fit", "non_specific"))
    assert "without pairs" not in said(draw("binding_history", tmp_path, heldout=without))


def test_recovery_counts_what_is_within_two_standard_errors(tmp_path):
    table = made.truth()
    table["estimate"] = table["true"]
    table.loc[0, "estimate"] += 0.5
    text = said(draw("binding_recovery", tmp_path, truth=table))
    assert "31 of 32 within two standard errors" in text
    assert "17 of 17 within two standard errors" in text
    only = table[table["quantity"] == "beta"]
    drawn = draw("binding_recovery", tmp_path, truth=only)
    assert len(drawn.figure.axes) == 1
    assert drawn.figure.get_size_inches()[0] == style.COLUMN
