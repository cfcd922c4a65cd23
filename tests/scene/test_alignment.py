from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recon.scene.alignment import align


def rotation(rng):
    q, r = np.linalg.qr(rng.normal(size=(3, 3)))
    q = q * np.sign(np.diag(r))
    return q if np.linalg.det(q) > 0 else -q


@given(seed=st.integers(0, 10_000), count=st.integers(3, 20), scale=st.floats(0.01, 100))
def test_a_similarity_is_found_again(seed, count, scale):
    rng = np.random.default_rng(seed)
    source, turn, shift = rng.normal(size=(count, 3)), rotation(rng), rng.normal(size=3)
    target = scale * source @ turn.T + shift
    found = align(source, target)
    np.testing.assert_allclose(found.apply(source), target, atol=1e-6 * scale)
    assert np.linalg.det(found.rotation) == pytest.approx(1)
    if count > 3:
        assert found.scale == pytest.approx(scale)


def test_a_mirrored_set_is_not_mirrored_back():
    source = np.random.default_rng(0).normal(size=(30, 3))
    found = align(source, source * [1, 1, -1])
    assert np.linalg.det(found.rotation) == pytest.approx(1)


def test_no_similarity_fits_better():
    rng = np.random.default_rng(3)
    source = rng.normal(size=(12, 3))
    target = source @ rotation(rng).T * 2 + rng.normal(0, 0.2, (12, 3))
    best = align(source, target)
    error = ((best.apply(source) - target) ** 2).sum()
    for _ in range(50):
        other = align(source, target + rng.normal(0, 0.05, (12, 3)))
        assert ((other.apply(source) - target) ** 2).sum() >= error - 1e-12


@pytest.mark.parametrize("points", [np.zeros((2, 3)), np.arange(12.0).reshape(4, 3), np.zeros((4, 2))])
def test_what_leaves_it_open_is_refused(points):
    with pytest.raises(ValueError, match=r"alignment needs|one line"):
        align(points, points)
