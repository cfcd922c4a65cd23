"""Ways to look at geometry, held against geometry worked out by hand and against rays in float64."""

from __future__ import annotations

import numpy as np
import pytest

from recon.render import modes
from recon.render.draw import Drawer, Drawing
from recon.render.modes import MODES, SIGMAS, to_screen
from recon.scene import Camera, Splats
from recon.scene.harmonics import SH_C0

RED, GREY = (0.9, 0.1, 0.1), (0.5, 0.5, 0.5)


def splats(means, scales, quaternions=None, opacities=None, colors=RED) -> Splats:
    means, scales = (np.atleast_2d(np.asarray(values, np.float32)) for values in (means, scales))
    count = len(means)
    quaternions = np.tile([1.0, 0, 0, 0], (count, 1)) if quaternions is None else np.asarray(quaternions)
    opacities = np.full(count, 0.99) if opacities is None else np.asarray(opacities)
    sh = np.zeros((count, 1, 3), np.float32)
    sh[:, 0] = (np.asarray(colors) - 0.5) / SH_C0
    rotations = quaternions / np.linalg.norm(quaternions, axis=1, keepdims=True)
    return Splats(means, rotations.astype(np.float32), scales, opacities.astype(np.float32), sh)


def camera(width: int = 64, height: int = 48, focal: float = 60.0) -> Camera:
    return Camera(width, height, focal, focal, width / 2, height / 2)


def random_splats(count: int, seed: int) -> Splats:
    random = np.random.default_rng(seed)
    means = random.uniform([-1, -1, 2], [1, 1, 5], (count, 3))
    scales = np.exp(random.normal(-2.3, 0.8, (count, 3)))
    return splats(
        means, scales, random.normal(size=(count, 4)), random.uniform(0.2, 1, count), random.random((count, 3))
    )


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("count", [0, 200])
def test_every_mode_draws_a_whole_picture(mode: str, count: int) -> None:
    drawing = MODES[mode](Drawer(random_splats(count, 0), "cpu"), camera(50, 31))
    assert drawing.color.shape == (31, 50, 3)
    for image in (drawing.color, drawing.alpha, drawing.depth):
        assert np.isfinite(image).all()
    assert (drawing.color <= drawing.alpha[..., None] + 1e-5).all()  # colours times alpha
    assert (drawing.color >= 0).all()
    assert (drawing.alpha.max(initial=0) > 0.1) == (count > 0)
    assert (drawing.depth[drawing.alpha == 0] == 0).all()


def nearest_by_rays(geometry: Splats, eye: Camera) -> np.ndarray:
    """(H, W) float64: depth of the nearest ellipsoid, infinite where there is none."""
    _, axes, _ = modes._solid(geometry)
    y, x = np.mgrid[: eye.height, : eye.width] + 0.5
    rays = np.stack([(x - eye.cx) / eye.fx, (y - eye.cy) / eye.fy, np.ones_like(x)], axis=2)
    depth = np.full((eye.height, eye.width), np.inf)
    for mean, columns in zip(geometry.means.astype(float), axes.astype(float), strict=True):
        to_unit = np.linalg.inv(columns)
        direction, start = rays @ to_unit.T, -to_unit @ mean
        a, b, c = (direction**2).sum(2), direction @ start, start @ start - 1
        with np.errstate(invalid="ignore"):
            hit = (-b - np.sqrt(b * b - a * c)) / a
        depth = np.fmin(depth, hit)
    return depth


@pytest.mark.parametrize("seed", range(4))
def test_ellipsoids_are_where_rays_meet_them(seed: int) -> None:
    geometry, eye = random_splats(60, seed), camera(97, 61, 70)
    drawing = MODES["ellipsoids"](Drawer(geometry, "cpu"), eye)
    wanted = nearest_by_rays(geometry, eye)
    hit = np.isfinite(wanted)
    assert (drawing.alpha.astype(bool) == hit).mean() > 0.999  # outlines may differ by rounding
    both = hit & (drawing.alpha > 0)
    wrong = np.abs(drawing.depth[both] - wanted[both]) > 1e-3
    assert wrong.mean() < 1e-3


def test_a_sphere_is_lit_from_over_the_left_shoulder() -> None:
    drawing = MODES["ellipsoids"](Drawer(splats([0, 0, 3], [0.3, 0.3, 0.3]), "cpu"), camera())
    assert drawing.depth[24, 32] == pytest.approx(3 - SIGMAS * 0.3, abs=1e-2)
    red = drawing.color[..., 0]
    assert red[19, 27] > red[24, 32] > red[28, 36] > 0
    assert drawing.color[19, 27, 1] == pytest.approx(red[19, 27] / 9, rel=1e-3)


def test_ellipsoids_leave_out_what_is_faint_or_around_the_camera() -> None:
    geometry = splats([[0, 0, 3], [0, 0, 0.1]], [[0.3] * 3, [0.5] * 3], opacities=[0.05, 0.9])
    assert not MODES["ellipsoids"](Drawer(geometry, "cpu"), camera()).alpha.any()


def test_dots_keep_their_size_and_hide_each_other() -> None:
    geometry = splats(
        [[0, 0, 9], [0, 0, 2], [0.5, 0, 5], [0, 0, -2]], np.full((4, 3), 0.1), colors=[GREY, RED, GREY, GREY]
    )
    drawing = MODES["centers"](Drawer(geometry, "cpu"), camera())
    assert drawing.depth[24, 32] == 2
    assert drawing.color[24, 32] == pytest.approx(RED, abs=1e-6)
    assert (drawing.depth == 2).sum() == (drawing.depth == 5).sum() == 4
    assert drawing.alpha.sum() == 8


def test_normals_face_the_camera_in_the_axes_of_the_picture() -> None:
    quarter = [np.cos(np.pi / 8), 0, np.sin(np.pi / 8), 0]  # 45 degrees about y: z turns to x
    for quaternion, wanted in (([1, 0, 0, 0], [0, 0, 1]), (quarter, [-(0.5**0.5), 0, 0.5**0.5])):
        geometry = splats([0, 0, 3], [0.5, 0.5, 0.01], [quaternion])
        drawing = MODES["normals"](Drawer(geometry, "cpu"), camera())
        got = drawing.color[24, 32] / drawing.alpha[24, 32] * 2 - 1
        assert got == pytest.approx(wanted, abs=1e-3)


def test_near_is_brighter_than_far() -> None:
    geometry = splats([[-0.7, 0, 2], [1, 0, 4]], np.full((2, 3), 0.3))
    drawing = MODES["depth"](Drawer(geometry, "cpu"), camera())
    near, far = (drawing.color[24, x].sum() / drawing.alpha[24, x] for x in (11, 47))
    assert near > far + 0.5


def test_a_screen_takes_eight_bits_upside_down() -> None:
    color = np.array([[[0, 0.5, 1]], [[1.5, -1, 0.25]]], np.float32)
    depth = np.array([[3], [4]], np.float32)
    rgba, screen_depth = np.empty((2, 1, 4), np.uint8), np.empty((2, 1), np.float32)
    to_screen(Drawing(color, np.array([[1], [0.2]], np.float32), depth), rgba, screen_depth)
    assert rgba[:, 0].tolist() == [[255, 0, 64, 51], [0, 128, 255, 255]]
    assert screen_depth[:, 0].tolist() == [4, 3]
