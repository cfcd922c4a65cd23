"""Triangles against ray casters, both paths against each other, gradients against finite differences."""

from __future__ import annotations

from dataclasses import replace

import numba
import numpy as np
import pytest
import torch
from meshes import bumpy_sphere, cast, looking, rays

from recon.render import Cameras, triangles_torch
from recon.render.triangles import Fragments, _draw_torch, interpolate, rasterize_triangles


def assert_equal(first: Fragments, second: Fragments) -> None:
    for name in ("faces", "barycentrics", "depth"):
        np.testing.assert_array_equal(getattr(first, name).numpy(), getattr(second, name).numpy(), err_msg=name)


def square(width: int, height: int) -> Cameras:
    """Pixel (x, y)'s ray goes through the world point (x + 0.5, y + 0.5, 1)."""
    return Cameras(torch.eye(4)[None], torch.tensor([[1.0, 1.0, 0.0, 0.0]]), width, height)


@pytest.mark.parametrize("layers", [1, 4])
def test_the_same_pixels_as_a_ray_caster(layers):
    vertices, faces = bumpy_sphere(24, 20)
    fragments = rasterize_triangles(vertices, faces, looking(), layers=layers)
    found, weights, depth = cast(vertices, faces, looking(), layers)
    np.testing.assert_array_equal(fragments.faces.numpy(), found)
    np.testing.assert_allclose(fragments.barycentrics.numpy(), weights, atol=1e-6)
    np.testing.assert_allclose(fragments.depth.numpy(), depth, rtol=1e-6)
    assert 0.2 < (found[..., 0] >= 0).mean() < 0.9


def test_the_same_pixels_as_embree():
    pytest.importorskip("embreex")
    from trimesh import Trimesh
    from trimesh.ray.ray_pyembree import RayMeshIntersector

    vertices, faces = bumpy_sphere(160, 120)
    cameras = looking(257, 193)
    fragments = rasterize_triangles(vertices, faces, cameras)
    transform = cameras.camera_from_world[0].double().numpy()
    directions = rays(cameras) @ transform[:3, :3]
    origins = np.broadcast_to(-transform[:3, :3].T @ transform[:3, 3], directions.shape)
    mesh = Trimesh(vertices.numpy(), faces.numpy(), process=False)
    theirs = RayMeshIntersector(mesh).intersects_first(origins, directions).reshape(fragments.faces.shape)
    differ = fragments.faces.numpy() != theirs
    # Embree works in float32: it may see another face only where the ray passes an edge by less than its rounding.
    assert differ.sum() <= 3
    nearest_edge = fragments.barycentrics.numpy().min(-1)
    assert (nearest_edge[differ] < 1e-3).all()
    assert (theirs >= 0).mean() > 0.2


def test_surfaces_that_pass_the_camera_are_seen_as_far_as_the_near_plane():
    vertices = torch.tensor([[-9.0, 0.5, -9.0], [9.0, 0.5, -9.0], [9.0, 0.6, 9.0], [-9.0, 0.6, 9.0], [0, -3, 0.3]])
    faces = torch.tensor([[0, 1, 2], [0, 2, 3], [0, 4, 2], [1, 3, 4]], dtype=torch.int32)
    cameras = Cameras(torch.eye(4)[None], torch.tensor([[9.0, 9.0, 15.3, 11.4]]), 31, 23)
    fragments = rasterize_triangles(vertices, faces, cameras, layers=3, near=0.4)
    found, _, depth = cast(vertices, faces, cameras, 3, near=0.4)
    np.testing.assert_array_equal(fragments.faces.numpy(), found)
    np.testing.assert_allclose(fragments.depth.numpy(), depth, rtol=1e-6)
    assert depth[found >= 0].min() < 0.6


def test_a_ray_through_a_shared_edge_or_vertex_meets_one_face():
    """Every pixel centre lies on a vertex of a grid whose diagonals go either way."""
    columns, rows = 40, 36
    x, y = np.meshgrid(np.arange(columns + 1) - 0.5, np.arange(rows + 1) - 0.5)
    vertices = np.stack([x, y, np.ones_like(x)], 2).reshape(-1, 3).astype(np.float32)
    grid = np.arange(len(vertices)).reshape(x.shape)
    a, b, c, d = (part.ravel() for part in (grid[:-1, :-1], grid[:-1, 1:], grid[1:, :-1], grid[1:, 1:]))
    even = (a % 2 == 0)[:, None]
    one = np.where(even, np.stack([a, c, b], 1), np.stack([a, c, d], 1))
    two = np.where(even, np.stack([b, c, d], 1), np.stack([a, d, b], 1))
    faces = np.concatenate([one, two]).astype(np.int32)
    fragments = rasterize_triangles(
        torch.from_numpy(vertices), torch.from_numpy(faces), square(columns - 1, rows - 1), layers=2
    )
    assert fragments.hit[..., 0].all()
    assert not fragments.hit[..., 1].any()


def test_equally_deep_faces_come_in_their_own_order():
    vertices = torch.tensor([[0.0, 0.0, 1.0], [9.0, 0.0, 1.0], [0.0, 9.0, 1.0]])
    faces = torch.tensor([[0, 1, 2], [0, 2, 1], [1, 2, 0]], dtype=torch.int32)
    for layers in (1, 2, 3):
        found = rasterize_triangles(vertices, faces, square(6, 6), layers=layers).faces
        assert found[0, 1, 1].tolist() == list(range(layers))


@pytest.mark.parametrize("layers", [1, 3])
def test_the_path_for_gpus_gives_the_same_bits(layers):
    vertices, faces = bumpy_sphere(30, 24)
    cameras = looking(count=3, distance=1.2)  # partly behind the camera
    kernels = rasterize_triangles(vertices, faces, cameras, layers=layers)
    operations = Fragments(*_draw_torch(vertices, (faces, cameras, layers, 0.01)))
    assert_equal(kernels, operations)
    assert kernels.hit.any()


@pytest.mark.parametrize("layers", [1, 3])
def test_so_does_it_where_not_all_hits_are_held_at_once(layers, monkeypatch):
    monkeypatch.setattr(triangles_torch, "PAIRS", 1000)
    vertices, faces = bumpy_sphere(30, 24)
    shells = torch.cat([vertices * size for size in np.random.default_rng(0).permutation(np.linspace(0.3, 1, 12))])
    many = torch.cat([faces + shell * len(vertices) for shell in range(12)])
    cameras = looking(count=1, distance=3.0)
    kernels = rasterize_triangles(shells, many, cameras, layers=layers)
    assert_equal(kernels, Fragments(*_draw_torch(shells, (many, cameras, layers, 0.01))))


def test_threads_do_not_change_it():
    vertices, faces = bumpy_sphere(60, 50)
    many = rasterize_triangles(vertices, faces, looking(200, 150), layers=2)
    before = numba.get_num_threads()
    try:
        numba.set_num_threads(1)
        assert_equal(many, rasterize_triangles(vertices, faces, looking(200, 150), layers=2))
    finally:
        numba.set_num_threads(before)


def test_interpolated_positions_are_where_the_rays_are():
    vertices, faces = bumpy_sphere(24, 20)
    cameras = looking()
    fragments = rasterize_triangles(vertices, faces, cameras)
    transform = cameras.camera_from_world[0].double()
    local = vertices.double() @ transform[:3, :3].T + transform[:3, 3]
    points = interpolate(local.float(), faces, fragments)[0, ..., 0, :].reshape(-1, 3)
    expected = torch.from_numpy(rays(cameras)).float() * fragments.depth.reshape(-1, 1)
    np.testing.assert_allclose(points, expected, atol=2e-6)


def weighted(vertices, attributes, faces, cameras, upstream):
    """A number that depends on all that is differentiable, from float64 so that differences of it are exact enough."""
    fragments = rasterize_triangles(vertices, faces, cameras, layers=2)
    values = interpolate(attributes, faces, fragments)
    images = (values, fragments.barycentrics, fragments.depth)
    total = sum((image.double() * w).sum() for image, w in zip(images, upstream, strict=True))
    return total, fragments.faces


def gradient_case():
    vertices, faces = bumpy_sphere(9, 7)
    cameras = looking(33, 25, count=2)
    generator = torch.Generator().manual_seed(0)
    shape = (2, 25, 33, 2)
    upstream = [torch.randn(*shape, *rest, generator=generator) for rest in ((2,), (3,), ())]
    attributes = torch.randn(len(vertices), 2, generator=generator)
    return vertices, attributes, faces, cameras, upstream


def directions_of_change(vertices, attributes):
    generator = torch.Generator().manual_seed(1)
    turn = torch.randn(2, 4, 4, generator=generator) * torch.tensor([1.0, 1, 1, 0])[:, None]
    return {
        "vertices": torch.randn(*vertices.shape, generator=generator),
        "attributes": torch.randn(*attributes.shape, generator=generator),
        "pose": turn,
    }


@pytest.mark.parametrize("name", ["vertices", "attributes", "pose"])
def test_gradients_against_finite_differences(name):
    """Pixels whose faces change between the two sides are left out: what is seen has no gradient."""
    vertices, attributes, faces, cameras, upstream = gradient_case()
    leaves = {"vertices": vertices.double(), "attributes": attributes, "pose": cameras.camera_from_world.double()}
    change, step = directions_of_change(vertices, attributes)[name], 2e-4

    def at(offset):
        moved = {key: value + offset * change if key == name else value for key, value in leaves.items()}
        return moved["vertices"], moved["attributes"], replace(cameras, camera_from_world=moved["pose"])

    sides = [weighted(*at(offset)[:2], faces, at(offset)[2], upstream)[1] for offset in (-step, 0.0, step)]
    same = (sides[0] == sides[1]) & (sides[1] == sides[2])
    assert same.float().mean() > 0.9
    steady = [u * (same if u.ndim == 4 else same[..., None]) for u in upstream]
    low, high = (float(weighted(*at(o)[:2], faces, at(o)[2], steady)[0]) for o in (-step, step))
    for leaf in leaves.values():
        leaf.requires_grad_()
    posed = replace(cameras, camera_from_world=leaves["pose"])
    weighted(leaves["vertices"], leaves["attributes"], faces, posed, steady)[0].backward()
    slope = float((leaves[name].grad.double() * change).sum())
    assert slope == pytest.approx((high - low) / (2 * step), rel=5e-3)
    assert abs(slope) > 1


def test_what_is_not_a_surface_is_not_drawn():
    vertices = torch.tensor([[0.0, 0, 1], [9, 0, 1], [0, 9, 1], [torch.nan, 0, 1], [torch.inf, 0, 1], [0, 0, -1]])
    faces = torch.tensor([[0, 0, 1], [0, 1, 1], [0, 1, 3], [0, 2, 4], [5, 5, 5]], dtype=torch.int32)
    for draw in (rasterize_triangles, lambda *a: Fragments(*_draw_torch(a[0], (a[1], a[2], 1, 0.01)))):
        assert not draw(vertices, faces, square(5, 5)).hit.any()
        assert not draw(vertices, faces[:0], square(5, 5)).hit.any()


def test_what_does_not_fit_is_refused():
    vertices, faces = bumpy_sphere(5, 4)
    cameras = looking()
    for bad in ((vertices[:, :2], faces), (vertices, faces.long()), (vertices[:3], faces), (vertices, faces - 1)):
        with pytest.raises(ValueError, match=r"faces|vertices"):
            rasterize_triangles(*bad, cameras)
    with pytest.raises(ValueError, match="layers"):
        rasterize_triangles(vertices, faces, cameras, layers=0)
