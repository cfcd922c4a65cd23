"""Paths to begin with."""

import math

import numpy as np
import pytest

from recon.scene import Camera, Capture, View
from recon.scene.camera_path import Keyframe
from recon.scene.path_presets import PRESETS, make_path
from recon.scene.paths import facing

UP = np.array([0.0, 0.6, 0.8])
ACROSS = np.array([1.0, 0.0, 0.0])
FOCUS = np.array([3.0, -2.0, 5.0])
SIZE = Camera(60, 40, 50, 50, 30, 20)


def start(away=5 * ACROSS + 2 * UP):
    camera = facing(SIZE, FOCUS + away, FOCUS, UP)
    return Keyframe(0, camera.world_from_camera, 0.8, float(np.linalg.norm(away)))


def ring(count=20, first=4.0, second=2.0):
    ahead = np.cross(UP, ACROSS)
    centers = [
        FOCUS + first * math.cos(angle) * ACROSS + second * math.sin(angle) * ahead + UP
        for angle in 2 * np.pi * np.arange(count) / count
    ]
    views = [View(f"{i:03}.jpg", facing(SIZE, center, FOCUS, UP), None) for i, center in enumerate(centers)]
    return Capture("ring", tuple(views))


def along(path, count=97):
    return [path.at(time) for time in np.linspace(0, path.duration, count, endpoint=not path.loop)]


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_every_preset_looks_at_the_subject_from_outside(preset):
    path = make_path(preset.name, start(), UP, ring(), 6)
    assert path.duration == 6
    for here in along(path):
        camera = Camera(60, 40, 50, 50, 30, 20, here.world_from_camera)
        pixels, depth = camera.project(FOCUS[None])
        assert depth[0] > 1
        assert np.abs(pixels[0] - [30, 20]).max() < 4
        assert here.world_from_camera[:3, 1] @ UP < 0


def test_a_turntable_keeps_its_distance_and_begins_here():
    path = make_path("turntable", start(), UP, None, 6)
    np.testing.assert_allclose(path.at(0).world_from_camera, start().world_from_camera, atol=1e-9)
    distances = [np.linalg.norm(here.position - FOCUS) for here in along(path)]
    np.testing.assert_allclose(distances, math.hypot(5, 2), rtol=2e-3)
    np.testing.assert_allclose([(here.position - FOCUS) @ UP for here in along(path)], 2, atol=1e-9)
    assert path.at(3).field_of_view == pytest.approx(0.8)


def test_an_ellipse_is_as_flat_as_the_ring_of_cameras():
    path = make_path("ellipse", start(), UP, ring(), 6)
    away = np.stack([here.position for here in along(path)]) - FOCUS
    assert np.abs(away @ ACROSS).max() == pytest.approx(5, rel=0.01)
    assert np.abs(away @ np.cross(UP, ACROSS)).max() == pytest.approx(2.5, rel=0.02)


def test_a_spiral_rises_twice_around():
    path = make_path("spiral", start(), UP, None, 6)
    away = np.stack([here.position for here in along(path)]) - FOCUS
    assert (np.diff(away @ UP) > 0).all()
    angles = np.unwrap(np.arctan2(away @ np.cross(UP, ACROSS), away @ ACROSS))
    assert abs(angles[-1] - angles[0]) == pytest.approx(4 * np.pi, rel=0.01)


def test_a_flight_passes_through_photographs_by_name():
    capture = ring(50)
    path = make_path("flight", start(), UP, capture, 6)
    assert len(path.keyframes) == 24
    assert (path.keyframes[0].name, path.keyframes[-1].name) == ("000.jpg", "049.jpg")
    np.testing.assert_allclose(path.at(6).position, capture.views[-1].camera.center, atol=1e-9)


def test_straight_from_above_has_a_way_around_too():
    for name in ("turntable", "ellipse", "spiral"):
        above = facing(SIZE, FOCUS + 4 * UP, FOCUS, UP)
        path = make_path(name, Keyframe(0, above.world_from_camera, 0.8, 4), UP, None, 6)
        assert all(np.isfinite(here.world_from_camera).all() for here in along(path))


def test_presets_that_follow_a_capture_need_one():
    for preset in PRESETS:
        if preset.needs_capture:
            with pytest.raises(ValueError, match="follows the cameras of a capture"):
                make_path(preset.name, start(), UP, None, 6)
