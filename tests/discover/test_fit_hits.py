"""The sparse fit: its optimality conditions, closed forms, and agreement with a plain solver."""

import numpy as np
import pytest
from scipy.optimize import nnls

from cisgrammar.discover.fit_hits import LEAST_COSINE, _Batch, fit_hits, non_negative
from toy_contributions import FACTORS, heights, planted


def kernel(name="a", size=1.0):
    letters = np.array(["ACGT".index(base) for base in FACTORS[name]])
    found = np.zeros((len(letters), 4))
    found[np.arange(len(letters)), letters] = size * heights(FACTORS[name])
    return found


def test_non_negative_is_the_minimum():
    rng = np.random.default_rng(0)
    for size in (1, 2, 5, 12):
        atoms = rng.normal(size=(size, 20))
        y = rng.normal(size=20)
        found = non_negative(atoms @ atoms.T, atoms @ y)
        np.testing.assert_allclose(found, nnls(atoms.T, y)[0], atol=1e-6)


def test_non_negative_of_equal_atoms():
    gram = np.ones((2, 2))
    found = non_negative(gram, np.array([1.0, 1.0]))
    np.testing.assert_allclose(found.sum(), 1, atol=1e-6)
    assert (non_negative(gram, np.array([-1.0, -2.0])) == 0).all()


@pytest.mark.parametrize("strength", [3.0, 8.0])
def test_all_optimality_conditions_are_met(strength):
    windows, _ = planted(number=60, strength=strength)
    values = windows.of_bases("counts")
    batch = _Batch(values, windows.codes, [kernel("a"), kernel("b"), kernel("c", -1.0)])
    sites = batch.fit(0)
    weights = np.zeros(batch.energy.shape)
    place = (sites.row, 2 * sites.kernel + sites.turned, sites.start)
    weights[place] = sites.score / batch.scale[place] / batch.rms[sites.row]
    slopes = batch.slopes(batch.y - batch.fitted(weights))
    assert len(sites) > 20
    np.testing.assert_allclose(slopes[place], LEAST_COSINE, atol=1e-6)
    assert slopes[np.isfinite(slopes)].max() <= LEAST_COSINE + 2e-4


@pytest.mark.parametrize("turned", [False, True])
def test_one_site_alone(turned):
    own = kernel()
    length, start = 80, 30
    codes = np.full((1, length), 4, dtype=np.uint8)
    site = own[::-1, ::-1] if turned else own
    codes[0, start : start + len(site)] = site.argmax(axis=1)
    values = np.zeros((1, length), dtype=np.float32)
    values[0, start : start + len(site)] = 2 * site.max(axis=1)
    found = fit_hits(values, codes, [own])
    assert (found.row.tolist(), found.start.tolist(), found.turned.tolist()) == ([0], [start], [turned])
    np.testing.assert_allclose(found.cosine, 1, atol=1e-6)
    # Least squares would give the norm N; lambda takes off its part, lambda sqrt(1 + N^2) of a window of scale 1.
    norm, rms = 2 * np.linalg.norm(own), np.sqrt((values**2).mean())
    wanted = norm - LEAST_COSINE * np.sqrt(rms**2 + norm**2)
    np.testing.assert_allclose(found.score[0], wanted, rtol=1e-5)


@pytest.mark.parametrize("start", [0, 68])
def test_sites_at_the_ends_are_found(start):
    own = kernel()
    codes = np.random.default_rng(0).integers(0, 4, (1, 80)).astype(np.uint8)
    codes[0, start : start + 12] = own.argmax(axis=1)
    values = np.zeros((1, 80), dtype=np.float32)
    values[0, start : start + 12] = own.max(axis=1)
    wide = np.concatenate([own, np.full((3, 4), 0.05)])
    assert fit_hits(values, codes, [wide, own]).start.tolist()[0] == start


def test_negative_patterns_find_negative_sites_alone():
    windows, sites = planted(number=60, factors=("a",), signs={"a": -1}, strength=10.0)
    values = windows.of_bases("counts")
    assert len(fit_hits(values, windows.codes, [kernel(size=-1.0)])) >= 0.9 * len(sites)
    assert len(fit_hits(values, windows.codes, [kernel()])) < 0.2 * len(sites)


def test_nothing_to_fit():
    codes = np.zeros((3, 50), dtype=np.uint8)
    assert len(fit_hits(np.zeros((3, 50), dtype=np.float32), codes, [kernel()])) == 0
    assert len(fit_hits(np.ones((3, 50), dtype=np.float32), codes, [])) == 0
    huge = np.zeros((3, 50), dtype=np.float32)
    huge[1, 20] = 60_000
    assert len(fit_hits(huge, codes, [kernel()])) == 0
