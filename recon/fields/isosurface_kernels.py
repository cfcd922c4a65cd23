"""Kernels of marching tetrahedra: faces counted, then listed, block by block."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from recon.render.kernels.rules import INLINE, PARALLEL, Array

BLOCK = 8
SIDE = BLOCK + 1


def _tables() -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Corners of six tetrahedra (6, 4); numbers of triangles (6, 16); their edges as pairs of corners (6, 16, 2, 3, 2).

    A corner is three bits: x, y, z. A case has a bit for each corner of the tetrahedron that is inside.
    """
    tetrahedra = np.array([[0, 1 << a, 1 << a | 1 << b, 7] for a, b, _ in permutations(range(3))])
    counts, edges = np.zeros((6, 16), np.int64), np.zeros((6, 16, 2, 3, 2), np.int64)
    for k, corners in enumerate(tetrahedra):
        for case in range(1, 15):
            inside = [i for i in range(4) if case >> i & 1]
            outside = [i for i in range(4) if not case >> i & 1]
            ring = [(i, o) for i in inside for o in outside]
            if len(inside) == 2:
                ring = [ring[0], ring[1], ring[3], ring[2]]  # around the quadrilateral
            triangles = [ring[:3]] if len(ring) == 3 else [ring[:3], [ring[0], ring[2], ring[3]]]
            counts[k, case] = len(triangles)
            for t, triangle in enumerate(triangles):
                ends = np.sort(corners[np.array(triangle)], axis=1)
                edges[k, case, t] = ends if _looks_out(corners, inside, outside, ends) else ends[::-1]
    return tetrahedra, counts, edges


def _looks_out(corners: Any, inside: list[int], outside: list[int], ends: Any) -> bool:
    def places(numbers: Any) -> NDArray[np.float64]:
        return np.stack([numbers & 1, numbers >> 1 & 1, numbers >> 2 & 1], axis=-1).astype(float)

    a, b, c = places(ends).mean(1)
    outward = places(corners[outside]).mean(0) - places(corners[inside]).mean(0)
    return bool(np.cross(b - a, c - a) @ outward > 0)


TETRAHEDRA, COUNTS, EDGES = _tables()


@njit(**INLINE)
def _gather(blocks: Any, place: Any, distances: Array, local: Array) -> None:
    """Copy a block's grid points, and the first of the blocks behind it, into (9, 9, 9)."""
    for i in range(SIDE):
        for j in range(SIDE):
            for k in range(SIDE):
                x, y, z = place[0] + i // BLOCK, place[1] + j // BLOCK, place[2] + k // BLOCK
                local[i, j, k] = np.nan
                if x < blocks.shape[0] and y < blocks.shape[1] and z < blocks.shape[2]:
                    block = blocks[x, y, z]
                    if block >= 0:
                        local[i, j, k] = distances[block, i % BLOCK, j % BLOCK, k % BLOCK]


@njit(**INLINE)
def _case(local: Array, i: int, j: int, k: int, tetrahedron: int) -> int:
    """Which corners are inside; 0, which has no triangles, where one is unknown."""
    case = 0
    for corner in range(4):
        bits = TETRAHEDRA[tetrahedron, corner]
        value = local[i + (bits & 1), j + (bits >> 1 & 1), k + (bits >> 2 & 1)]
        if np.isnan(value):
            return 0
        if value < 0:
            case |= 1 << corner
    return case


@njit(**INLINE)
def _count(local: Array) -> int:
    total = 0
    for i in range(BLOCK):
        for j in range(BLOCK):
            for k in range(BLOCK):
                for tetrahedron in range(6):
                    total += COUNTS[tetrahedron, _case(local, i, j, k, tetrahedron)]
    return total


@njit(**PARALLEL)
def count_triangles(blocks: Any, places: Any, distances: Array, counts: Any) -> None:
    """Count the triangles of each block into counts[1:]."""
    for block in prange(len(places)):
        local = np.empty((SIDE, SIDE, SIDE), np.float32)
        _gather(blocks, places[block], distances, local)
        counts[block + 1] = _count(local)


@njit(**INLINE)
def _key(corner: Any, ends: Any, shape: Any) -> int:
    """Number of the grid's edge between two corners of a cube."""
    first = ends[0]
    x, y, z = corner[0] + (first & 1), corner[1] + (first >> 1 & 1), corner[2] + (first >> 2 & 1)
    return ((x * shape[1] + y) * shape[2] + z) * 8 + (ends[0] ^ ends[1])


@njit(**INLINE)
def _list(local: Array, origin: Any, shape: Any, position: int, keys: Any) -> None:
    for i in range(BLOCK):
        for j in range(BLOCK):
            for k in range(BLOCK):
                for tetrahedron in range(6):
                    case = _case(local, i, j, k, tetrahedron)
                    for triangle in range(COUNTS[tetrahedron, case]):
                        for vertex in range(3):
                            ends = EDGES[tetrahedron, case, triangle, vertex]
                            corner = origin[0] + i, origin[1] + j, origin[2] + k
                            keys[position, vertex] = _key(corner, ends, shape)
                        position += 1


@njit(**PARALLEL)
def list_triangles(blocks: Any, places: Any, distances: Array, starts: Any, keys: Any) -> None:
    """Write the edges on which the corners of each triangle lie, block by block from starts[block] on."""
    shape = blocks.shape[0] * BLOCK, blocks.shape[1] * BLOCK, blocks.shape[2] * BLOCK
    for block in prange(len(places)):
        local = np.empty((SIDE, SIDE, SIDE), np.float32)
        _gather(blocks, places[block], distances, local)
        place = places[block]
        origin = np.int64(place[0]) * BLOCK, np.int64(place[1]) * BLOCK, np.int64(place[2]) * BLOCK
        _list(local, origin, shape, starts[block], keys)
