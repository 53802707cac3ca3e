"""The section of a simulated SELEX experiment: what cannot be simulated is refused."""

import pytest

from cisgrammar.config.simulate import SimulateSelex
from toy_config import refusal


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"sequenced": (1, 2)}, "sequenced: must rise from 0"),
        ({"sequenced": (0, 2, 1)}, "sequenced: must rise from 0, the initial library, got [0, 2, 1]"),
        ({"sequenced": (0, 2, 2)}, "sequenced: must rise from 0"),
        ({"sequenced": (0,)}, "sequenced: "),
        ({"monomer_share": 0.7}, "monomer_share + dimer_share: must be below 1, got 1.25"),
        ({"offsets": (9,)}, "log_omega: 2 values for 1 offsets"),
        ({"offsets": (9, 7)}, "offsets: 7 is not from width to width + max_spacing (8 to 12)"),
        ({"offsets": (9, 13)}, "offsets: 13 is not from width"),
        ({"offsets": (9, -9)}, "offsets: -9 is not from width"),
        ({"length": 18}, "length: 20 bp of binding sites do not fit into 18 bp"),
        ({"length": 9, "width": 10, "dimer_share": 0}, "length: 10 bp of binding sites do not fit into 9 bp"),
        ({"flank_length": 7}, "flank_length: 7 is more than there is"),
        ({"left": "ACGU"}, "left: "),
    ],
)
def test_settings_that_cannot_be_simulated_are_refused(settings, message):
    assert message in refusal(SimulateSelex, settings)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"offsets": (8, 12)},
        {"strands": "opposite", "offsets": (9, -9)},
        {"partner": "GATA", "offsets": (9, -9)},
        {"length": 20},
        {"length": 18, "flank_length": 1},
        {"length": 8, "dimer_share": 0},
        {"offsets": (7, 30), "dimer_share": 0},
    ],
)
def test_settings_at_the_limits_are_taken(settings):
    assert SimulateSelex(**settings).reads == 20_000
