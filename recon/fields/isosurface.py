"""The zero set of a volume as triangles, by marching tetrahedra.

Every cube of eight grid points is cut into the six tetrahedra around its main diagonal (Freudenthal 1942), which fit
those of the next cube. A tetrahedron has no ambiguous case, so the surface is manifold, and closed wherever the
distances around it are known.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recon.fields.tsdf import BLOCK, Volume
from recon.render import threads
from recon.scene import Mesh

NARROWEST = 0.02  # of an edge: vertices keep that far from grid points, so that no face loses its area


def extract(volume: Volume, *, weight: float = 0.5, name: str = "surface") -> Mesh:
    """Find the surface, counter-clockwise from outside.

    Parameters
    ----------
    volume : Volume
    weight : float
        Grid points that were seen with less are unknown, and leave holes.
    name : str

    Returns
    -------
    Mesh
        Perhaps without faces.
    """
    from recon.fields import isosurface_kernels as kernels

    distances = np.where(volume.weights > weight, volume.distances, np.float32(np.nan))
    places = np.argwhere(volume.blocks >= 0).astype(np.int32)
    counts = np.zeros(len(places) + 1, np.int64)
    with threads.LOCK:
        kernels.count_triangles(volume.blocks, places, distances, counts)
        starts = np.cumsum(counts)
        keys = np.empty((int(starts[-1]), 3), np.int64)
        kernels.list_triangles(volume.blocks, places, distances, starts, keys)
    edges, corners = np.unique(keys, return_inverse=True)
    vertices = _places(volume, edges)
    return Mesh(vertices.astype(np.float32), corners.reshape(-1, 3).astype(np.int32), name=name)


def _places(volume: Volume, edges: NDArray[np.int64]) -> NDArray[np.float64]:
    """(N, 3) float64: where distances cross zero along edges of the grid."""
    shape = np.array(volume.blocks.shape) * BLOCK
    point, direction = edges // 8, edges % 8
    first = np.stack(np.unravel_index(point, tuple(shape)), axis=1)
    step = np.stack([direction & 1, direction >> 1 & 1, direction >> 2 & 1], axis=1)
    a, b = _values(volume, first), _values(volume, first + step)
    part = np.clip(a / (a - b), NARROWEST, 1 - NARROWEST)
    return volume.origin + volume.voxel * (first + step * part[:, None])


def _values(volume: Volume, points: NDArray[np.int64]) -> NDArray[np.float64]:
    block = volume.blocks[tuple((points // BLOCK).T)]
    return volume.distances[block, *(points % BLOCK).T].astype(np.float64)
