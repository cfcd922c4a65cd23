"""What is inside a shape, on shapes whose volume is known."""

from dataclasses import replace

import numpy as np
import pytest

from recon.errors import InputError
from recon.meshes import part
from recon.scene import Mesh, Points, Splats
from recon.shapes import solid_of

FEW = 60_000  # grid points


def box(low=(0, 0, 0), high=(1, 1, 1)):
    corners = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)])
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    faces = [face for a, b, c, d in quads for face in ((a, b, c), (a, c, d))]
    low, high = np.array(low), np.array(high)
    return Mesh((low + corners * (high - low)).astype(np.float32), np.array(faces, np.int32))


def together(*meshes):
    counts = np.cumsum([0] + [len(mesh.vertices) for mesh in meshes])
    faces = [mesh.faces + start for mesh, start in zip(meshes, counts, strict=False)]
    return Mesh(np.concatenate([mesh.vertices for mesh in meshes]), np.concatenate(faces).astype(np.int32))


def inside_out(mesh):
    return replace(mesh, faces=np.ascontiguousarray(mesh.faces[:, ::-1]))


def on_sphere(count, radius=1.0, seed=0):
    directions = np.random.default_rng(seed).normal(size=(count, 3))
    return radius * directions / np.linalg.norm(directions, axis=1, keepdims=True)


@pytest.mark.parametrize(
    ("mesh", "volume"),
    [
        (box(), 1.0),
        (inside_out(box()), 1.0),
        (together(box(), box((0.5, 0, 0), (1.5, 1, 1))), 1.5),
        (together(box(), inside_out(box((0.25, 0.25, 0.25), (0.75, 0.75, 0.75)))), 1 - 0.125),
        (together(box(), box((3, 0, 0), (4, 1, 1))), 2.0),
    ],
    ids=["box", "inside out", "overlapping", "cavity", "apart"],
)
def test_the_volume_is_that_of_what_surfaces_wind_around(mesh, volume):
    assert solid_of(mesh, FEW).volume == pytest.approx(volume, rel=0.03)


def test_distances_are_those_from_the_surface():
    solid = solid_of(box((-1, -1, -1), (1, 1, 1)), FEW)
    points = np.abs(solid.grid.points())
    true = np.where((points < 1).all(1), points.max(1) - 1, np.linalg.norm(np.maximum(points - 1, 0), axis=1))
    assert solid.distances.ravel() == pytest.approx(true, abs=solid.grid.spacing)
    near = np.abs(true) < 2 * solid.grid.spacing
    assert np.abs(solid.distances.ravel() - true)[near].mean() < 0.05 * solid.grid.spacing


def test_surfaces_inside_others_do_not_count_as_surface():
    solid = solid_of(together(box(), box((0.3, 0.3, 0.3), (0.7, 0.7, 0.7))), FEW)
    middle = solid.grid.cells(np.full((1, 3), 0.31))
    assert solid.distances[middle] < -0.2


def test_a_small_hole_is_closed_and_told():
    mesh = box()
    holed = part(mesh, np.arange(len(mesh)) > 0)
    solid = solid_of(holed, FEW)
    assert solid.volume == pytest.approx(1, rel=0.05)
    assert any("closed by caps" in notice for notice in solid.notices)


def test_faces_that_are_there_twice_are_mended():
    mesh = box()
    doubled = replace(mesh, faces=np.concatenate([mesh.faces, mesh.faces[:, ::-1]]))
    solid = solid_of(doubled, FEW)
    assert solid.volume == pytest.approx(1, rel=0.05)
    assert any("twice" in notice for notice in solid.notices)


def test_an_open_sheet_is_refused_in_a_sentence():
    sheet = Mesh(np.float32([[0, 0, 0], [1, 0, 0], [1, 1, 0.1], [0, 1, 0]]), np.int32([[0, 1, 2], [0, 2, 3]]))
    with pytest.raises(InputError, match="closed shape"):
        solid_of(sheet, FEW)


@pytest.mark.parametrize("kind", ["points", "splats"])
def test_points_and_splats_on_a_sphere_hold_a_ball(kind):
    positions = on_sphere(4000).astype(np.float32)
    if kind == "points":
        shape = Points(positions, np.full_like(positions, 0.5))
    else:
        quaternions = np.tile(np.float32([1, 0, 0, 0]), (len(positions), 1))
        scales, opacities = np.full_like(positions, 0.03), np.ones(len(positions), np.float32)
        shape = Splats(positions, quaternions, scales, opacities, np.zeros((len(positions), 1, 3), np.float32))
    solid = solid_of(shape, FEW)
    assert solid.volume == pytest.approx(4 / 3 * np.pi, rel=0.08)
    assert solid.notices


def test_points_that_span_no_volume_are_refused():
    flat = np.float32([[0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0]])
    with pytest.raises(InputError, match="span no volume"):
        solid_of(Points(flat, np.zeros_like(flat)))


def test_points_around_a_wide_gap_are_refused():
    bowl = on_sphere(8000)
    bowl = bowl[bowl[:, 2] < 0].astype(np.float32)
    with pytest.raises(InputError, match="open"):
        solid_of(Points(bowl, np.zeros_like(bowl)), FEW)
