"""Two profiles as a small SVG."""

import re

import numpy as np

from cisgrammar.report.sparkline import sparkline


def test_profiles_share_a_scale_and_leave_gaps_out():
    drawn = sparkline([np.nan, np.nan, 4, 4, 0, 0], [np.nan, np.nan, 2, 2, 0, 0], "what")
    before, after = (re.search(rf'class="{name}" d="([^"]*)"', drawn)[1] for name in ("before", "after"))
    assert after == "M80 18L160 35"
    assert before == "M80 1L160 35L160 36L80 36Z"
    assert 'd=""' in sparkline([np.nan] * 4, [np.nan] * 4, "nothing")


def test_its_label_is_text():
    assert 'aria-label="&lt;b&gt; at &#34;x&#34;"' in sparkline([0, 1], [1, 0], '<b> at "x"')
