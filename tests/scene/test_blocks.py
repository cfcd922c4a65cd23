"""Blocks: surface, inside, volume, merges, sky, and what is refused."""

from dataclasses import replace

import numpy as np
import pytest
from block_samples import some_blocks

from recon.scene import Blocks, Similarity
from recon.scene import superquadrics as shapes
from recon.scene.block_surfaces import atlas, faces, mesh_of, sample, surfels_of, tiles_of, vertices
from recon.scene.transforms import transformed, turn


def one(scales, exponents, tapers=(0, 0)) -> Blocks:
    blocks = some_blocks(1, whole=False)
    values = {"scales": scales, "exponents": exponents, "tapers": tapers, "centers": (0, 0, 0)}
    values["quaternions"] = (1, 0, 0, 0)
    return replace(blocks, **{name: np.float32([value]) for name, value in values.items()})


def test_the_grid_lies_on_the_surface():
    blocks = some_blocks(20)
    points = vertices(blocks, 8).reshape(20, -1, 3)
    for index in range(20):
        np.testing.assert_allclose(blocks.norm(points[index])[index], 1, atol=1e-9)


def test_an_ellipsoid_a_cylinder_and_a_box_hold_what_they_should():
    inside = {"ellipsoid": (0.57, 0.57, 0.57), "cylinder": (0.7, 0.7, 0.95), "box": (0.95, 0.95, 0.95)}
    outside = {"ellipsoid": (0.59, 0.59, 0.59), "cylinder": (0.72, 0.72, 0.5), "box": (1.01, 0, 0)}
    exponents = {"ellipsoid": (1, 1), "cylinder": (0.05, 1), "box": (0.05, 0.05)}
    for name, pair in exponents.items():
        block = one((2, 3, 4), pair)
        assert block.inside(np.array([inside[name]]) * (2, 3, 4))[0], name
        assert not block.inside(np.array([outside[name]]) * (2, 3, 4))[0], name


def test_a_taper_of_minus_one_makes_a_box_a_roof():
    roof = one((1, 2, 0.5), (0.05, 0.05), (-1, 0))
    points = np.array([[0, 1.9, 0.45], [0.4, 0, 0], [0.6, 0, 0], [1.8, 1.9, -0.45], [0.3, 0, 0.4]])
    assert roof.inside(points).tolist() == [True, True, True, True, False]
    top = vertices(roof, 4)[0, 4, 1:-1, 1:-1]
    assert np.abs(top[..., 0]).max() < 1e-6


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_volume_is_that_of_the_closed_surface_and_of_the_points_inside(seed):
    blocks = some_blocks(1, seed=seed)
    fine = vertices(blocks, 48).reshape(-1, 3)
    corners = fine[faces(48)]
    by_surface = np.linalg.det(corners - blocks.centers[0]).sum() / 6
    assert by_surface == pytest.approx(blocks.volumes[0], rel=5e-3)
    low, high = blocks.bounds()
    points = np.random.default_rng(0).uniform(low, high, (100_000, 3))
    assert blocks.inside(points).mean() * (high - low).prod() == pytest.approx(blocks.volumes[0], rel=0.05)


def test_known_volumes():
    assert one((1, 2, 3), (1, 1)).volumes[0] == pytest.approx(4 / 3 * np.pi * 6)
    assert one((1, 2, 3), (0.05, 0.05)).volumes[0] == pytest.approx(48, rel=5e-3)
    assert one((1, 2, 3), (0.05, 0.05), (-1, 0)).volumes[0] == pytest.approx(48, rel=5e-3)
    assert one((1, 1, 1), (0.05, 0.05), (-1, -1)).volumes[0] == pytest.approx(32 / 3, rel=0.01)  # a pyramid


def test_the_mesh_is_made_of_closed_outward_surfaces():
    mesh = mesh_of(some_blocks(3), 6)
    per_block = len(mesh.faces) // 3
    for block in range(3):
        triangles = mesh.vertices[mesh.faces[block * per_block : (block + 1) * per_block]].astype(np.float64)
        assert np.linalg.det(triangles - triangles.mean((0, 1))).sum() > 0
        edges = np.stack([triangles, np.roll(triangles, -1, 1)], 2).reshape(-1, 2, 3).round(5)
        forward = {tuple(edge.ravel()) for edge in edges}
        assert all((*edge[3:], *edge[:3]) in forward for edge in forward)


def test_samples_lie_near_the_surface_and_are_even():
    blocks = one((1, 1, 1), (1, 1))
    points = sample(blocks, 20_000, np.random.default_rng(0))
    np.testing.assert_allclose(np.linalg.norm(points, axis=1), 1, atol=4e-3)
    np.testing.assert_allclose(points.mean(0), 0, atol=0.02)
    np.testing.assert_allclose((points**2).mean(0), 1 / 3, atol=0.01)


def test_an_atlas_gives_its_tiles_back():
    tiles = np.random.default_rng(0).integers(0, 256, (6, 5, 5, 3), np.uint8)
    np.testing.assert_array_equal(tiles_of(atlas(tiles)), tiles)
    with pytest.raises(ValueError, match="six tiles"):
        tiles_of(np.zeros((10, 10, 3), np.uint8))


def test_directions_find_the_texels_they_come_from():
    centers = shapes.cube_centers(5)
    face, flat = shapes.grid_of(centers * 3.7)
    wanted = (np.arange(5) + 0.5) / 5 * 2 - 1
    np.testing.assert_array_equal(face, np.broadcast_to(np.arange(6)[:, None, None], face.shape))
    np.testing.assert_allclose(flat[..., 0], np.broadcast_to(wanted[:, None], face.shape), atol=1e-12)
    np.testing.assert_allclose(flat[..., 1], np.broadcast_to(wanted, face.shape), atol=1e-12)


def test_the_sky_shows_its_texels_and_turns_with_the_world():
    blocks = some_blocks()
    centers = shapes.cube_centers(4)
    np.testing.assert_allclose(blocks.sky_toward(centers), blocks.sky / 255, atol=1e-6)
    similarity = turn("y", "-x")
    turned = transformed(blocks, similarity)
    np.testing.assert_allclose(turned.sky_toward(centers @ similarity.rotation.T), blocks.sky / 255, atol=1e-6)


def test_a_similarity_moves_the_surface_as_it_moves_points():
    similarity = Similarity(1.7, turn("x", "z").rotation @ turn("y", "-z").rotation, np.array([1.0, -2, 3]))
    blocks = some_blocks()
    moved = transformed(blocks, similarity)
    np.testing.assert_allclose(vertices(moved, 4), similarity.apply(vertices(blocks, 4)), atol=1e-5)
    np.testing.assert_allclose(
        vertices(moved.reduced_to(2), 4), similarity.apply(vertices(blocks.reduced_to(2), 4)), atol=1e-5
    )
    np.testing.assert_allclose(moved.ground.up, similarity.rotation @ blocks.ground.up, atol=1e-6)


def test_merges_reduce_the_number_step_by_step():
    blocks = some_blocks(5)
    for count in range(1, 6):
        assert len(blocks.reduced_to(count)) == count
    assert blocks.reduced_to(9) is blocks
    assert blocks.reduced_to(4).names == (*blocks.names[2:], blocks.merges.blocks.names[0])
    with pytest.raises(ValueError, match="at least 1"):
        blocks.reduced_to(0)


def test_surfels_point_outwards_and_cover_the_surface():
    blocks = some_blocks(2, whole=False)
    surfels = surfels_of(blocks)
    normals = np.cross(surfels.u, surfels.v).reshape(2, -1, 3)
    outward = surfels.means.reshape(2, -1, 3) - blocks.centers[:, None]
    assert ((normals * outward).sum(-1) > 0).all()
    assert len(surfels.means) == 2 * 6 * 6**2
    assert surfels.opacities.max() < 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("scales", 0.0),
        ("exponents", 3.0),
        ("tapers", -1.5),
        ("opacities", 2.0),
        ("centers", np.nan),
        ("quaternions", 2),
    ],
)
def test_values_out_of_range_are_refused_by_name(name, value):
    blocks = some_blocks()
    with pytest.raises(ValueError, match=name):
        replace(blocks, **{name: np.full_like(getattr(blocks, name), value)})


def test_shapes_that_disagree_are_refused():
    blocks = some_blocks()
    with pytest.raises(ValueError, match="name"):
        replace(blocks, names=("one",))
    with pytest.raises(ValueError, match="textures"):
        replace(blocks, textures=blocks.textures[:, :5])
    with pytest.raises(ValueError, match="merged at most"):
        replace(blocks.part(slice(0, 2)), merges=blocks.merges)
