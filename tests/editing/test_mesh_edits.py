"""Edits of meshes: what each operation does, what happens to textures, and how a list of them is kept and exported."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recon.editing import (
    MESH_OPERATIONS,
    Placement,
    edited_geometry,
    edits_path,
    load_mesh_edits,
    save_edits,
    to_json,
)
from recon.editing.meshes import CropMesh, FillHoles, MoveMesh, RemoveSmall, SimplifyMesh, SmoothMesh, apply_to_mesh
from recon.errors import InputError, UnreadableFile
from recon.io import read_geometry, write_geometry
from recon.meshes import boundary_loops, topology, with_normals, with_vertex_colors
from recon.scene import Mesh

SAMPLES = (
    CropMesh(Placement((0.1, 0.2, 0.3), (0.8, 0.6, 0.0, 0.0), 2.0), (1.0, 2.0, 3.0)),
    SimplifyMesh(500),
    SmoothMesh(3),
    FillHoles(40),
    RemoveSmall(0.25),
    MoveMesh(Placement((0.1, 0.2, 0.3), (0.8, 0.6, 0.0, 0.0), 2.0)),
)


def textured_sheet(cells: int = 16) -> Mesh:
    """A square of side 2, red on the left and blue on the right, with a square hole and a crumb beside it."""
    side = np.linspace(-1, 1, cells + 1)
    x, y = (each.ravel() for each in np.meshgrid(side, side))
    corner = (np.arange(cells)[:, None] * (cells + 1) + np.arange(cells)).reshape(-1)
    corner = np.delete(corner, cells * (cells // 2) + cells // 2)
    a, b, c, d = corner, corner + 1, corner + cells + 2, corner + cells + 1
    faces = np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1), [[len(x), len(x) + 1, len(x) + 2]]])
    vertices = np.concatenate([np.stack([x, y, 0.1 * np.sin(3 * x)], 1), [[2, 0, 0], [2.1, 0, 0], [2, 0.1, 0]]])
    uv = np.concatenate([np.stack([x, y], 1) / 2 + 0.5, np.full((3, 2), 0.9)])
    texture = np.zeros((32, 32, 3), np.uint8)
    texture[:, :16, 0] = texture[:, 16:, 2] = 250
    return Mesh(vertices.astype(np.float32), faces.astype(np.int32), uv=uv.astype(np.float32), texture=texture)


def test_a_moved_mesh_is_the_same_elsewhere() -> None:
    mesh = with_normals(textured_sheet())
    placement = Placement((1.0, 2.0, 3.0), (np.sqrt(0.5), 0.0, 0.0, np.sqrt(0.5)), 2.0)
    moved = MoveMesh(placement).apply(mesh)
    np.testing.assert_allclose(moved.vertices, placement.similarity.apply(mesh.vertices), atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(moved.normals, axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(moved.normals[:, 1], mesh.normals[:, 0], atol=1e-6)  # x was turned onto y
    assert moved.texture is mesh.texture
    assert np.array_equal(moved.faces, mesh.faces)


def test_cropping_keeps_the_box_and_the_texture() -> None:
    mesh = textured_sheet()
    turned = Placement((0.5, 0.0, 0.0), (np.cos(np.pi / 8), 0.0, 0.0, np.sin(np.pi / 8)), 0.5)
    left = CropMesh(turned, (1.0, 1.0, 1.0)).apply(mesh)
    local = turned.similarity.inverse.apply(left.vertices)
    assert 0 < len(left) < len(mesh)
    assert np.abs(local).max() <= 0.5
    assert left.texture is mesh.texture
    np.testing.assert_allclose(left.uv, left.vertices[:, :2] / 2 + 0.5, atol=1e-6)


def test_a_box_beside_the_mesh_is_refused() -> None:
    with pytest.raises(InputError, match="nothing would be left"):
        CropMesh(Placement((9.0, 0.0, 0.0))).apply(textured_sheet())


def test_simplifying_takes_colours_from_the_texture() -> None:
    left = SimplifyMesh(200).apply(textured_sheet())
    assert len(left) <= 200
    assert left.texture is None
    clearly = np.abs(left.vertices[:, 0]) > 0.2
    red = left.colors[:, 0] > left.colors[:, 2]
    np.testing.assert_array_equal(red[clearly], left.vertices[clearly, 0] < 0)


def test_simplifying_to_more_faces_than_there_are_changes_nothing() -> None:
    mesh = textured_sheet()
    assert SimplifyMesh(10_000).apply(mesh) is mesh


def test_colours_of_vertices_are_those_of_the_texture_between_its_texels() -> None:
    ramp = np.tile(np.arange(0, 256, 8, dtype=np.uint8)[None, :, None], (4, 1, 3))
    mesh = replace(textured_sheet(), texture=ramp)
    u = mesh.uv[:, 0]
    expected = np.clip(u * 32 - 0.5, 0, 31) * 8 / 255
    np.testing.assert_allclose(with_vertex_colors(mesh).colors, np.repeat(expected[:, None], 3, 1), atol=1e-5)
    assert with_vertex_colors(replace(mesh, texture=None, uv=None)).colors is None


def test_smoothing_keeps_the_texture_and_the_border() -> None:
    mesh = textured_sheet()
    left = SmoothMesh(4).apply(mesh)
    assert left.texture is mesh.texture
    np.testing.assert_array_equal(left.uv, mesh.uv)
    moved = np.linalg.norm(left.vertices - mesh.vertices, axis=1)
    assert moved.max() > 1e-4
    assert moved[np.concatenate(boundary_loops(mesh))].max() == 0


def test_small_holes_are_filled_and_the_outer_border_stays() -> None:
    mesh = textured_sheet()
    left = FillHoles(10).apply(RemoveSmall(0.5).apply(mesh))
    assert topology(left).components == 1
    assert topology(left).boundary_loops == 1
    assert left.texture is mesh.texture


@pytest.mark.parametrize("wrong", [lambda: SimplifyMesh(3), lambda: SmoothMesh(0), lambda: RemoveSmall(2.0)])
def test_numbers_out_of_range_are_refused(wrong) -> None:
    with pytest.raises(ValueError, match="was wanted"):
        wrong()


def test_every_operation_is_saved_and_read_back(tmp_path: Path) -> None:
    assert {type(sample).__name__ for sample in SAMPLES} == set(MESH_OPERATIONS)
    save_edits(tmp_path / "edits.json", SAMPLES)
    assert load_mesh_edits(tmp_path / "edits.json") == SAMPLES


@given(st.lists(st.sampled_from(SAMPLES[1:]), max_size=4))
def test_any_list_leaves_the_result_alone(operations) -> None:
    mesh = textured_sheet(8)
    before = [mesh.vertices.copy(), mesh.faces.copy()]
    left = apply_to_mesh(mesh, operations)
    np.testing.assert_array_equal(mesh.vertices, before[0])
    np.testing.assert_array_equal(mesh.faces, before[1])
    assert np.isfinite(left.vertices).all()
    assert (left.texture is None) != (left.colors is None)


def test_edits_are_kept_beside_the_file_and_applied_to_what_leaves_it(tmp_path: Path) -> None:
    path = tmp_path / "sheet.glb"
    write_geometry(path, textured_sheet())
    made = read_geometry(path)
    written = path.read_bytes()
    assert edited_geometry(made, path, with_hidden=True) is made
    save_edits(edits_path(path), (RemoveSmall(0.5), FillHoles(10)))
    left = edited_geometry(made, path, with_hidden=True)
    assert topology(left).components == 1
    assert topology(left).boundary_loops == 1
    assert path.read_bytes() == written


def test_edits_of_something_else_are_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "edits.json").write_text('{"schema": 1, "operations": [{"operation": "Delete"}]}')
    with pytest.raises(UnreadableFile, match="cannot be understood as edits"):
        load_mesh_edits(tmp_path / "edits.json")
    assert to_json(SAMPLES)["operations"][1] == {"operation": "SimplifyMesh", "faces": 500}
