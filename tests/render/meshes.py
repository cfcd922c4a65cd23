"""Meshes and cameras for tests of triangles, and a ray caster in plain float64 to hold them against."""

from __future__ import annotations

import numpy as np
import torch

from recon.render import Cameras


def bumpy_sphere(columns, rows, radius=1.0):
    """A closed surface whose faces all differ: (V, 3) float32 and (F, 3) int32, seen from outside counter-clockwise."""
    azimuth = np.linspace(0, 2 * np.pi, columns, endpoint=False)
    polar = np.linspace(0, np.pi, rows + 1)[1:-1]
    across, down = np.meshgrid(azimuth, polar)
    r = radius * (1 + 0.1 * np.sin(6 * across) * np.sin(5 * down))
    ring = np.stack([r * np.sin(down) * np.cos(across), r * np.cos(down), -r * np.sin(down) * np.sin(across)], 2)
    vertices = np.concatenate([ring.reshape(-1, 3), [[0, radius, 0], [0, -radius, 0]]])
    grid = np.arange((rows - 1) * columns).reshape(rows - 1, columns)
    right = np.roll(grid, -1, 1)
    a, b, c, d = (part.reshape(-1) for part in (grid[:-1], right[:-1], grid[1:], right[1:]))
    top, bottom = np.full(columns, len(vertices) - 2), np.full(columns, len(vertices) - 1)
    faces = [(a, c, b), (b, c, d), (top, grid[0], right[0]), (bottom, right[-1], grid[-1])]
    stacked = np.concatenate([np.stack(corners, 1) for corners in faces])
    return torch.from_numpy(vertices.astype(np.float32)), torch.from_numpy(stacked.astype(np.int32))


def looking(width=61, height=47, distance=2.6, count=1):
    """Cameras around the origin, each a little turned, with a principal point off the middle."""
    transforms = []
    for c in range(count):
        twist = torch.tensor([[0.0, -0.1, 0.7 + c], [0.1, 0.0, -0.2], [-0.7 - c, 0.2, 0.0]], dtype=torch.float64)
        transform = torch.eye(4, dtype=torch.float64)
        transform[:3, :3] = torch.linalg.matrix_exp(twist)
        transform[2, 3] = distance
        transforms.append(transform)
    intrinsics = torch.tensor([1.1 * width, 1.2 * width, 0.47 * width, 0.55 * height]).repeat(count, 1)
    return Cameras(torch.stack(transforms).float(), intrinsics, width, height)


def rays(cameras):
    """(H * W, 3) float64: directions through the first camera's pixel centres, with z = 1."""
    fx, fy, cx, cy = cameras.intrinsics[0].double().numpy()
    x, y = np.meshgrid(np.arange(cameras.width) + 0.5, np.arange(cameras.height) + 0.5)
    return np.stack([(x.ravel() - cx) / fx, (y.ravel() - cy) / fy, np.ones(x.size)], 1)


def cast(vertices, faces, cameras, layers, near=0.01):
    """Every face met by every ray (Moeller and Trumbore 1997): faces, barycentrics, depth of the first K."""
    transform = cameras.camera_from_world[0].double().numpy()
    corners = (vertices.double().numpy() @ transform[:3, :3].T + transform[:3, 3])[faces.numpy()]
    directions = rays(cameras)
    found = np.full((len(directions), layers), -1)
    weights, depth = np.zeros((len(directions), layers, 3)), np.zeros((len(directions), layers))
    first, edge1, edge2 = corners[:, 0], corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        for i, ray in enumerate(directions):
            p = np.cross(ray, edge2)
            determinant = (edge1 * p).sum(1)
            q = np.cross(-first, edge1)
            b1, b2 = (-first * p).sum(1) / determinant, (q @ ray) / determinant
            t = (edge2 * q).sum(1) / determinant
            hit = np.flatnonzero((b1 >= 0) & (b2 >= 0) & (b1 + b2 <= 1) & (t >= near))
            hit = hit[np.argsort(t[hit], kind="stable")][:layers]
            found[i, : len(hit)], depth[i, : len(hit)] = hit, t[hit]
            weights[i, : len(hit)] = np.stack([1 - b1 - b2, b1, b2], 1)[hit]
    shape = (1, cameras.height, cameras.width, layers)
    return found.reshape(shape), weights.reshape(*shape, 3), depth.reshape(shape)
