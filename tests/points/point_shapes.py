"""Seeded shapes as points, with the truth about how they were moved."""

from __future__ import annotations

import numpy as np

from recon.points import Cloud
from recon.scene import Mesh, Similarity


def rotation(rng):
    matrix, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    return matrix * np.sign(np.linalg.det(matrix))


def directions(count, rng):
    points = rng.normal(size=(count, 3))
    return points / np.linalg.norm(points, axis=1, keepdims=True)


def pebble(points):
    """A closed shape without symmetry, about three units long, around the origin: where unit vectors come to lie."""
    x, y, z = points.T
    radius = 1 + 0.3 * np.sin(3 * x + 1) * y + 0.2 * np.cos(4 * z) * x + 0.25 * z**3
    radius = radius + 0.3 * np.exp(-8 * ((x - 1) ** 2 + y**2 + z**2))
    return points * radius[:, None] * [1.3, 1, 0.7]


def torus(count, rng):
    around, across = rng.random((2, count)) * 2 * np.pi
    ring = 1 + 0.3 * np.cos(across)
    return np.stack([ring * np.cos(around), ring * np.sin(around), 0.3 * np.sin(across)], axis=1)


def cloud(points):
    return Cloud(points, np.full(points.shape, 0.5, np.float32))


def moved(rng, *, scale):
    return Similarity(rng.uniform(0.3, 4) if scale else 1.0, rotation(rng), rng.normal(size=3) * 5)


def pebble_mesh(fineness=48):
    """The pebble as a closed mesh."""
    across, around = np.meshgrid(
        np.linspace(0, np.pi, fineness), np.linspace(0, 2 * np.pi, 2 * fineness, endpoint=False), indexing="ij"
    )
    points = np.stack([np.sin(across) * np.cos(around), np.sin(across) * np.sin(around), np.cos(across)], axis=-1)
    number = np.arange(across.size).reshape(across.shape)
    number[0], number[-1] = number[0, 0], number[-1, 0]
    a, b = number[:-1], np.roll(number[:-1], -1, axis=1)
    c, d = number[1:], np.roll(number[1:], -1, axis=1)
    faces = np.concatenate([np.stack([a, c, b], -1).reshape(-1, 3), np.stack([b, c, d], -1).reshape(-1, 3)])
    faces = faces[(faces[:, 0] != faces[:, 1]) & (faces[:, 1] != faces[:, 2]) & (faces[:, 0] != faces[:, 2])]
    return Mesh(pebble(points.reshape(-1, 3)).astype(np.float32), faces.astype(np.int32))
