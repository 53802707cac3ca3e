"""Affinity beside accessibility: only variants that touch a site, and how many signs agree."""

import numpy as np

from cisgrammar.figures.variants.affinity import agreement
from variant_figures import drawn, files


def test_only_variants_that_touch_a_site_are_shown(tmp_path):
    found = drawn("variants_affinity", files(tmp_path))
    assert len(found.table) == 30
    assert "signs agree in" in found.figure.axes[0].get_title()


def test_signs_are_counted_with_their_interval():
    text = agreement(np.array([1.0, -1, 0, 2]), np.array([2.0, -3, 1, -1]))
    assert text.startswith("signs agree in 2 of 3\n95 % from 9%")
    assert text.endswith("by chance 44%")
    assert agreement(np.zeros(2), np.ones(2)) == "no variant changes both"
