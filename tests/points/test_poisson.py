"""The surface through points of shapes that are known."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from point_shapes import cloud, directions, pebble, pebble_mesh

from recon.errors import MethodError
from recon.meshes import topology
from recon.points import PoissonOptions, cloud_of, poisson

BALL = directions(8000, np.random.default_rng(0))
OUTWARDS = dataclasses.replace(cloud(BALL), normals=BALL, outwards=True)


def test_a_ball_comes_out_closed_and_round():
    made = poisson(OUTWARDS, PoissonOptions(depth=6))
    assert topology(made.mesh).watertight
    assert topology(made.mesh).euler == 2
    np.testing.assert_allclose(np.linalg.norm(made.mesh.vertices, axis=1), 1, atol=0.01)
    assert topology(made.mesh).volume == pytest.approx(4 / 3 * np.pi, rel=0.01)
    assert (made.mesh.normals * made.mesh.vertices).sum(1).min() > np.cos(np.radians(25))


def test_normals_that_nobody_gave_are_found():
    points = pebble(directions(6000, np.random.default_rng(1)))
    made = poisson(cloud(points), PoissonOptions(depth=6))
    assert topology(made.mesh).watertight
    assert topology(made.mesh).volume == pytest.approx(topology(pebble_mesh()).volume, rel=0.02)


def test_colors_are_those_of_the_points():
    colors = (0.5 + 0.5 * BALL).astype(np.float32)
    made = poisson(dataclasses.replace(OUTWARDS, colors=colors), PoissonOptions(depth=6))
    assert np.abs(made.mesh.colors - (0.5 + 0.5 * made.mesh.vertices)).mean() < 0.02


def test_where_there_are_no_points_nothing_is_made_up():
    half = OUTWARDS.part(BALL[:, 2] > 0)
    trimmed = poisson(half, PoissonOptions(depth=6))
    whole = poisson(half, PoissonOptions(depth=6, trim=0))
    assert topology(trimmed.mesh).boundary_loops == 1
    assert trimmed.mesh.vertices[:, 2].min() > -0.15
    assert np.linalg.norm(trimmed.mesh.vertices, axis=1).max() < 1.1
    assert topology(whole.mesh).area > 1.1 * topology(trimmed.mesh).area


def test_points_that_lie_apart_are_left_out():
    stray = np.random.default_rng(2).uniform(-4, 4, (60, 3))
    stray = stray[np.linalg.norm(stray, axis=1) > 1.5]
    made = poisson(cloud(np.concatenate([BALL, stray])), PoissonOptions(depth=6))
    assert made.left_out >= len(stray)
    assert np.linalg.norm(made.mesh.vertices, axis=1).max() < 1.05


def test_the_same_points_give_the_same_surface():
    first, second = (poisson(OUTWARDS, PoissonOptions(depth=6)).mesh for _ in range(2))
    assert np.array_equal(first.vertices, second.vertices)
    assert np.array_equal(first.faces, second.faces)


def test_too_few_points_are_refused():
    with pytest.raises(MethodError, match="hang together"):
        poisson(cloud(BALL[:60]))


def test_a_scan_is_made_anew(data):
    from recon.io import read_mesh

    mesh = read_mesh(data("meshes") / "stanford-bunny.obj")
    points = cloud_of(mesh, 20_000)
    made = poisson(points, PoissonOptions(depth=7))
    size = np.linalg.norm(np.ptp(mesh.vertices, axis=0))
    from scipy.spatial import KDTree

    distances, _ = KDTree(points.positions).query(made.mesh.vertices)
    assert np.percentile(distances, 95) < 0.01 * size
