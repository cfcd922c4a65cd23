"""The measures of a camera arrangement, and random points in what it sees."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from recon.errors import UnusableCapture
from recon.poses import random_points, scene_focus, scene_radius
from recon.scene import Camera, Capture, Points, View
from sample_scenes.scene import look_at


@dataclass(frozen=True)
class Painted:
    """A picture in memory; reading it at another size repeats or drops pixels."""

    pixels: np.ndarray

    def read(self, width, height):
        rows = np.arange(height) * self.pixels.shape[0] // height
        columns = np.arange(width) * self.pixels.shape[1] // width
        return self.pixels[rows][:, columns]


ACROSS, DOWN = np.meshgrid(np.arange(32) * 8, np.arange(24) * 10)
GRADIENT = np.stack([ACROSS, DOWN, np.full((24, 32), 77)], -1).astype(np.uint8)


def capture_of(poses, points=None, **parts) -> Capture:
    views = [
        View(f"{i:03d}.png", Camera(32, 24, 30, 30, 16, 12, pose), Painted(GRADIENT), **parts)
        for i, pose in enumerate(poses)
    ]
    return Capture("test", tuple(views), points)


def ring(count=8, radius=4.0, target=(1.0, 2.0, 3.0)):
    angles = np.arange(count) * 2 * np.pi / count
    eyes = np.stack([np.cos(angles), np.sin(angles), np.full(count, 0.5)], 1) * radius
    return [look_at(np.array(target) + eye, np.array(target)) for eye in eyes]


def shifted(*centers):
    return [look_at(np.array((x, y, z), float), np.array((x, y + 1, z), float)) for x, y, z in centers]


def test_the_focus_is_what_an_orbit_looks_at():
    np.testing.assert_allclose(scene_focus(capture_of(ring())), [1, 2, 3], atol=1e-3)
    assert scene_radius(capture_of(ring())) == pytest.approx(4.4)


def test_parallel_axes_have_their_focus_ahead():
    capture = capture_of(shifted((0, 0, 0), (1, 0, 0), (2, 0, 0)))
    focus = scene_focus(capture)
    np.testing.assert_allclose(focus, [1, 1.1, 0], atol=1e-3)
    assert scene_radius(capture) == pytest.approx(1.1)


def test_one_camera_looks_one_unit_ahead_or_to_its_points():
    capture = capture_of(shifted((5, 0, 0)))
    np.testing.assert_allclose(scene_focus(capture), [5, 1, 0], atol=1e-6)
    assert scene_radius(capture) == pytest.approx(1)
    positions = np.array([[5, 7, 0], [5, 8, 0], [5, 9, 0]], np.float32)
    with_points = replace(capture, points=Points(positions, positions * 0))
    np.testing.assert_allclose(scene_focus(with_points), [5, 8, 0], atol=1e-6)
    assert scene_radius(with_points) == pytest.approx(8)


def test_cameras_in_one_place_take_their_size_from_the_points():
    turned = [look_at(np.zeros(3), np.array([np.cos(a), np.sin(a), 0.1])) for a in np.linspace(0, 1, 5)]
    positions = np.array([[6, 1, 0], [7, 0, 0], [6, 3, 0]], np.float32)
    capture = capture_of(turned, Points(positions, positions * 0))
    assert scene_radius(capture) > 0
    assert np.isfinite(scene_focus(capture)).all()
    assert scene_radius(capture_of(turned)) > 0


def test_two_cameras_close_together_take_the_distance_of_what_they_look_at():
    eyes = [np.array([0.0, 0, 0]), np.array([0.4, 0, 0])]
    capture = capture_of([look_at(eye, np.array([0.2, 10, 0])) for eye in eyes])
    assert scene_radius(capture) == pytest.approx(10, rel=0.5)


def test_test_views_count_for_nothing():
    far = View("far.png", Camera(32, 24, 30, 30, 16, 12, shifted((900, 0, 0))[0]), Painted(GRADIENT), split="test")
    capture = capture_of(ring())
    more = replace(capture, views=(*capture.views, far))
    np.testing.assert_array_equal(scene_focus(more), scene_focus(capture))
    assert scene_radius(more) == scene_radius(capture)
    some = random_points(more, 100, np.random.default_rng(0))
    np.testing.assert_array_equal(some.positions, random_points(capture, 100, np.random.default_rng(0)).positions)


def test_without_training_views_it_is_a_sentence():
    view = replace(capture_of(ring(1)).views[0], split="test")
    for ask in (scene_focus, scene_radius):
        with pytest.raises(UnusableCapture, match="no training view"):
            ask(Capture("empty", (view,)))


def test_random_points_are_seen_by_three_views_and_wear_the_colour_of_a_pixel():
    capture = capture_of(ring())
    points = random_points(capture, 3000, np.random.default_rng(1))
    assert len(points) == 3000
    assert points.positions.dtype == points.colors.dtype == np.float32
    seen, fits = np.zeros(3000, int), np.zeros(3000, bool)
    for view in capture.views:
        pixels, depth = view.camera.project(points.positions)
        inside = (depth > 0) & (pixels >= -1e-3).all(1) & (pixels < [32.001, 24.001]).all(1)
        column, row = np.clip(pixels.astype(int), 0, [31, 23]).T
        seen += inside
        fits |= inside & (np.abs(GRADIENT[row, column] / 255 - points.colors).max(1) < 1e-6)
    assert seen.min() >= 3
    assert fits.mean() > 0.999


def test_random_points_spread_around_the_focus():
    points = random_points(capture_of(ring()), 3000, np.random.default_rng(1)).positions
    distance = np.linalg.norm(points - [1, 2, 3], axis=1)
    assert 0.3 < np.median(distance) < 4
    assert np.abs(points.mean(0) - [1, 2, 3]).max() < 0.5


def test_the_generator_decides():
    capture = capture_of(ring())
    one, same, other = (random_points(capture, 500, np.random.default_rng(seed)).positions for seed in (3, 3, 4))
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)


@pytest.mark.parametrize("count", [1, 2])
def test_few_cameras_ask_for_fewer_views(count):
    assert len(random_points(capture_of(ring(4)[:count]), 200, np.random.default_rng(0))) == 200


def test_cameras_that_look_apart_still_give_points():
    outward = [look_at(np.array([a, b, 0.0]), np.array([20.0 * a, 20 * b, 0])) for a, b in ((1, 0), (0, 1), (-1, 0))]
    assert len(random_points(capture_of(outward), 200, np.random.default_rng(0))) == 200


def test_alpha_carves_the_subject_out():
    alpha = np.zeros((24, 32), np.uint8)
    alpha[8:16, 12:20] = 255
    capture = capture_of(ring(12), alpha=Painted(alpha))
    points = random_points(capture, 300, np.random.default_rng(0))
    assert len(points) == 300
    # Four pixels of 30 either side of the axis, four units away, and a little for the depth.
    assert np.linalg.norm(points.positions - [1, 2, 3], axis=1).max() < 1.4


def test_a_mask_gives_no_points_where_it_is_black_but_carves_nothing():
    mask = np.zeros((24, 32), np.uint8)
    mask[:, :16] = 255
    points = random_points(capture_of(ring(), mask=Painted(mask)), 500, np.random.default_rng(0))
    assert points.colors[:, 0].max() < 16 * 8 / 255
    assert len(points) == 500


def test_a_capture_without_a_usable_pixel_is_a_sentence():
    black = Painted(np.zeros((24, 32), np.uint8))
    with pytest.raises(UnusableCapture, match="masks"):
        random_points(capture_of(ring(), mask=black), 100, np.random.default_rng(0))
