"""Small shapes that tests of several rooms plant: a mesh without symmetry, and a cube of flat splats."""

from __future__ import annotations

import numpy as np

from recon.scene import SH_C0, Mesh, Splats


def knobbly(fineness: int = 24) -> Mesh:
    """A closed mesh about two units wide, unlike itself from every side."""
    across, around = np.meshgrid(
        np.linspace(0, np.pi, fineness), np.linspace(0, 2 * np.pi, 2 * fineness, endpoint=False), indexing="ij"
    )
    x, y, z = np.sin(across) * np.cos(around), np.sin(across) * np.sin(around), np.cos(across)
    radius = 1 + 0.3 * np.sin(3 * x + 1) * y + 0.2 * np.cos(4 * z) * x + 0.25 * z**3
    points = (radius * np.stack([1.3 * x, y, 0.7 * z])).reshape(3, -1).T
    number = np.arange(across.size).reshape(across.shape)
    number[0], number[-1] = number[0, 0], number[-1, 0]
    a, b = number[:-1], np.roll(number[:-1], -1, axis=1)
    c, d = number[1:], np.roll(number[1:], -1, axis=1)
    faces = np.concatenate([np.stack([a, c, b], -1).reshape(-1, 3), np.stack([b, c, d], -1).reshape(-1, 3)])
    faces = faces[(np.sort(faces, 1)[:, 1:] != np.sort(faces, 1)[:, :-1]).all(1)]
    return Mesh(points.astype(np.float32), faces.astype(np.int32))


def cube_splats(count: int = 6000, seed: int = 0) -> Splats:
    """Flat opaque splats all over a cube of side 2, each side in a colour of its own."""
    rng = np.random.default_rng(seed)
    side, points = rng.integers(0, 6, count), rng.uniform(-1, 1, (count, 3))
    axis = side % 3
    rows = np.arange(count)
    points[rows, axis] = np.where(side < 3, 1.0, -1.0)
    thin = np.full((count, 3), 0.05, np.float32)
    thin[rows, axis] = 0.004
    colors = np.eye(3)[axis] * np.where(side < 3, 0.8, 0.4)[:, None] + 0.1
    return Splats(
        means=points.astype(np.float32),
        quaternions=np.tile(np.float32([1, 0, 0, 0]), (count, 1)),
        scales=thin,
        opacities=np.full(count, 0.95, np.float32),
        sh=((colors - 0.5) / SH_C0).astype(np.float32)[:, None],
    )
