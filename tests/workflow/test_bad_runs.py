"""Three runs that go wrong, from reads to report: its first line, and the terminal's, name what to mend first."""

import re

import pytest

pytestmark = pytest.mark.workflow
# More training peaks than the fewest that are no fault, and few to evaluate.
ENOUGH = {"chromosomes": 6, "chromosome_length": 100_000, "peaks_per_chromosome": 90, "fragments": 100_000}


@pytest.fixture
def short(tiny):
    """The tiny config with one figure: what is looked at is the first line."""
    return {**tiny, "figures": {"select": ["training_curves"]}, "bias": {**tiny["bias"], "thresholds": [2.0]}}


def first_line(flow):
    """Run up to the report; the paragraph below its title, without its label, which the terminal shows too."""
    done = flow.run()
    assert done.returncode == 0, done.stdout
    page = (flow.results / "report.html").read_text()
    found = re.search(
        r"<h1>[^\n]*</h1>\n<p class=\"(?:fail|warn)\">(First cause|To look at first)\. ([^\n]*)</p>", page
    )
    assert found, page[page.index("<h1>") :][:500]
    assert f"first cause: {found[2]}" in done.stdout
    assert (flow.results / "first_cause.txt").read_text() == f"{found[2]}\n"
    return found[2]


def test_few_peaks_are_named_before_what_follows_of_them(flow, short):
    flow.write_config(short)
    assert re.match(r"The data: tiny fold0 has \d\d training peaks, and fewer than 300 ", first_line(flow))


def test_a_wrong_shift_is_named_whatever_the_gates_say(flow, short):
    flow.write_config({**short, "prepare": {**short["prepare"], "shift": [0, 0]}})
    assert re.match(r"The shift: ends of tiny \w+ were shifted by \+0/\+0 \(prepare.shift\), ", first_line(flow))


def test_one_epoch_is_named_where_peaks_are_enough(flow, short):
    bias = {**short["bias"], "training": {"epochs": 1}}
    combined = {**short["combined"], "training": {"epochs": 1, "jitter": 10}}
    flow.write_config({**short, "simulate": ENOUGH, "bias": bias, "combined": combined})
    said = "was still getting better in the last of 1 epoch; raise bias.training.epochs."
    assert first_line(flow) == f"The training of the bias model: tiny fold0 {said}"
