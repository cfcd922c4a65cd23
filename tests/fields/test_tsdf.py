"""Exact depth of known shapes, fused and extracted."""

from __future__ import annotations

import numba
import numpy as np
import pytest
import torch

from recon.errors import InputError
from recon.fields import DepthImage, extract, fuse
from recon.meshes import keep_components, topology
from recon.render import Cameras, rasterize_triangles
from recon.scene import Camera

VOXEL = 0.04
LOW, HIGH = np.full(3, -1.3), np.full(3, 1.3)


def look_at(position, size=96):
    forward = -np.asarray(position, float) / np.linalg.norm(position)
    right = np.cross([0.3, 0.9, 0.1], forward)
    right /= np.linalg.norm(right)
    pose = np.eye(4)
    pose[:3, :3] = np.stack([right, np.cross(forward, right), forward], 1)
    pose[:3, 3] = position
    return Camera(size, size, size, size, size / 2, size / 2, pose)


def around(count=20):
    """Cameras evenly around the origin, at distance 3 (Fibonacci's spiral)."""
    z = 1 - 2 * (np.arange(count) + 0.5) / count
    angle = np.arange(count) * np.pi * (3 - 5**0.5)
    r = np.sqrt(1 - z**2)
    return [look_at(3 * np.array(p)) for p in zip(r * np.cos(angle), r * np.sin(angle), z, strict=True)]


def sphere_depth(camera, radius=1.0):
    fx, fy, cx, cy = camera.intrinsics
    x, y = np.meshgrid(np.arange(camera.width) + 0.5, np.arange(camera.height) + 0.5)
    rays = np.stack([(x - cx) / fx, (y - cy) / fy, np.ones_like(x)], 2)
    center = camera.camera_from_world[:3, 3]
    a, b, c = (rays**2).sum(2), rays @ center, center @ center - radius**2
    root = b**2 - a * c
    depth = np.where(root > 0, (b - np.sqrt(np.maximum(root, 0))) / a, -1).astype(np.float32)
    return DepthImage(camera, depth, np.ones_like(depth))


@pytest.fixture(scope="module")
def ball():
    return extract(fuse([sphere_depth(camera) for camera in around()], LOW, HIGH, VOXEL))


def test_a_ball_seen_from_all_sides_is_closed_and_where_it_is(ball):
    found = topology(ball)
    assert found.watertight
    assert (found.components, found.euler) == (1, 2)
    assert found.volume == pytest.approx(4 / 3 * np.pi, rel=0.02)
    error = np.abs(np.linalg.norm(ball.vertices, axis=1) - 1)
    assert error.mean() < 0.05 * VOXEL
    assert error.max() < 0.7 * VOXEL


def test_a_moved_volume_gives_the_moved_surface(ball):
    offset = np.array([1000.0, -2000.0, 500.0])
    images = []
    for camera in around():
        image = sphere_depth(camera)
        pose = camera.world_from_camera.copy()
        pose[:3, 3] += offset
        moved = Camera(camera.width, camera.height, *camera.intrinsics, pose)
        images.append(DepthImage(moved, image.depth, image.weight))
    moved = extract(fuse(images, LOW + offset, HIGH + offset, VOXEL))
    np.testing.assert_array_equal(moved.faces, ball.faces)
    np.testing.assert_allclose(moved.vertices - offset, ball.vertices, atol=2e-4)


def test_threads_do_not_change_it(ball):
    before = numba.get_num_threads()
    try:
        numba.set_num_threads(1)
        again = extract(fuse([sphere_depth(camera) for camera in around()], LOW, HIGH, VOXEL))
    finally:
        numba.set_num_threads(before)
    np.testing.assert_array_equal(again.vertices, ball.vertices)
    np.testing.assert_array_equal(again.faces, ball.faces)


def test_what_one_camera_sees_is_open_towards_what_it_does_not():
    front = extract(fuse([sphere_depth(around()[0])], LOW, HIGH, VOXEL))
    found = topology(front)
    assert not found.watertight
    assert found.nonmanifold_edges == 0
    toward = front.vertices @ (around()[0].center / 3)
    assert toward.min() > 0.0
    assert np.abs(np.linalg.norm(front.vertices, axis=1) - 1).mean() < 0.1 * VOXEL


def test_a_surface_before_another_leaves_no_skirt_between_them():
    """A small plate one unit before a wall: at its outline depth jumps, and nothing must fill the jump."""
    vertices = torch.tensor(
        [
            [-4, -4, 3],
            [4, -4, 3],
            [4, 4, 3],
            [-4, 4, 3],
            [-0.5, -0.5, 2],
            [0.5, -0.5, 2],
            [0.5, 0.5, 2],
            [-0.5, 0.5, 2],
        ],
        dtype=torch.float32,
    )
    faces = torch.tensor([[0, 1, 2], [0, 2, 3], [4, 5, 6], [4, 6, 7]], dtype=torch.int32)
    images = []
    for x in (-0.6, 0.0, 0.6):
        pose = np.eye(4)
        pose[0, 3] = x
        camera = Camera(96, 96, 90.0, 90.0, 48.0, 48.0, pose)
        depth = rasterize_triangles(vertices, faces, Cameras.of([camera])).depth[0, ..., 0].numpy()
        images.append(DepthImage(camera, depth, np.ones_like(depth)))
    mesh = extract(fuse(images, np.array([-0.9, -0.9, 1.5]), np.array([0.9, 0.9, 3.5]), 0.04))
    between = (mesh.vertices[:, 2] > 2.25) & (mesh.vertices[:, 2] < 2.9)
    assert not between.any()
    assert topology(keep_components(mesh, count=2)).components == 2


def test_what_cannot_be_fused_is_refused():
    image = sphere_depth(around()[0])
    with pytest.raises(InputError, match="inside"):
        fuse([], LOW, HIGH, VOXEL)
    with pytest.raises(InputError, match="inside"):
        fuse([image], HIGH, LOW, VOXEL)
    with pytest.raises(InputError, match="larger"):
        fuse([image], LOW, HIGH, 1e-5)
    unseen = DepthImage(image.camera, np.zeros_like(image.depth), image.weight)
    assert len(extract(fuse([unseen], LOW, HIGH, VOXEL))) == 0
