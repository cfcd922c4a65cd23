"""Distances to a surface, against all triangles one by one and where they are known."""

from __future__ import annotations

import numpy as np
import pytest
from shapes_known import brute_force, crumpled, cube, plate

from recon.errors import InputError
from recon.evaluate import ReferenceSurface, deviation
from recon.scene import Mesh


@pytest.mark.parametrize("make", [cube, crumpled], ids=["twelve large triangles", "many of all sizes"])
def test_distances_are_those_to_the_nearest_triangle(make) -> None:
    mesh = make()
    points = np.random.default_rng(1).uniform(-1.5, 1.5, (500, 3))
    found = ReferenceSurface(mesh).distances(points)
    exact = brute_force(mesh, points)
    assert (found >= exact - 1e-9).all()
    np.testing.assert_allclose(found, exact, atol=2e-3)
    assert np.median(found - exact) < 1e-9


def test_the_sign_tells_inside_from_outside_at_faces_edges_and_corners() -> None:
    points = np.random.default_rng(2).uniform(-1, 1, (2000, 3))
    inside = (np.abs(points) < 0.5).all(1)
    found = ReferenceSurface(cube()).distances(points, signed=True)
    np.testing.assert_array_equal(found < 0, inside)
    np.testing.assert_allclose(found[inside], np.abs(points[inside]).max(1) - 0.5, atol=1e-6)


def test_a_shift_is_told_as_what_it_is() -> None:
    told = deviation(plate(0.1), ReferenceSurface(plate()))
    assert told.mean == pytest.approx(0.1, rel=1e-5)
    assert told.median == pytest.approx(0.1, rel=1e-5)
    assert told.percentile_95 == pytest.approx(0.1, rel=1e-5)
    assert deviation(plate(), ReferenceSurface(plate())).mean == pytest.approx(0, abs=1e-9)


def test_numbers_do_not_depend_on_how_finely_a_surface_is_cut() -> None:
    slanted = Mesh(np.array([[0, 0, 0], [1, 0, 1], [0, 1, 0]], np.float32), np.array([[0, 1, 2]], np.int32))
    # Nine more vertices, all where it is near.
    near = slanted.vertices[0] + np.linspace(0.01, 0.09, 9)[:, None] * np.array([0, 1, 0])
    corners = [[0, 1, 3], *([3 + k, 1, 4 + k] for k in range(8)), [11, 1, 2]]
    cut = Mesh(np.concatenate([slanted.vertices, near]).astype(np.float32), np.array(corners, np.int32))
    goal = ReferenceSurface(plate(half=5.0))
    assert deviation(cut, goal).mean == pytest.approx(deviation(slanted, goal).mean, rel=0.01)
    assert deviation(slanted, goal).mean == pytest.approx(1 / 3, rel=0.01)


def test_a_mesh_without_area_is_refused() -> None:
    flat = Mesh(np.zeros((3, 3), np.float32), np.array([[0, 1, 2]], np.int32))
    with pytest.raises(InputError, match="no area"):
        ReferenceSurface(flat)
