"""Camera paths around captures of every habit."""

import numpy as np
import pytest

from recon.scene import Camera, Capture, Points, View
from recon.scene.paths import focus_point, orbit, up_direction

FOCUS = np.array([3.0, -2.0, 5.0])
UP = np.array([0.0, 0.6, 0.8])
ACROSS = np.array([1.0, 0.0, 0.0])
AHEAD = np.cross(UP, ACROSS)


def looking(center, target, up=UP):
    forward = (target - center) / np.linalg.norm(target - center)
    right = np.cross(forward, up)
    right /= np.linalg.norm(right)
    world_from_camera = np.eye(4)
    world_from_camera[:3, :3] = np.stack([right, np.cross(forward, right), forward], axis=1)
    world_from_camera[:3, 3] = center
    return Camera(60, 40, 50, 50, 31, 19, world_from_camera)


def capture(cameras, points=None):
    return Capture("test", tuple(View(f"{i:03}", camera, None) for i, camera in enumerate(cameras)), points)


def around(angles, radius=4.0, height=1.5, sides=(ACROSS, AHEAD)):
    angles = np.asarray(angles)[:, None]
    return FOCUS + radius * (np.cos(angles) * sides[0] + np.sin(angles) * sides[1]) + height * UP


def ring(count=20, jitter=0.0, **shape):
    random = np.random.default_rng(0)
    centers = around(np.linspace(0, 2 * np.pi, count, endpoint=False), **shape)
    return [looking(center, FOCUS + jitter * random.normal(size=3)) for center in centers]


def parts(path):
    centers = np.stack([camera.center for camera in path])
    away = centers - FOCUS
    heights = away @ UP
    return centers, np.linalg.norm(away - heights[:, None] * UP, axis=1), heights


def assert_smooth_and_closed(path):
    centers = np.stack([camera.center for camera in path])
    steps = np.linalg.norm(np.roll(centers, -1, axis=0) - centers, axis=1)
    assert steps.max() < 3 * np.median(steps) + 1e-9
    axes = np.stack([camera.world_from_camera[:3, 2] for camera in path])
    turns = np.degrees(np.arccos(np.clip((axes * np.roll(axes, -1, axis=0)).sum(1), -1, 1)))
    assert turns.max() < 2 * 360 / len(path)


def test_a_ring_is_followed_once_around():
    path = orbit(capture(ring()), 72)
    _, radii, heights = parts(path)
    assert len(path) == 72
    np.testing.assert_allclose(radii, 4, rtol=0.05)
    np.testing.assert_allclose(heights, 1.5, rtol=0.05)
    for camera in path:
        pixels, depth = camera.project(FOCUS[None])
        np.testing.assert_allclose(pixels[0], [30, 20], atol=1e-6)
        assert depth[0] > 0
        assert camera.world_from_camera[:3, 1] @ UP < 0
        assert abs(camera.world_from_camera[:3, 0] @ UP) < 1e-6
        assert (camera.width, camera.height, camera.fx) == (60, 40, 50)
    assert_smooth_and_closed(path)


def test_an_oval_ring_stays_oval():
    angles = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    centers = FOCUS + 6 * np.cos(angles)[:, None] * ACROSS + 3 * np.sin(angles)[:, None] * AHEAD + UP
    _, radii, _ = parts(orbit(capture([looking(center, FOCUS) for center in centers]), 100))
    assert 2.5 < radii.min() < 3.8
    assert 5.2 < radii.max() < 6.5


def test_one_side_is_not_left():
    cameras = [
        looking(center, FOCUS) for height in (-0.5, 1.0) for center in around(np.linspace(-0.5, 0.5, 9), height=height)
    ]
    path = orbit(capture(cameras), 60)
    centers, _, heights = parts(path)
    azimuths = np.arctan2((centers - FOCUS) @ AHEAD, (centers - FOCUS) @ ACROSS)
    assert np.abs(azimuths).max() < 0.5
    assert np.ptp(azimuths) > 0.6
    assert -0.5 < heights.min() < heights.max() < 1.0
    assert_smooth_and_closed(path)


def test_parallel_cameras_swing_about_what_lies_before_them():
    grid = [np.array([x, y, 0.0]) for x in (-1, -0.5, 0, 0.5, 1) for y in (-0.5, 0, 0.5)]
    cameras = [Camera(60, 40, 50, 50, 30, 20, np.block([[np.eye(3), c[:, None]], [np.zeros((1, 3)), 1]])) for c in grid]
    positions = np.array([[0, 0, 8], [1, 1, 10], [-1, 0, 12]], np.float32)
    scene = capture(cameras, Points(positions, np.zeros_like(positions)))
    np.testing.assert_allclose(focus_point(cameras, scene.points), [0, 0, 10], atol=1e-6)
    centers = np.stack([camera.center for camera in orbit(scene, 48)])
    assert np.abs(centers[:, 0]).max() < 1.05
    assert np.ptp(centers[:, 0]) > 1
    assert np.abs(centers[:, 1]).max() < 0.6
    assert np.abs(centers[:, 2]).max() < 0.2


def test_cameras_that_look_outwards_are_followed_looking_outwards():
    cameras = [looking(center, center + (center - FOCUS)) for center in around(np.linspace(0, 6, 24), 1.0, 0.0)]
    for camera in orbit(capture(cameras), 36):
        outward = (camera.center - FOCUS) / np.linalg.norm(camera.center - FOCUS)
        assert camera.world_from_camera[:3, 2] @ outward > 0.99


def test_a_drone_that_looks_straight_down_knows_up():
    random = np.random.default_rng(1)
    centers = FOCUS + 10 * UP + random.uniform(-3, 3, (30, 2)) @ np.stack([ACROSS, AHEAD])
    turned = [np.cos(a) * ACROSS + np.sin(a) * AHEAD for a in random.uniform(0, 6, 30)]
    cameras = [looking(center, center - UP, side) for center, side in zip(centers, turned, strict=True)]
    assert up_direction(cameras) @ UP > 0.95


@pytest.mark.parametrize("pitch", [-0.4, 0.0, 0.7])
def test_a_tilted_row_keeps_its_horizon(pitch):
    forward = np.cos(pitch) * AHEAD - np.sin(pitch) * UP
    cameras = [looking(FOCUS + x * ACROSS, FOCUS + x * ACROSS + forward) for x in np.linspace(-1, 1, 7)]
    up = up_direction(cameras)
    assert abs(up @ ACROSS) < 1e-3
    assert up @ UP > np.cos(abs(pitch) + 0.05)


def test_one_camera_still_moves():
    path = orbit(capture([looking(FOCUS + 4 * ACROSS, FOCUS)]), 12)
    assert np.ptp(np.stack([camera.center for camera in path]), axis=0).max() > 0.01
    assert all(np.isfinite(camera.world_from_camera).all() for camera in path)


def test_wandering_photographers_are_smoothed():
    random = np.random.default_rng(2)
    cameras = [
        looking(
            around([angle], 4 + 0.4 * random.normal(), 1 + 0.3 * random.normal())[0],
            FOCUS + 0.3 * random.normal(size=3),
        )
        for angle in random.uniform(0, 2 * np.pi, 60)
    ]
    path = orbit(capture(cameras), 90)
    assert_smooth_and_closed(path)
    _, radii, heights = parts(path)
    assert 3 < radii.min() < radii.max() < 5
    assert 0.3 < heights.min() < heights.max() < 1.7


def test_nothing_to_go_around_is_refused():
    with pytest.raises(ValueError, match="at least one view"):
        orbit(capture([]), 10)
    with pytest.raises(ValueError, match="at least one view"):
        orbit(capture(ring()), 0)


def test_a_real_capture_is_circled_on_its_captured_side(data):
    from recon.io import load_capture

    fox = load_capture(data("fox_quarter"))
    centers = np.stack([view.camera.center for view in fox.views])
    path = np.stack([camera.center for camera in orbit(fox, 60)])
    low, high = centers.min(0), centers.max(0)
    margin = 0.1 * (high - low).max()
    assert (path > low - margin).all()
    assert (path < high + margin).all()
    assert np.ptp(path, axis=0).max() > 0.3 * (high - low).max()
