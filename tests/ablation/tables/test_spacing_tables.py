"""Spacings in vitro beside those in the model."""

import numpy as np
import pandas as pd

from cisgrammar.ablation.tables.spacing_tables import beside_in_vitro, read_spacings
from cisgrammar.tables.contracts.binding import SPACING


def test_spacings_in_vitro_stand_beside_those_in_the_model(tmp_path):
    measured = pd.DataFrame({"pair": "a:b", "strands": "same", "offset": [9, 99], "log_omega": [1.5, 3.0]})
    written = measured.assign(gap=1, standard_error=0.5, lower=1.0, upper=2.0, gain=3.0)
    SPACING.write(tmp_path / "spacing.tsv", written[list(SPACING.names)])
    scanned = pd.DataFrame({"pair": "a:b", "strands": ["same", "opposite"], "offset": [9, 9], "interaction": 0.1})
    both = beside_in_vitro(scanned, read_spacings([tmp_path / "spacing.tsv"]))
    np.testing.assert_allclose(both["log_omega"], [1.5, np.nan])
    assert beside_in_vitro(scanned, read_spacings([]))["log_omega"].isna().all()
