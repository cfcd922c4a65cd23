"""Meshes to measure to, and the slow way to do it."""

from __future__ import annotations

import numpy as np

from recon.scene import Mesh


def plate(z=0.0, half=1.0):
    vertices = np.array([[-half, -half, z], [half, -half, z], [half, half, z], [-half, half, z]], np.float32)
    return Mesh(vertices, np.array([[0, 1, 2], [0, 2, 3]], np.int32))


def cube():
    corners = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], np.float32) - np.float32(0.5)
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    faces = [face for a, b, c, d in quads for face in ((a, b, c), (a, c, d))]
    return Mesh(corners, np.array(faces, np.int32))


def crumpled():
    """Triangles of very different sizes, here and there."""
    random = np.random.default_rng(0)
    centers = random.uniform(-1, 1, (300, 1, 3))
    sides = random.normal(size=(300, 3, 3)) * 10 ** random.uniform(-3, -0.3, (300, 1, 1))
    return Mesh((centers + sides).reshape(-1, 3).astype(np.float32), np.arange(900, dtype=np.int32).reshape(-1, 3))


def brute_force(mesh, points):
    """The distance of each point to the nearest of all triangles."""
    a, b, c = (mesh.vertices[mesh.faces[:, k]].astype(np.float64) for k in range(3))
    return np.array([min(_to_triangle(p, *corners) for corners in zip(a, b, c, strict=True)) for p in points])


def _to_triangle(p, a, b, c):
    """Least squares over the plane, else over the sides."""
    sides = np.stack([b - a, c - a], 1)
    s, t = np.linalg.lstsq(sides, p - a, rcond=None)[0]
    if s >= 0 and t >= 0 and s + t <= 1:
        return np.linalg.norm(a + sides @ (s, t) - p)
    return min(_to_segment(p, *ends) for ends in ((a, b), (b, c), (c, a)))


def _to_segment(p, a, b):
    along = np.clip((p - a) @ (b - a) / ((b - a) @ (b - a)), 0, 1)
    return np.linalg.norm(a + along * (b - a) - p)
