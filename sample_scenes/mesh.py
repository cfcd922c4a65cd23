"""Blocks as triangles, with vertices on the exact surface."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sample_scenes.render import superquadric_norm, surface_color
from sample_scenes.scene import Block, Scene

if TYPE_CHECKING:
    import trimesh


def _cube(detail: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """A cube of side `detail` in unit squares, each cut in two: integer corners (V, 3) and faces (F, 3), outward."""
    u, v = np.meshgrid(np.arange(detail), np.arange(detail), indexing="ij")
    square = np.stack([np.stack([u + a, v + b], -1) for a, b in ((0, 0), (1, 0), (1, 1), (0, 1))], -2).reshape(-1, 4, 2)
    corners = []
    for axis in range(3):
        for side in (0, detail):
            face = np.full((len(square), 4, 3), side)
            face[..., (axis + 1) % 3], face[..., (axis + 2) % 3] = square[..., 0], square[..., 1]
            corners.append(face if side else face[:, ::-1])
    vertices, quads = np.unique(np.concatenate(corners).reshape(-1, 3), axis=0, return_inverse=True)
    quads = quads.reshape(-1, 4)
    return vertices, np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])


def tessellate(block: Block, detail: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """A closed mesh of one block, fine along its edges as on its faces.

    Parameters
    ----------
    block : Block
    detail : int
        Squares along each edge of the cube it is made from; even, so that creases fall on edges.

    Returns
    -------
    vertices : (V, 3) float64
        On the surface, world coordinates.
    faces : (F, 3) int64
        Counter-clockwise seen from outside.
    """
    lattice, faces = _cube(detail)
    cube = np.tan((2 * lattice / detail - 1) * np.pi / 4)
    # The ring around z takes its shape first; so the cube's edges end on the edges of a cylinder as well.
    ring, _ = superquadric_norm(cube * [1, 1, 0], block.exponents)
    widest = np.abs(cube[:, :2]).max(axis=1)
    cube[:, :2] *= np.where(widest > 0, widest / np.maximum(ring, 1e-300), 1.0)[:, None]
    norm, _ = superquadric_norm(cube, block.exponents)
    local = cube / norm[:, None] * block.scale
    return local @ block.world_from_block.T + block.translation, faces


def truth_mesh(scene: Scene, detail: int = 12) -> trimesh.Trimesh:
    """All blocks as one mesh with vertex colours, in the capture's frame (z up). Blocks are closed, also underneath."""
    import trimesh

    parts = []
    for block in scene.blocks:
        vertices, faces = tessellate(block, detail)
        colors = np.round(255 * surface_color(scene, block, vertices)).astype(np.uint8)
        parts.append(trimesh.Trimesh(vertices, faces, vertex_colors=colors, process=False))
    return trimesh.util.concatenate(parts)
