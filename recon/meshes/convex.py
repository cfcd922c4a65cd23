"""Closed convex meshes: what is in them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from recon.meshes.topology import face_crosses
from recon.scene import Mesh

ROWS_AT_ONCE = 100_000


def in_convexes(meshes: Iterable[Mesh], points: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether points (P, 3) are behind all faces of any of some closed convex meshes: (P,) bool."""
    inside = np.zeros(len(points), bool)
    for mesh in meshes:
        crosses = face_crosses(mesh)
        normals = crosses / np.linalg.norm(crosses, axis=1, keepdims=True)
        offsets = (normals * mesh.vertices[mesh.faces[:, 0]]).sum(1)
        for start in range(0, len(points), ROWS_AT_ONCE):
            rows = slice(start, start + ROWS_AT_ONCE)
            inside[rows] |= (points[rows] @ normals.T <= offsets).all(1)
    return inside
