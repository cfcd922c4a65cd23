"""Unwrapping and painting, on shapes whose colours are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from photographed import Picture, ball, photographs

from recon.evaluate import describe_mesh, psnr
from recon.meshes import topology
from recon.methods.surfacing.options import MeshOptions
from recon.methods.surfacing.painting import bake, feather, fill, painted, see
from recon.methods.surfacing.texturing import texture_mesh
from recon.methods.surfacing.unwrap import texels_of, unwrap
from recon.render.draw_mesh import MeshDrawer
from recon.scene import Camera, Mesh, View


@pytest.fixture(scope="module")
def flat():
    return unwrap(ball(), 128)


def test_unwrapping_changes_no_face_and_overlaps_nothing(flat):
    assert len(flat) == len(ball())
    assert topology(flat) == topology(ball())
    assert 0 <= flat.uv.min() <= flat.uv.max() <= 1
    texels = texels_of(flat, 128)
    np.testing.assert_allclose(np.linalg.norm(texels.positions, axis=1), 1, atol=0.06)
    np.testing.assert_allclose((texels.normals * texels.positions).sum(1), 1, atol=0.06)
    # Charts that overlapped would have fewer texels than their area says.
    corners = flat.uv[flat.faces].astype(float) * 128
    edge1, edge2 = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    area = np.abs(edge1[:, 0] * edge2[:, 1] - edge1[:, 1] * edge2[:, 0]).sum() / 2
    assert len(texels.places) == pytest.approx(area, rel=0.02)


def test_a_painted_ball_looks_like_its_photographs(flat):
    views = photographs(ball(), 14)
    *_, (_, fraction, mesh) = texture_mesh(flat, views[1:], MeshOptions(texture=128, refinement=1))
    assert fraction == 1.0
    described = describe_mesh(mesh, views[:1], "cpu")
    assert described["psnr_covered"] > 30
    assert described["topology"]["watertight"]
    drawing = MeshDrawer(mesh, "cpu").draw(views[0].camera)
    photo = views[0].image.array / 255
    assert psnr(drawing.color, photo, drawing.alpha > 0.99) == pytest.approx(described["psnr_covered"], abs=0.01)


def test_what_is_hidden_is_not_painted():
    """A red plate before a larger green one: no red on the green."""

    def plate(half, z, color):
        vertices = np.array([[-half, -half, z], [half, -half, z], [half, half, z], [-half, half, z]], np.float32)
        return vertices, np.tile(np.array(color, np.float32), (4, 1))

    (front, red), (back, green) = plate(0.5, 2, (1, 0, 0)), plate(2, 3, (0, 1, 0))
    faces = np.array([[0, 2, 1], [0, 3, 2], [4, 6, 5], [4, 7, 6]], np.int32)
    mesh = Mesh(np.concatenate([front, back]), faces, colors=np.concatenate([red, green]))
    views = []
    for number, x in enumerate((-1.2, 0.0, 1.2)):
        pose = np.eye(4)
        pose[0, 3] = x
        camera = Camera(80, 80, 60.0, 60.0, 40.0, 40.0, pose)
        picture = np.round(255 * MeshDrawer(mesh, "cpu").draw(camera).color).astype(np.uint8)
        views.append(View(str(number), camera, Picture(picture)))
    flat = unwrap(mesh, 96)
    texels = texels_of(flat, 96)
    texture, known = bake(texels, [see(flat, view) for view in views])
    on_back = (texels.positions[:, 2] > 2.5) & known
    colors = texture.reshape(-1, 3)[texels.places]
    assert on_back.sum() > 500
    assert colors[on_back, 0].max() < 0.02
    assert colors[~(texels.positions[:, 2] > 2.5) & known, 0].min() > 0.98


def test_photographs_fade_in_from_outlines():
    seen = see(unwrap(ball(), 64), photographs(ball(), 2)[0])
    weight = feather(seen)
    assert weight[seen.depth == 0].max() == 0
    assert weight[36, 36] == 1
    rising = weight[36][seen.depth[36] > 0][:12]
    assert rising[0] == 0
    assert (np.diff(rising) >= 0).all()
    assert np.diff(rising).max() < 0.25


def test_masks_and_alpha_keep_what_is_beside_the_subject_away():
    view = photographs(ball(), 2)[0]
    nothing = Picture(np.zeros((72, 72), np.uint8))
    assert not see(unwrap(ball(), 64), replace(view, mask=nothing)).counts.any()
    assert not see(unwrap(ball(), 64), replace(view, alpha=nothing)).counts.any()


def test_gutters_and_the_unseen_take_colours_from_around_them():
    texture, known = np.zeros((64, 64, 3), np.float32), np.zeros((64, 64), bool)
    known[20:30, 20:30] = True
    texture[known] = (0.2, 0.4, 0.6)
    filled = fill(texture, known)
    np.testing.assert_allclose(filled, np.broadcast_to([0.2, 0.4, 0.6], filled.shape), atol=1e-4)
    assert not fill(np.zeros((8, 8, 3), np.float32), np.zeros((8, 8), bool)).any()


def test_a_texture_is_eight_bits():
    mesh = painted(unwrap(ball(), 64), np.full((64, 64, 3), 0.5, np.float32))
    assert mesh.texture.dtype == np.uint8
    assert (mesh.texture == 128).all()
