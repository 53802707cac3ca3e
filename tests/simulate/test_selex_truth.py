"""A fit beside the simulated truth, in any register and orientation."""

import json

import numpy as np
import pandas as pd
import pytest

from cisgrammar.sequence.alphabet import BASES
from cisgrammar.simulate.selex_truth import COLUMNS, compare_truth, describe, read_truth, write_truth
from toy_selex import CASES, make


def fitted_tables(truth, left=0, right=0, flipped=False, swapped=False):
    """Tables of a fit that found the truth, with windows wider by `left` and `right`, maybe the other way round."""
    settings, windows = truth.settings, truth.position_bias.shape[1]
    width, length = settings.width, settings.length
    wide = width + left + right
    betas = {name: np.pad(b, ((left, right), (0, 0))) for name, b in truth.betas.items()}
    if flipped:
        betas = {name: b[::-1, ::-1] for name, b in betas.items()}

    def site(strand, start):
        """Strand and start of the fitted window about a true site."""
        before = left if strand == 0 else right
        return strand ^ flipped, start - before

    matrix = [(n, i, BASES[j], b[i, j], 0.1) for n, b in betas.items() for i in range(wide) for j in range(4)]
    bias = []
    for name in betas:
        for strand in (0, 1):
            for start in range(windows):
                there, at = site(strand, start)
                if 0 <= at <= length - wide:
                    bias.append(("library", name, "+-"[there], at, truth.position_bias[strand, start] + 3, 0.1))
    a, b = truth.pair
    spacing = []
    for spaced in truth.spacings:
        first, second = (0, 20), (0 if spaced.strands == "same" else 1, 20 + spaced.offset)
        (sa, xa), (sb, xb) = (site(*place) for place in ((second, first) if swapped else (first, second)))
        offset = xb - xa if sa == 0 else xa - xb
        pair = f"{b}:{a}" if swapped else f"{a}:{b}"
        spacing.append((pair, "same" if sa == sb else "opposite", offset, 0, spaced.log_omega - 2, 0.1))
    known = describe(truth)
    parameters = [("library", "log_hill", known["spacing"][0]["pair"], "", np.log(settings.hill), 0.05)]
    parameters += [
        ("library", "log_activity", name, "1,2", value, 0.1 * (name != "non_specific"))
        for name, value in known["log_activity"].items()
    ]
    return (
        pd.DataFrame(matrix, columns=["motif", "position", "base", "beta", "standard_error"]),
        pd.DataFrame(spacing, columns=["pair", "strands", "offset", "gap", "log_omega", "standard_error"]),
        pd.DataFrame(bias, columns=["library", "binding", "strand", "position", "log_bias", "standard_error"]),
        pd.DataFrame(
            parameters, columns=["library", "parameter", "binding", "round", "value", "standard_error"]
        ).replace("", np.nan),
    )


@pytest.mark.parametrize("case", ["pair of one", "opposite strands", "two factors"])
@pytest.mark.parametrize("flipped", [False, True])
@pytest.mark.parametrize(("left", "right"), [(0, 0), (2, 1), (1, -1)])
def test_truth_is_found_in_any_register(tmp_path, case, flipped, left, right):
    truth = make(**CASES[case])
    write_truth(tmp_path / "truth.json", truth)
    tables = fitted_tables(truth, left, max(right, 0), flipped)
    table = compare_truth(read_truth(tmp_path / "truth.json"), *tables)
    assert list(table.columns) == COLUMNS
    np.testing.assert_allclose(table["estimate"], table["true"], atol=1e-5)
    assert table["within"].all()
    number = table["quantity"].value_counts()
    assert number["beta"] == 32 * len(truth.betas)
    assert number["log_omega"] == len(truth.spacings)
    assert number["position_bias"] == len(truth.betas) * (17 - left - max(right, 0))
    assert number.get("log_activity", 0) == (len(truth.betas) + 1 if left == right == 0 else 0)
    assert number["log_hill"] == 1


def test_factors_that_have_changed_places_are_told_apart(tmp_path):
    truth = make(**CASES["two factors"])
    known = json.loads(json.dumps(describe(truth)))
    matrix, spacing, bias, parameters = fitted_tables(truth, swapped=True)
    names = {"REB1": "m1", "GATA": "m2"}
    matrix, bias = matrix.replace({"motif": names}), bias.replace({"binding": names})
    spacing = spacing.replace({"pair": {"GATA:REB1": "m2:m1"}})
    table = compare_truth(known, matrix, spacing, bias, parameters)
    np.testing.assert_allclose(table["estimate"], table["true"], atol=1e-5)
    assert table["quantity"].value_counts()["log_omega"] == len(truth.spacings)


def test_what_is_wrong_or_unknown_is_said(tmp_path):
    truth = make()
    known = json.loads(json.dumps(describe(truth)))
    matrix, spacing, bias, parameters = fitted_tables(truth)
    matrix.loc[0, "beta"] += 0.3
    matrix.loc[1, "standard_error"] = np.nan
    table = compare_truth(known, matrix, spacing.iloc[:0], bias.iloc[:0], parameters.iloc[:0])
    assert set(table["quantity"]) == {"beta"}
    assert table["within"].tolist()[0] is False
    assert np.isnan(table["within"].tolist()[1])
    assert all(value is True for value in table["within"].tolist()[2:])


def test_placements_that_are_the_same_are_added_up():
    """A fit that allows both signs splits each spacing of a pair of equals in two."""
    truth = make()
    known = json.loads(json.dumps(describe(truth)))
    matrix, spacing, bias, parameters = fitted_tables(truth)
    halves = spacing.assign(log_omega=spacing["log_omega"] - np.log(2) / truth.settings.hill)
    both = pd.concat([halves, halves.assign(offset=-halves["offset"])])
    table = compare_truth(known, matrix, both, bias, parameters)
    omega = table[table["quantity"] == "log_omega"]
    np.testing.assert_allclose(omega["estimate"], omega["true"], atol=1e-5)
    np.testing.assert_allclose(omega["standard_error"], 0.1, rtol=1e-6)
