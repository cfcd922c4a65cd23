"""The ray caster against theory, against itself, and against VTK."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import beta

from recon.scene import Camera
from sample_scenes import desk, draw, make_scene
from sample_scenes.mesh import tessellate, truth_mesh
from sample_scenes.render import cast, intersect, normals, render, superquadric_norm, surface_color
from sample_scenes.scene import Block, Texture, look_at, yaw

EXPONENTS = [(0.1, 0.1), (0.12, 1.0), (1.0, 1.0), (0.5, 0.5), (1.6, 1.2)]
PLAIN = Texture("marble", ((1, 0, 0), (0, 1, 0), (0, 0, 1)), 0.1)


def block(exponents) -> Block:
    return Block("one", (0.3, 0.2, 0.4), exponents, (0.9, 0.1, -0.3, 0.2), (0.1, -0.2, 0.3), PLAIN)


def rays(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    origins = generator.normal(size=(count, 3))
    origins *= 2 / np.linalg.norm(origins, axis=1, keepdims=True)
    targets = generator.normal((0.1, -0.2, 0.3), 0.3, (count, 3))
    return origins, targets - origins


@settings(max_examples=30, deadline=None)
@given(st.floats(0.1, 1.9), st.floats(0.1, 1.9), st.integers(0, 1000))
def test_the_gradient_of_the_norm_is_its_slope(e1, e2, seed):
    generator = np.random.default_rng(seed)
    points = generator.uniform(0.1, 1, (20, 3)) * generator.choice([-1, 1], (20, 3))
    step = generator.normal(size=(20, 3)) * 1e-6
    _, gradient = superquadric_norm(points, (e1, e2))
    rise = superquadric_norm(points + step, (e1, e2))[0] - superquadric_norm(points - step, (e1, e2))[0]
    np.testing.assert_allclose((gradient * step).sum(1), rise / 2, atol=1e-9)


@pytest.mark.parametrize("exponents", EXPONENTS)
def test_a_hit_is_on_the_surface_and_nothing_lies_before_it(exponents):
    one = block(exponents)
    origins, directions = rays(2000, 0)
    distance = intersect(one, origins, directions)
    hit = np.isfinite(distance)
    assert 0.2 < hit.mean() < 0.95
    along = np.linspace(0, 1, 400)[None, :, None]
    limit = np.where(hit, distance, 3)[:, None, None]
    samples = origins[:, None] + along * limit * directions[:, None]
    norm = superquadric_norm((one.to_local(samples.reshape(-1, 3)) / one.scale), exponents)[0].reshape(2000, 400)
    np.testing.assert_allclose(norm[hit, -1], 1, atol=1e-9)
    assert (norm[:, :-1] > 1 - 1e-9).all()


def test_rays_along_an_axis_and_through_the_centre_are_no_special_case():
    one = Block("one", (0.3, 0.2, 0.4), (0.1, 0.1), yaw(0), (0.0, 0.0, 0.0), PLAIN)
    origins = np.array([[0, 0, 2.0], [2.0, 0, 0], [0, 0, 2.0]])
    directions = np.array([[0, 0, -1.0], [-1.0, 0, 0], [0, 0, 1.0]])
    np.testing.assert_allclose(intersect(one, origins, directions), [1.6, 1.7, np.inf])


@pytest.mark.parametrize("exponents", EXPONENTS)
def test_normals_are_unit_and_point_outwards(exponents):
    vertices, _ = tessellate(block(exponents), 6)
    outward = normals(block(exponents), vertices)
    np.testing.assert_allclose(np.linalg.norm(outward, axis=1), 1)
    assert ((vertices - block(exponents).translation) * outward).sum(1).min() > 0


@pytest.mark.parametrize("exponents", EXPONENTS)
def test_the_mesh_is_closed_lies_on_the_surface_and_fills_the_volume(exponents):
    import trimesh

    one = block(exponents)
    vertices, faces = tessellate(one, 40)
    norm, _ = superquadric_norm(one.to_local(vertices) / one.scale, exponents)
    np.testing.assert_allclose(norm, 1, atol=1e-9)
    mesh = trimesh.Trimesh(vertices, faces, process=False)
    assert mesh.is_watertight
    # Jaklic, Leonardis, Solina 2000, equation 2.60.
    e1, e2 = exponents
    volume = 2 * math.prod(one.scale) * e1 * e2 * beta(e1 / 2 + 1, e1) * beta(e2 / 2, e2 / 2)
    assert mesh.volume == pytest.approx(volume, rel=0.006)


def vtk_depth(vertices: np.ndarray, faces: np.ndarray, camera: Camera) -> np.ndarray:
    """Depth at pixel centres by VTK's cell locator; infinite where nothing is hit."""
    import pyvista as pv
    import vtk

    locator = vtk.vtkStaticCellLocator()
    locator.SetDataSet(pv.PolyData.from_regular_faces(vertices, faces))
    locator.BuildLocator()
    length, point, pcoords, part, cell = vtk.reference(0.0), [0.0] * 3, [0.0] * 3, vtk.reference(0), vtk.reference(0)
    depth = np.full((camera.height, camera.width), np.inf)
    for row, column in np.ndindex(depth.shape):
        local = [(column + 0.5 - camera.cx) / camera.fx, (row + 0.5 - camera.cy) / camera.fy, 1]
        direction = camera.world_from_camera[:3, :3] @ local
        end = camera.center + 4 * direction
        if locator.IntersectWithLine(camera.center, end, 1e-9, length, point, pcoords, part, cell):
            depth[row, column] = 4 * length.get()
    return depth


def test_vtk_sees_the_same_depth_and_labels():
    scene = make_scene(5, views=2, width=48, height=36)
    for camera, picture in zip(scene.cameras, draw(scene, 1), strict=True):
        depth = np.array([vtk_depth(*tessellate(one, 80), camera) for one in scene.blocks])
        labels = np.where(np.isinf(depth).all(0), 0, depth.argmin(0) + 1)
        same = labels == picture.labels
        assert same.mean() > 0.99
        # A silhouette grazes: there a mesh inscribed in the surface may be missed by far.
        error = np.abs(depth.min(0) - picture.depth)[same & (labels > 0)]
        assert np.median(error) < 2e-4
        assert np.quantile(error, 0.99) < 2e-3


def test_a_point_seen_in_one_view_is_where_another_view_sees_it():
    scene = make_scene(2, views=12, width=128, height=96)
    first, second = scene.cameras[0], scene.cameras[1]
    one, other = render(scene, first, 1), render(scene, second, 1)
    y, x = np.nonzero(one.depth)
    local = np.stack([(x + 0.5 - first.cx) / first.fx, (y + 0.5 - first.cy) / first.fy, np.ones(len(x))], 1)
    points = (local * one.depth[y, x, None]) @ first.world_from_camera[:3, :3].T + first.center
    pixels, depth = second.project(points)
    column, row = np.floor(pixels).astype(int).T
    inside = (column >= 0) & (column < 128) & (row >= 0) & (row < 96)
    difference = depth[inside] - other.depth[row[inside], column[inside]]
    assert np.median(np.abs(difference)) < 0.01
    # What is hidden in the second view lies behind what it sees, hardly ever before.
    assert (difference < -0.03).mean() < 0.02


def test_color_belongs_to_the_surface_point():
    scene = make_scene(3)
    points, _ = tessellate(scene.blocks[1], 8)
    together = surface_color(scene, scene.blocks[1], points)
    alone = surface_color(scene, scene.blocks[1], points[5:6])
    np.testing.assert_allclose(together[5:6], alone)
    assert together.std(axis=0).max() > 0.03


def test_lower_supersampling_changes_neither_depth_nor_labels():
    scene = make_scene(1, views=1)
    fine, coarse = render(scene, scene.cameras[0], 2), render(scene, scene.cameras[0], 1)
    np.testing.assert_array_equal(fine.depth, coarse.depth)
    np.testing.assert_array_equal(fine.labels, coarse.labels)
    assert not np.array_equal(fine.image, coarse.image)


def test_a_camera_that_sees_nothing_gets_the_background():
    camera = Camera(8, 6, 8, 8, 4, 3, look_at(np.array([0, 0, 5.0]), np.array([1.0, 0, 9.0])))
    picture = render(make_scene(0), camera, 1)
    assert not picture.depth.any()
    assert not picture.labels.any()
    assert picture.image.min() > 0


def test_blocks_stand_apart_and_on_the_ground():
    for seed in range(20):
        scene = make_scene(seed, objects=1 + seed % 6)
        for index, one in enumerate(scene.blocks[1:]):
            vertices, _ = tessellate(one, 8)
            assert vertices[:, 2].min() == pytest.approx(0, abs=1e-9)
            for other in scene.blocks[1:][index + 1 :]:
                norm, _ = superquadric_norm(other.to_local(vertices) / other.scale, other.exponents)
                assert norm.min() > 1


def test_nothing_of_the_desk_interpenetrates():
    scene = desk()
    for one in scene.blocks:
        for other in scene.blocks:
            shrunk = replace(one, scale=tuple(0.995 * value for value in one.scale))
            vertices, _ = tessellate(shrunk, 16)
            norm, _ = superquadric_norm(other.to_local(vertices) / other.scale, other.exponents)
            assert one is other or norm.min() > 1, (one.name, other.name)


def test_every_object_of_the_desk_is_seen_by_most_views():
    scene = desk()
    seen = np.zeros(len(scene.blocks) + 1)
    for camera in scene.cameras:
        small = camera.resized(48, 36)
        y, x = np.mgrid[:36, :48] + 0.5
        local = np.stack([(x - small.cx) / small.fx, (y - small.cy) / small.fy, np.ones_like(x)], -1).reshape(-1, 3)
        directions = local @ small.world_from_camera[:3, :3].T
        labels = cast(scene, np.broadcast_to(small.center, directions.shape), directions)[1]
        seen += np.bincount(labels, minlength=len(seen)) > 5
    assert seen.min() >= 20


def test_the_truth_mesh_is_one_watertight_piece_per_block():
    scene = make_scene(4, objects=2)
    mesh = truth_mesh(scene, 6)
    assert mesh.is_watertight
    assert len(mesh.split()) == 3
