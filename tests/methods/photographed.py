"""A ball, and photographs of it from all around."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recon.meshes import with_normals
from recon.render.draw_mesh import MeshDrawer
from recon.scene import Camera, Mesh, View


@dataclass
class Picture:
    array: np.ndarray

    def read(self, width, height):
        assert self.array.shape[:2] == (height, width)
        return self.array


def ball(columns=24, rows=12):
    azimuth, polar = np.linspace(0, 2 * np.pi, columns, endpoint=False), np.linspace(0, np.pi, rows + 1)[1:-1]
    across, down = np.meshgrid(azimuth, polar)
    ring = np.stack([np.sin(down) * np.cos(across), np.cos(down), -np.sin(down) * np.sin(across)], 2).reshape(-1, 3)
    vertices = np.concatenate([ring, [[0, 1, 0], [0, -1, 0]]]).astype(np.float32)
    grid = np.arange(len(ring)).reshape(rows - 1, columns)
    right = np.roll(grid, -1, 1)
    a, b, c, d = (part.ravel() for part in (grid[:-1], right[:-1], grid[1:], right[1:]))
    top, bottom = np.full(columns, len(ring)), np.full(columns, len(ring) + 1)
    stacks = [(a, c, b), (b, c, d), (top, grid[0], right[0]), (bottom, right[-1], grid[-1])]
    faces = np.concatenate([np.stack(corners, 1) for corners in stacks]).astype(np.int32)
    return with_normals(Mesh(vertices, faces, colors=(0.5 + 0.45 * np.sin(3 * vertices)).astype(np.float32)))


def cameras(count, size=72):
    z = 1 - 2 * (np.arange(count) + 0.5) / count
    turn = np.arange(count) * np.pi * (3 - 5**0.5)
    r = np.sqrt(1 - z**2)
    for position in 3 * np.stack([r * np.cos(turn), r * np.sin(turn), z], 1):
        forward = -position / 3
        right = np.cross([0.3, 0.9, 0.1], forward)
        right /= np.linalg.norm(right)
        pose = np.eye(4)
        pose[:3, :3], pose[:3, 3] = np.stack([right, np.cross(forward, right), forward], 1), position
        yield Camera(size, size, 1.2 * size, 1.2 * size, size / 2, size / 2, pose)


def photographs(mesh, count, size=72):
    drawer = MeshDrawer(mesh, "cpu")
    return [
        View(f"{i}", camera, Picture(np.round(255 * drawer.draw(camera).color).astype(np.uint8)))
        for i, camera in enumerate(cameras(count, size))
    ]
