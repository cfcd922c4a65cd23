"""What is wrong with meshes, and that it is mended with a sentence."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from shapes import box, joined, mesh_of, sphere, torus, unwelded

from recon.errors import InputError
from recon.meshes import keep_components, part, repair, topology
from recon.meshes.topology import face_crosses


@pytest.mark.parametrize("make", [lambda mesh: mesh, unwelded], ids=["welded", "with seams"])
@pytest.mark.parametrize(("shape", "euler", "count"), [(box(), 2, 1), (torus(), 0, 1), (joined(box(), sphere()), 4, 2)])
def test_closed_shapes(make, shape, euler, count):
    found = topology(make(shape))
    assert (found.euler, found.components) == (euler, count)
    assert found.watertight
    assert (found.boundary_edges, found.boundary_loops, found.nonmanifold_edges) == (0, 0, 0)


def test_area_and_volume():
    found = topology(box(size=2))
    assert found.area == pytest.approx(24)
    assert found.volume == pytest.approx(8)


def test_a_hole_is_a_loop_and_not_watertight():
    found = topology(part(box(), np.arange(2, 12)))
    assert not found.watertight
    assert (found.boundary_edges, found.boundary_loops, found.volume) == (4, 1, None)


def test_nothing_is_said_of_what_is_sound():
    repaired = repair(torus())
    assert repaired.notices == ()
    np.testing.assert_array_equal(repaired.mesh.faces, torus().faces)


def test_inverted_and_mixed_faces_are_turned_outwards():
    generator = np.random.default_rng(0)
    mesh = joined(sphere(), box((3, 0, 0)))
    faces = mesh.faces.copy()
    some = generator.random(len(faces)) < 0.7
    faces[some] = faces[some][:, ::-1]
    repaired = repair(replace(mesh, faces=faces))
    assert topology(repaired.mesh).watertight
    assert topology(repaired.mesh).volume == pytest.approx(topology(mesh).volume)
    assert repaired.notices == (f"{int(some.sum()):,} faces were turned to look outwards.",)


def test_a_room_can_keep_the_side_it_was_seen_from():
    ball = sphere()
    room = replace(ball, faces=ball.faces[:, ::-1], normals=None)
    assert topology(repair(room).mesh).volume > 0
    kept = repair(room, turn=False)
    assert topology(kept.mesh).volume < 0
    assert not kept.notices


def test_an_open_surface_keeps_the_side_of_most_of_its_faces():
    x, y = np.meshgrid(np.arange(6.0), np.arange(6.0))
    vertices = np.stack([x, y, 0 * x], 2).reshape(-1, 3)
    grid = np.arange(36).reshape(6, 6)
    a, b, c, d = grid[:-1, :-1].ravel(), grid[:-1, 1:].ravel(), grid[1:, :-1].ravel(), grid[1:, 1:].ravel()
    faces = np.concatenate([np.stack([a, b, d], 1), np.stack([a, d, c], 1)])
    faces[:5] = faces[:5][:, ::-1]
    repaired = repair(mesh_of(vertices, faces))
    assert (face_crosses(repaired.mesh)[:, 2] > 0).all()
    assert repaired.notices == ("5 faces were turned to look outwards.",)


def test_a_landscape_keeps_its_side_whatever_it_encloses():
    x, y = np.meshgrid(np.linspace(-2, 2, 41), np.linspace(-2, 2, 41))
    bowl = np.stack([x, y, -np.exp(-3 * (x**2 + y**2))], 2).reshape(-1, 3)
    grid = np.arange(41 * 41).reshape(41, 41)
    a, b, c, d = grid[:-1, :-1].ravel(), grid[:-1, 1:].ravel(), grid[1:, :-1].ravel(), grid[1:, 1:].ravel()
    upwards = mesh_of(bowl, np.concatenate([np.stack([a, b, d], 1), np.stack([a, d, c], 1)]))
    for mesh in (upwards, replace(upwards, faces=upwards.faces[:, ::-1].copy())):
        np.testing.assert_array_equal(repair(mesh).mesh.faces, mesh.faces)


def test_a_ball_with_a_hole_still_has_an_outside():
    open_ball = replace(sphere(), faces=sphere().faces[:-5])
    repaired = repair(replace(open_ball, faces=open_ball.faces[:, ::-1].copy())).mesh
    assert ((face_crosses(repaired) * repaired.vertices[repaired.faces].mean(1)).sum(1) > 0).all()


def test_a_moebius_strip_is_left_as_it_is():
    steps = 12
    angle = np.arange(steps) * 2 * np.pi / steps
    width = np.array([-0.3, 0.3])[:, None]
    r = 1 + width * np.cos(angle / 2)
    vertices = np.stack([r * np.cos(angle), r * np.sin(angle), width * np.sin(angle / 2)], 2).reshape(-1, 3)
    low, high = np.arange(steps), np.arange(steps) + steps
    next_low, next_high = np.append(low[1:], high[0]), np.append(high[1:], low[0])
    faces = np.concatenate([np.stack([low, next_low, high], 1), np.stack([high, next_low, next_high], 1)])
    repaired = repair(mesh_of(vertices, faces))
    assert len(repaired.mesh) == len(faces)
    assert topology(repaired.mesh).nonmanifold_edges == 0


def test_degenerate_and_doubled_faces_are_left_out():
    mesh = box()
    faces = np.concatenate([mesh.faces, [[0, 0, 1], [3, 3, 3]], mesh.faces[:3, [1, 2, 0]]])
    repaired = repair(replace(mesh, faces=faces.astype(np.int32)))
    assert repaired.notices == (
        "2 faces were without area, and left out.",
        "3 faces were there twice, and left out once.",
    )
    assert topology(repaired.mesh).watertight


def test_a_third_face_at_an_edge_is_left_out():
    mesh = box()
    vertices = np.concatenate([mesh.vertices, [[0.0, 0.0, 0.7]]])
    repaired = repair(mesh_of(vertices, np.concatenate([mesh.faces, [[1, 3, 8]]])))
    assert topology(repaired.mesh).nonmanifold_edges == 0
    assert topology(repaired.mesh).watertight
    assert repaired.notices == ("1 face was a third or further one at an edge, and left out.",)


def test_surfaces_that_touch_in_a_vertex_are_parted():
    touching = joined(box(), box((1, 1, 1)))
    assert topology(touching).euler == 3
    repaired = repair(touching)
    assert topology(repaired.mesh).euler == 4
    assert topology(repaired.mesh).watertight
    assert repaired.notices == ("1 vertex was shared by surfaces that only touch, and doubled.",)
    assert np.abs(repaired.mesh.vertices).max() == pytest.approx(1.5)


def test_repair_keeps_the_texture():
    mesh = unwelded(box())
    faces = mesh.faces.copy()
    faces[0] = faces[0, ::-1]
    light = np.random.default_rng(0).random((len(mesh.vertices), 4, 3)).astype(np.float32)
    repaired = repair(replace(mesh, faces=faces, light=light)).mesh
    assert repaired.texture is mesh.texture
    np.testing.assert_array_equal(repaired.light[repaired.faces[0]], light[mesh.faces[0]])
    corner = repaired.uv[repaired.faces[0]]
    np.testing.assert_array_equal(corner, mesh.uv[mesh.faces[0]])


@pytest.mark.parametrize("faces", [[], [[0, 0, 0]], [[0, 1, 2]]])
def test_nothing_to_repair_is_refused(faces):
    with pytest.raises(InputError, match="no faces that span an area"):
        repair(mesh_of([[0, 0, 0], [1, 0, 0], [2, 0, 0]], faces))


def test_random_soups_come_out_manifold():
    generator = np.random.default_rng(1)
    for count in (1, 5, 30, 200):
        vertices = generator.normal(size=(12, 3)).round(1)
        repaired = repair(mesh_of(vertices, generator.integers(0, 12, (count, 3)))).mesh if count > 1 else box()
        found = topology(repaired)
        assert found.nonmanifold_edges == 0
        assert found.faces == len(repaired) > 0


def test_small_components_are_left_out():
    mesh = joined(box(size=0.1), sphere(), box((3, 0, 0), 0.5))
    assert topology(keep_components(mesh, count=2)).components == 2
    assert len(keep_components(mesh, smallest=0.2)) == len(sphere())
    assert keep_components(mesh, smallest=0.0).faces.shape == mesh.faces.shape
    with pytest.raises(InputError, match="no faces"):
        keep_components(mesh_of([[0, 0, 0]], []))
