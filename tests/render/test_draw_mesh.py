"""Meshes drawn as photographs can be compared with them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from meshes import bumpy_sphere

from recon.render import draw_mesh
from recon.render.draw import WHITE
from recon.render.draw_mesh import PLAIN, SAMPLES, MeshDrawer, drawer_of
from recon.scene import Camera, Distortion, Mesh
from recon.scene.harmonics import basis

CAMERA = Camera(width=40, height=30, fx=40, fy=40, cx=20, cy=15)
CORNERS = np.array([[-1, -0.75, 4], [1, -0.75, 4], [1, 0.75, 4], [-1, 0.75, 4]], np.float32)
FACES = np.array([[0, 1, 2], [0, 2, 3]], np.int32)


def board(**looks) -> Mesh:
    """A board from pixel (10, 7.5) to (30, 22.5)."""
    return Mesh(CORNERS, FACES, **looks)


def textured(texture: np.ndarray, left=0.0, right=1.0) -> Mesh:
    uv = np.array([[left, 1], [right, 1], [right, 0], [left, 0]], np.float32)  # y points down, v up
    return board(uv=uv, texture=texture)


def test_a_board_covers_its_pixels_and_half_of_those_at_its_edge() -> None:
    drawing = MeshDrawer(board(colors=np.tile(np.float32([0.2, 0.4, 0.6]), (4, 1))), "cpu").draw(CAMERA, depth=True)
    assert drawing.color.shape == (30, 40, 3)
    assert drawing.color.dtype == drawing.alpha.dtype == drawing.depth.dtype == np.float32
    wanted = np.zeros((30, 40))
    wanted[8:22, 10:30] = 1
    wanted[[7, 22], 10:30] = 0.5
    np.testing.assert_allclose(drawing.alpha, wanted)
    np.testing.assert_allclose(drawing.color, wanted[..., None] * [0.2, 0.4, 0.6], atol=1e-6)
    np.testing.assert_allclose(drawing.depth, 4 * (wanted > 0), rtol=1e-6)


def test_light_is_added_for_where_the_eye_is() -> None:
    random = np.random.default_rng(0)
    light = random.uniform(-0.3, 0.3, (4, 4, 3)).astype(np.float32)
    plain = textured(np.full((4, 4, 3), 128, np.uint8))
    for x in (-3.0, 0.0, 3.0):
        pose = np.eye(4)
        pose[0, 3] = x
        camera = replace(CAMERA, width=400, cx=200, world_from_camera=pose)
        directions = (CORNERS - pose[:3, 3]) / np.linalg.norm(CORNERS - pose[:3, 3], axis=1, keepdims=True)
        shown = 128 / 255 + np.einsum("vk,vkc->vc", basis(directions)[:, :4], light)
        wanted = MeshDrawer(board(colors=shown.astype(np.float32)), "cpu").draw(camera)
        drawing = MeshDrawer(replace(plain, light=light), "cpu").draw(camera)
        np.testing.assert_allclose(drawing.color, wanted.color, atol=1e-5)
    bright = MeshDrawer(replace(plain, light=light + 9), "cpu").draw(CAMERA)
    assert bright.color.max() == 1


def test_a_one_sided_mesh_hides_nothing_from_behind() -> None:
    near, far = CORNERS, CORNERS * np.float32([2, 2, 2])
    grey, red = np.full((4, 3), 0.5, np.float32), np.tile(np.float32([1, 0, 0]), (4, 1))
    toward = FACES[:, ::-1]  # FACES themselves run clockwise as the camera sees them
    faces, colors = np.concatenate([FACES, toward + 4]), np.concatenate([grey, red])
    mesh = Mesh(np.concatenate([near, far]), faces, colors=colors, one_sided=True)
    both = MeshDrawer(replace(mesh, one_sided=False), "cpu").draw(CAMERA)
    one = MeshDrawer(mesh, "cpu").draw(CAMERA, depth=True)
    assert both.color[15, 20].tolist() == [0.5, 0.5, 0.5]
    assert one.color[15, 20].tolist() == [1, 0, 0]
    assert one.depth[15, 20] == pytest.approx(8)
    assert MeshDrawer(replace(mesh, faces=FACES), "cpu").draw(CAMERA).alpha.max() == 0


def test_background_shows_where_nothing_is() -> None:
    drawing = MeshDrawer(board(), "cpu").draw(CAMERA, background=WHITE)
    assert drawing.depth is None
    assert drawing.color[0, 0].tolist() == [1, 1, 1]
    np.testing.assert_allclose(drawing.color[7, 20], (1 + PLAIN) / 2, rtol=1e-6)
    np.testing.assert_allclose(drawing.color[15, 20], PLAIN, rtol=1e-6)


def test_colours_of_vertices_blend_in_perspective() -> None:
    slanted = np.array([[-1, -1, 2], [1, -1, 8], [1, 1, 8], [-1, 1, 2]], np.float32)
    red = np.float32([0, 1, 1, 0])
    mesh = Mesh(slanted, FACES, colors=np.stack([red, 0 * red, 1 - red], 1))
    drawing = MeshDrawer(mesh, "cpu").draw(CAMERA, depth=True)
    inside = drawing.alpha == 1
    assert inside.sum() > 50
    # Red grows evenly along the surface, as its depth does from 2 to 8; the mean over a pixel is near its middle.
    np.testing.assert_allclose(drawing.color[..., 0][inside], (drawing.depth[inside] - 2) / 6, atol=1e-5)
    np.testing.assert_allclose(drawing.color[inside].sum(1), 1, atol=1e-5)


def test_a_texture_lies_upright_and_texels_have_their_places() -> None:
    texture = np.zeros((2, 2, 3), np.uint8)
    texture[0, 0], texture[0, 1], texture[1, 0] = (255, 0, 0), (0, 255, 0), (0, 0, 255)  # top row first
    shown = MeshDrawer(textured(texture), "cpu").draw(CAMERA).color
    assert shown[9, 11].tolist() == [1, 0, 0]
    assert shown[9, 28].tolist() == [0, 1, 0]
    assert shown[20, 11].tolist() == [0, 0, 1]
    np.testing.assert_allclose(shown[9, 20, :2], [0.5, 0.5], atol=0.06)  # half-way between two texels


def test_a_texture_repeats_and_may_be_clear() -> None:
    texture = np.zeros((1, 2, 4), np.uint8)
    texture[0, 0], texture[0, 1] = (255, 255, 255, 255), (255, 255, 255, 0)
    drawing = MeshDrawer(textured(texture, 0.0, 2.0), "cpu").draw(CAMERA)
    alpha = drawing.alpha[15]
    assert (alpha[11], alpha[18], alpha[21], alpha[28]) == (1, 0, 1, 0)
    np.testing.assert_allclose(drawing.color[15, :, 0], alpha, atol=1e-6)


def test_samples_lie_in_different_rows_and_columns_around_the_centre() -> None:
    assert np.allclose(np.sum(SAMPLES, axis=0), 0)
    for axis in zip(*SAMPLES, strict=True):
        assert sorted(axis) == [-0.375, -0.125, 0.125, 0.375]


def test_pixels_come_closer_to_their_mean_than_their_middles_do(monkeypatch: pytest.MonkeyPatch) -> None:
    vertices, faces = (part.numpy() for part in bumpy_sphere(48, 40))
    drawer = MeshDrawer(Mesh(vertices, faces, colors=np.clip(0.5 + 0.5 * vertices, 0, 1)), "cpu")
    pose = np.eye(4)
    pose[2, 3] = -2.6
    camera = Camera(60, 40, 55, 55, 30, 20, pose)
    mean = drawer.draw(camera.resized(480, 320)).color.reshape(40, 8, 60, 8, 3).mean((1, 3))
    ours = np.abs(drawer.draw(camera).color - mean).mean()
    monkeypatch.setattr(draw_mesh, "SAMPLES", ((0.0, 0.0),))
    assert ours < 0.4 * np.abs(drawer.draw(camera).color - mean).mean()


def test_a_drawer_for_every_geometry() -> None:
    assert isinstance(drawer_of(board(), "cpu"), MeshDrawer)
    assert not drawer_of(board(), "cpu").colored
    bent = replace(CAMERA, distortion=Distortion("opencv", (0.1,)))
    with pytest.raises(ValueError, match="undistorted"):
        MeshDrawer(board(), "cpu").draw(bent)
