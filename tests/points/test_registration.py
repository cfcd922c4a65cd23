"""Registration of seeded shapes whose movement is known: noise, parts, and shapes with nothing in common."""

from __future__ import annotations

import numpy as np
import pytest
from point_shapes import cloud, directions, moved, pebble, pebble_mesh, torus

from recon.errors import MethodError
from recon.io import read_mesh
from recon.points import RegisterOptions, cloud_of, register, similarity_of_pairs
from recon.scene import Similarity
from recon.scene.transforms import transformed

POINTS = 6000
NOISE = 0.01  # of a shape that is three units long
BOUND = 0.012  # the same units, of the point that is farthest off


def farthest_off(found, truth, points):
    return np.linalg.norm(found.apply(points) - truth.apply(points), axis=1).max() / truth.scale


def noisy_copy(truth, rng, *, beyond=-9.0):
    """Other points of the same shape where x is larger, moved, and off by chance."""
    points = pebble(directions(POINTS, rng))
    points = points[points[:, 0] > beyond]
    return cloud(truth.apply(points + NOISE * rng.normal(size=points.shape)))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("scale", [True, False])
@pytest.mark.parametrize("beyond", [-9.0, -0.2])
def test_picked_pairs_are_refined(seed, scale, beyond):
    rng = np.random.default_rng(seed)
    points, truth = pebble(directions(POINTS, rng)), moved(rng, scale=scale)
    fixed = noisy_copy(truth, rng, beyond=beyond)
    picked = pebble(np.array([[1.0, 0, 0], [0, 1, 0], [0, 0, 1], [0.6, -0.8, 0]]))
    start = similarity_of_pairs(picked + 0.05 * rng.normal(size=picked.shape), truth.apply(picked), scale=scale)
    found = register(cloud(points), fixed, start, RegisterOptions(scale=scale))
    assert farthest_off(start, truth, points) > 2 * BOUND
    assert farthest_off(found.similarity, truth, points) < BOUND
    assert found.similarity.scale == pytest.approx(truth.scale, rel=0.004)
    assert found.fitness > 0.65
    assert found.rmse < found.near
    assert found.iterations > 3


@pytest.mark.parametrize(("scale", "beyond"), [(True, -0.2), (False, -9.0)])
def test_without_pairs_features_find_the_way(scale, beyond):
    rng = np.random.default_rng(1)
    points, truth = pebble(directions(POINTS, rng)), moved(rng, scale=scale)
    fixed = noisy_copy(truth, rng, beyond=beyond)
    found, again = (register(cloud(points), fixed, None, RegisterOptions(scale=scale)) for _ in range(2))
    assert farthest_off(found.similarity, truth, points) < BOUND
    assert np.array_equal(found.similarity.matrix, again.similarity.matrix)


@pytest.mark.parametrize("scale", [True, False])
def test_shapes_that_have_nothing_in_common_are_refused(scale):
    rng = np.random.default_rng(0)
    pair = cloud(pebble(directions(POINTS, rng))), cloud(torus(POINTS, rng))
    with pytest.raises(MethodError, match=r"do not fit together.*Nothing was moved\. Pick three or more pairs"):
        register(*pair, None, RegisterOptions(scale=scale))


def test_a_start_that_is_far_off_is_refused():
    rng = np.random.default_rng(0)
    points, truth = pebble(directions(POINTS, rng)), moved(rng, scale=True)
    wrong = Similarity(truth.scale, -truth.rotation @ np.diag([1.0, 1, -1]), truth.translation + 3 * truth.scale)
    with pytest.raises(MethodError, match="Pick the pairs anew"):
        register(cloud(points), noisy_copy(truth, rng), wrong)


def test_what_would_shrink_onto_a_spot_is_refused():
    """A ring shrunk onto a ball's skin lies on it, every point of it."""
    rng = np.random.default_rng(0)
    ball = cloud(directions(POINTS, rng))
    spot = Similarity(0.02, np.eye(3), np.array([0.0, 0, 1]))
    with pytest.raises(MethodError, match="small spot"):
        register(cloud(torus(POINTS, rng)), ball, spot)


def test_a_mesh_is_registered_by_points_drawn_on_it():
    rng = np.random.default_rng(2)
    mesh, truth = pebble_mesh(), moved(rng, scale=True)
    found = register(cloud_of(mesh, POINTS, 0), cloud_of(transformed(mesh, truth), POINTS, 1))
    assert farthest_off(found.similarity, truth, mesh.vertices) < BOUND


@pytest.mark.parametrize("scale", [True, False])
def test_a_scanned_animal_finds_itself(data, scale):
    rng = np.random.default_rng(3)
    mesh, truth = read_mesh(data("meshes") / "stanford-bunny.obj"), moved(rng, scale=scale)
    size = np.linalg.norm(np.ptp(mesh.vertices, axis=0))
    clouds = cloud_of(mesh, 10_000, 0), cloud_of(transformed(mesh, truth), 10_000, 1)
    found = register(*clouds, None, RegisterOptions(scale=scale))
    assert farthest_off(found.similarity, truth, mesh.vertices) < 0.004 * size
