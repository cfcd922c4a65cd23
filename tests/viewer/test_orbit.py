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


@given(orbits, coordinates, st.floats(-1, 1), st.floats(-0.3, 0.3))
def test_turning_keeps_the_center_in_its_place(orbit: Orbit, center, right: float, down: float) -> None:
    orbit = orbit.centered(center)
    eye = orbit.world_from_camera[:3, 3]
    turned = orbit.turned(right, down)
    local = [np.linalg.inv(each.world_from_camera) @ [*center, 1] for each in (orbit, turned)]
    assert np.allclose(*local, atol=1e-6)
    assert np.linalg.norm(turned.eye - center) == pytest.approx(np.linalg.norm(eye - center), abs=1e-6)


@given(orbits, coordinates, st.floats(0.3, 3))
def test_approaching_goes_along_the_line_to_the_center(orbit: Orbit, center, factor: float) -> None:
    nearer = orbit.centered(center).approached(factor)
    assert np.allclose(nearer.eye - center, factor * (orbit.eye - center), atol=1e-6)


@given(orbits, st.floats(-1, 1), st.floats(-1, 1))
def test_looking_around_leaves_the_eye_where_it_is(orbit: Orbit, right: float, down: float) -> None:
    looked = orbit.looked(right, down)
    assert np.allclose(looked.eye, orbit.eye, atol=1e-6)
    assert looked.center == orbit.center


@given(orbits, coordinates)
def test_flying_moves_along_the_eye_s_own_axes(orbit: Orbit, move) -> None:
    pose, flown = orbit.world_from_camera, orbit.flown(*move).world_from_camera
    assert np.allclose(pose[:3, :3].T @ (flown[:3, 3] - pose[:3, 3]), move, atol=1e-6)
    assert np.allclose(flown[:3, :3], pose[:3, :3])


@pytest.mark.parametrize(
    ("side", "toward"),
    [
        ("front", (0, 1, 0)),
        ("back", (0, -1, 0)),
        ("right", (-1, 0, 0)),
        ("left", (1, 0, 0)),
        ("top", (0, 0, -1)),
        ("bottom", (0, 0, 1)),
    ],
)
def test_sides_are_those_of_a_drawing_board(side, toward) -> None:
    assert np.allclose(Orbit(roll=0.4).facing(side).world_from_camera[:3, 2], toward, atol=1e-9)


@given(orbits, st.tuples(lengths, lengths, lengths))
def test_framing_sees_all_of_a_box_and_little_else(orbit: Orbit, size) -> None:
    bounds = np.array([np.zeros(3), size]) + 3
    corners = np.array([[x, y, z] for x in bounds[:, 0] for y in bounds[:, 1] for z in bounds[:, 2]])
    for width, height in ((400, 300), (300, 400)):
        pixels, depth = orbit.framing(bounds).camera(width, height).project(corners)
        assert (depth > 0).all()
        assert (pixels >= 0).all()
        assert (pixels <= [width, height]).all()
        assert np.ptp(pixels, axis=0).max() > 100


@given(orbits, st.floats(-0.4, 0.4), st.floats(-0.4, 0.4), st.floats(-1, 1))
def test_a_parallel_view_keeps_sizes_at_the_pivot_and_elsewhere(orbit: Orbit, right: float, down: float, depth) -> None:
    from dataclasses import replace

    x, y, z = orbit.world_from_camera[:3, :3].T
    framed = 2 * orbit.distance * math.tan(orbit.field_of_view / 2)
    point = np.array(orbit.pivot) + framed * (right * x + down * y) + depth * framed * z
    parallel = replace(orbit, parallel=True)
    off = project(parallel, point) - [200 + 300 * right, 150 + 300 * down]
    assert np.abs(off).max() < 0.5 * max(1, math.tan(orbit.field_of_view / 2) * 2)
    assert np.allclose(parallel.eye, orbit.eye)


@given(orbits, st.floats(1, 8), st.floats(-0.5, 0.5), st.floats(-0.5, 0.5))
def test_enlarging_keeps_the_place_under_the_pointer(orbit: Orbit, factor: float, right: float, down: float) -> None:
    larger = orbit.magnified(factor, right, down)
    x, y, z = orbit.world_from_camera[:3, :3].T
    slope = 2 * math.tan(orbit.field_of_view / 2)
    under = orbit.eye + orbit.distance * (z + slope * (right * x + down * y))
    assert np.allclose(project(larger, under), [200 + 300 * right, 150 + 300 * down], atol=1e-6)
    assert np.array_equal(larger.world_from_camera, orbit.world_from_camera)
    assert larger.magnified(0, 0, 0) == orbit
