"""The mesh that primitives are deformed from: an icosahedron, each face divided into four, on the unit sphere.

Its vertices stand in the order that the shipped weights were trained with; that of other makers of icospheres is theirs
to change.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

VERTICES = 42
FACES = 80
_GOLDEN = (1 + 5**0.5) / 2
_ICOSAHEDRON = (
    *((0, 11, 5), (0, 5, 1), (0, 1, 7), (0, 7, 10), (0, 10, 11), (1, 5, 9), (5, 11, 4), (11, 10, 2), (10, 7, 6)),
    *((7, 1, 8), (3, 9, 4), (3, 4, 2), (3, 2, 6), (3, 6, 8), (3, 8, 9), (4, 9, 5), (2, 4, 11), (6, 2, 10)),
    *((8, 6, 7), (9, 8, 1)),
)


@cache
def icosphere() -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Vertices (42, 3) float32 of unit length, and faces (80, 3) int32, counter-clockwise seen from outside."""
    g = _GOLDEN
    first = [(-1, g, 0), (1, g, 0), (-1, -g, 0), (1, -g, 0), (0, -1, g), (0, 1, g), (0, -1, -g), (0, 1, -g)]
    vertices = [np.array(v, np.float64) for v in [*first, (g, 0, -1), (g, 0, 1), (-g, 0, -1), (-g, 0, 1)]]
    middles: dict[tuple[int, int], int] = {}

    def middle(a: int, b: int) -> int:
        key = (min(a, b), max(a, b))
        if key not in middles:
            middles[key] = len(vertices)
            vertices.append(vertices[a] + vertices[b])
        return middles[key]

    faces: list[tuple[int, int, int]] = []
    for a, b, c in _ICOSAHEDRON:
        ab, bc, ca = middle(a, b), middle(b, c), middle(c, a)
        faces += [(a, ab, ca), (b, bc, ab), (c, ca, bc), (ab, bc, ca)]
    placed = np.stack(vertices)
    placed /= np.linalg.norm(placed, axis=1, keepdims=True)
    return placed.astype(np.float32), np.array(faces, np.int32)


def faces_of(count: int) -> NDArray[np.int32]:
    """(count * 80, 3) int32: the faces of so many meshes whose vertices follow each other."""
    offsets = np.arange(count, dtype=np.int32)[:, None, None] * VERTICES
    return (offsets + icosphere()[1][None]).reshape(-1, 3)
