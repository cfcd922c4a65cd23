"""How a surface bends."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recon.meshes.topology import boundary_sides, welded
from recon.scene import Mesh

Floats = NDArray[np.float64]
TINY = 1e-300


def mean_curvature(mesh: Mesh) -> NDArray[np.float32]:
    """Mean curvature at every vertex: 1 / r on a ball of radius r, 0 on a plane, negative where the surface is hollow.

    By cotangents over mixed areas (Meyer et al. 2003, equations 8 and 9).

    Parameters
    ----------
    mesh : Mesh
        Faces that are counter-clockwise seen from outside.

    Returns
    -------
    (V,) float32
        Per world unit; NaN on borders and at vertices without faces, where it is not defined.
    """
    place = welded(mesh)
    count = int(place.max(initial=-1)) + 1
    points = np.zeros((count, 3))
    points[place.reshape(-1)] = mesh.vertices[mesh.faces.reshape(-1)]
    bend, normals, areas = np.zeros((count, 3)), np.zeros((count, 3)), np.zeros(count)
    corners = points[place]
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    for each in range(3):
        _add(normals, place[:, each], cross)
    doubled = np.linalg.norm(cross, axis=1)
    cotangents = np.stack([_cotangent(corners, each, doubled) for each in range(3)], axis=1)
    for each in range(3):
        first, second = (each + 1) % 3, (each + 2) % 3
        pull = cotangents[:, each, None] * (corners[:, first] - corners[:, second])
        _add(bend, place[:, first], pull)
        _add(bend, place[:, second], -pull)
        areas += np.bincount(place[:, each], _mixed(corners, cotangents, doubled, each), minlength=count)
    unit = normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), TINY)
    curvature = (bend * unit).sum(1) / np.maximum(4 * areas, TINY)
    curvature[areas <= 0] = np.nan
    curvature[np.unique(boundary_sides(place))] = np.nan
    values = np.full(len(mesh.vertices), np.nan, np.float32)
    values[mesh.faces.reshape(-1)] = curvature[place.reshape(-1)]
    return values


def _add(sums: Floats, rows: NDArray[np.int64], vectors: Floats) -> None:
    for axis in range(3):
        sums[:, axis] += np.bincount(rows, vectors[:, axis], minlength=len(sums))


def _cotangent(corners: Floats, at: int, doubled: Floats) -> Floats:
    """(F,): of the angle at a corner."""
    first, second = corners[:, (at + 1) % 3] - corners[:, at], corners[:, (at + 2) % 3] - corners[:, at]
    return np.asarray((first * second).sum(1) / np.maximum(doubled, TINY))


def _mixed(corners: Floats, cotangents: Floats, doubled: Floats, at: int) -> Floats:
    """(F,): what of a face belongs to a corner: all that is nearest to it, or in obtuse faces a half or a quarter."""
    first, second = (at + 1) % 3, (at + 2) % 3
    nearest = sum(
        ((corners[:, other] - corners[:, at]) ** 2).sum(1) * cotangents[:, opposite]
        for other, opposite in ((first, second), (second, first))
    )
    share = np.where(cotangents[:, at] < 0, doubled / 4, doubled / 8)
    return np.where((cotangents < 0).any(1), share, np.asarray(nearest) / 8)
