"""Looking around: the turntable's maths."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recon.scene import Camera
from viewer.model import Orbit

angles = st.floats(-3.1, 3.1)
lengths = st.floats(0.1, 10)
coordinates = st.tuples(*[st.floats(-5, 5)] * 3)
ups = st.sampled_from([(0.0, 0.0, 1.0), (0.0, -1.0, 0.0), (0.6, 0.0, 0.8)])
orbits = st.builds(
    Orbit,
    pivot=coordinates,
    distance=lengths,
    azimuth=angles,
    elevation=st.floats(-1.5, 1.5),
    roll=angles,
    field_of_view=st.floats(0.2, 2.0),
    up=ups,
)


def project(orbit: Orbit, point, width: int = 400, height: int = 300) -> np.ndarray:
    return orbit.camera(width, height).project(np.array([point]))[0][0]


@given(orbits)
def test_the_pivot_is_in_the_middle_at_its_distance(orbit: Orbit) -> None:
    pixels, depth = orbit.camera(400, 300).project(np.array([orbit.pivot]))
    assert np.allclose(pixels, [200, 150], atol=1e-6)
    assert depth[0] == pytest.approx(orbit.distance)


@given(orbits)
def test_up_points_up_without_roll(orbit: Orbit) -> None:
    level = Orbit(orbit.pivot, orbit.distance, orbit.azimuth, orbit.elevation, up=orbit.up)
    x, y = project(level, np.array(level.pivot) + 0.01 * np.array(level.up))
    assert x == pytest.approx(200, abs=1e-6)
    assert y < 150


@given(orbits)
def test_standing_at_a_camera_reproduces_its_pose(orbit: Orbit) -> None:
    camera = orbit.camera(400, 300)
    again = Orbit.of_camera(camera, orbit.distance, orbit.up)
    assert np.allclose(again.world_from_camera, camera.world_from_camera, atol=1e-6)
    assert again.distance == orbit.distance


@pytest.mark.parametrize("sign", [-1, 1])
def test_a_camera_that_looks_straight_down_or_up_can_be_stood_at(sign: int) -> None:
    turn = 0.7
    right = np.array([math.cos(turn), math.sin(turn), 0])
    forward = np.array([0, 0, sign])
    pose = np.eye(4)
    pose[:3, :3] = np.stack([right, np.cross(forward, right), forward], axis=1)
    orbit = Orbit.of_camera(Camera(40, 30, 30, 30, 20, 15, pose), 2.0, (0, 0, 1))
    assert np.allclose(orbit.world_from_camera, pose, atol=1e-6)
    assert abs(orbit.roll) < 1e-6


@pytest.mark.parametrize(("width", "height"), [(800, 300), (300, 800), (400, 300)])
def test_a_photograph_is_wholly_in_view_and_touches_an_edge(width: int, height: int) -> None:
    photo = Camera(120, 90, 100, 102, 58, 47)
    eye = Orbit.of_camera(photo, 3.0, (0, -1, 0)).camera(width, height)
    corners = np.array([[0, 0], [120, 0], [120, 90], [0, 90]])
    rays = np.column_stack([(corners - [photo.cx, photo.cy]) / [photo.fx, photo.fy], np.ones(4)])
    pixels, _ = eye.project(rays)
    assert pixels.min() > -1e-6
    assert (pixels < [width + 1e-6, height + 1e-6]).all()
    margins = np.concatenate([pixels.min(0), [width, height] - pixels.max(0)])
    assert margins.min() < 1e-6


@given(orbits)
def test_dragging_moves_what_is_in_front_with_the_hand(orbit: Orbit) -> None:
    pixels = 20
    moved = orbit.panned(pixels / 300, 0)
    assert np.allclose(project(moved, orbit.pivot), [200 + pixels, 150], atol=1e-6)
    front = np.array(orbit.pivot) - 0.01 * orbit.distance * orbit.world_from_camera[:3, 2]
    if abs(orbit.elevation) < 1.2:
        assert project(orbit.turned(0.02, 0), front) @ [1, 0] > 200
        assert project(orbit.turned(0, 0.02), front) @ [0, 1] > 150


def test_turning_stops_before_the_poles() -> None:
    orbit = Orbit(elevation=1.0).turned(0, 5)
    assert math.radians(89) < orbit.elevation < math.pi / 2
    assert np.isfinite(orbit.world_from_camera).all()


def test_approaching_never_passes_the_pivot() -> None:
    orbit = Orbit()
    for _ in range(200):
        orbit = orbit.approached(0.5)
    assert orbit.distance > 0
