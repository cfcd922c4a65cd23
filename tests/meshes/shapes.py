"""Small meshes with known topology."""

from __future__ import annotations

import numpy as np

from recon.scene import Mesh


def mesh_of(vertices, faces, **rest):
    return Mesh(np.asarray(vertices, np.float32), np.asarray(faces, np.int32).reshape(-1, 3), **rest)


def box(center=(0, 0, 0), size=1.0):
    corners = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)]) - 0.5
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    faces = [face for a, b, c, d in quads for face in ((a, b, c), (a, c, d))]
    return mesh_of(corners * size + center, faces)


def sphere(columns=32, rows=16, radius=1.0):
    azimuth = np.linspace(0, 2 * np.pi, columns, endpoint=False)
    polar = np.linspace(0, np.pi, rows + 1)[1:-1]
    across, down = np.meshgrid(azimuth, polar)
    ring = np.stack([np.sin(down) * np.cos(across), np.cos(down), -np.sin(down) * np.sin(across)], 2)
    vertices = np.concatenate([ring.reshape(-1, 3), [[0, 1, 0], [0, -1, 0]]]) * radius
    grid = np.arange((rows - 1) * columns).reshape(rows - 1, columns)
    right = np.roll(grid, -1, 1)
    a, b, c, d = (part.reshape(-1) for part in (grid[:-1], right[:-1], grid[1:], right[1:]))
    top, bottom = np.full(columns, len(vertices) - 2), np.full(columns, len(vertices) - 1)
    stacks = [(a, c, b), (b, c, d), (top, grid[0], right[0]), (bottom, right[-1], grid[-1])]
    return mesh_of(vertices, np.concatenate([np.stack(corners, 1) for corners in stacks]))


def torus(around=24, across=12):
    u, v = np.meshgrid(np.arange(around) * 2 * np.pi / around, np.arange(across) * 2 * np.pi / across, indexing="ij")
    r = 1 + 0.3 * np.cos(v)
    vertices = np.stack([r * np.cos(u), r * np.sin(u), 0.3 * np.sin(v)], 2).reshape(-1, 3)
    grid = np.arange(around * across).reshape(around, across)
    a, b = grid.ravel(), np.roll(grid, -1, 0).ravel()
    c, d = np.roll(grid, -1, 1).ravel(), np.roll(np.roll(grid, -1, 0), -1, 1).ravel()
    return mesh_of(vertices, np.concatenate([np.stack([a, b, d], 1), np.stack([a, d, c], 1)]))


def joined(*meshes):
    offsets = np.cumsum([0, *(len(mesh.vertices) for mesh in meshes)])
    faces = [mesh.faces + offset for mesh, offset in zip(meshes, offsets, strict=False)]
    return mesh_of(np.concatenate([mesh.vertices for mesh in meshes]), np.concatenate(faces))


def unwelded(mesh):
    """Every face with vertices of its own, as where each is a chart of a texture."""
    vertices = mesh.vertices[mesh.faces.reshape(-1)]
    uv = np.tile(np.array([[0, 0], [1, 0], [0, 1]], np.float32), (len(mesh), 1))
    return mesh_of(vertices, np.arange(len(vertices)), uv=uv, texture=np.zeros((4, 4, 3), np.uint8))
