"""The movement that pairs of points say: exact where they are, never a reflection, refused where it is left open."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from point_shapes import moved

from recon.errors import InputError
from recon.points import similarity_of_pairs

SEEDS = st.integers(0, 2**32 - 1)


@given(SEEDS, st.integers(3, 12), st.booleans())
def test_exact_pairs_give_the_exact_movement(seed, count, scale):
    rng = np.random.default_rng(seed)
    points, truth = rng.normal(size=(count, 3)), moved(rng, scale=scale)
    # Three points may come to lie almost on a line, which leaves little to tell the turn by.
    spread = np.linalg.svd(points - points.mean(0), compute_uv=False)
    tolerance = 1e-9 * spread[0] / spread[1]
    found = similarity_of_pairs(points, truth.apply(points), scale=scale)
    np.testing.assert_allclose(found.matrix, truth.matrix, atol=tolerance * 20)
    assert scale or found.scale == 1


@given(SEEDS, st.integers(3, 12))
def test_a_mirror_image_is_never_mirrored_back(seed, count):
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(count, 3))
    found = similarity_of_pairs(points, moved(rng, scale=True).apply(points * [1, 1, -1]))
    assert np.linalg.det(found.rotation) == pytest.approx(1)
    assert found.scale > 0


@given(SEEDS, st.integers(3, 12), st.floats(0, 100))
def test_points_on_a_line_are_refused(seed, count, away):
    rng = np.random.default_rng(seed)
    line = rng.normal(size=3) * away + np.outer(rng.normal(size=count), rng.normal(size=3))
    with pytest.raises(InputError, match="one line"):
        similarity_of_pairs(line, rng.normal(size=(count, 3)))
    with pytest.raises(InputError, match="one line"):
        similarity_of_pairs(rng.normal(size=(count, 3)), line)


@pytest.mark.parametrize(("moving", "fixed", "sentence"), [(2, 2, "At least 3 pairs"), (4, 3, "come in pairs")])
def test_too_few_are_refused(moving, fixed, sentence):
    rng = np.random.default_rng(0)
    with pytest.raises(InputError, match=sentence):
        similarity_of_pairs(rng.normal(size=(moving, 3)), rng.normal(size=(fixed, 3)))


def test_what_is_nowhere_is_refused():
    points = np.random.default_rng(0).normal(size=(4, 3))
    with pytest.raises(InputError, match="not finite"):
        similarity_of_pairs(np.where(points > 0, points, np.nan), points)
