"""Normals that are smooth where a mesh is smooth, and parted where it is sharp."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from shapes import box, joined, mesh_of, sphere, unwelded

from recon.meshes import creased, part, with_normals


def test_a_ball_stays_whole() -> None:
    ball = sphere(48, 24)
    found = creased(ball)
    assert len(found.mesh.vertices) == len(ball.vertices)
    np.testing.assert_allclose(found.mesh.normals, ball.vertices[found.source], atol=0.03)


def test_the_sides_of_a_box_are_parted() -> None:
    found = creased(box())
    assert len(found.mesh.vertices) == 24
    corners = found.mesh.vertices[found.mesh.faces]
    flat = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    flat /= np.linalg.norm(flat, axis=1, keepdims=True)
    np.testing.assert_allclose(found.mesh.normals[found.mesh.faces], np.repeat(flat[:, None], 3, 1), atol=1e-6)


def test_seams_of_textures_are_smooth() -> None:
    whole = sphere(24, 12)
    found = creased(unwelded(whole))
    assert found.mesh.texture is not None
    np.testing.assert_allclose(found.mesh.normals, with_normals(unwelded(whole)).normals[found.source], atol=1e-5)


def test_normals_that_are_there_are_kept() -> None:
    mesh = with_normals(box())
    assert creased(mesh).mesh is mesh


def test_a_mesh_without_faces_is_left_alone() -> None:
    empty = part(box(), np.zeros(12, bool))
    assert creased(empty).mesh is empty


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=30, deadline=None)
def test_faces_stay_where_they_were_with_all_that_belongs_to_them(seed: int) -> None:
    random = np.random.default_rng(seed)
    soup = mesh_of(random.normal(size=(9, 3)), random.integers(0, 9, (14, 3)))
    mesh = replace(joined(box(), soup), colors=random.random((17, 3)).astype(np.float32))
    found = creased(mesh)
    np.testing.assert_array_equal(found.mesh.vertices[found.mesh.faces], mesh.vertices[mesh.faces])
    np.testing.assert_array_equal(found.mesh.colors[found.mesh.faces], mesh.colors[mesh.faces])
    np.testing.assert_array_equal(found.source[found.mesh.faces], mesh.faces)
    assert np.isfinite(found.mesh.normals).all()
