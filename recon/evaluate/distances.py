"""How far places are from a surface, exact to the triangles, for maps of where two surfaces differ."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recon.evaluate.surfaces import SAMPLES
from recon.meshes.sampling import drawn_points
from recon.meshes.topology import face_crosses
from recon.scene import Mesh

Floats = NDArray[np.float64]
SPREAD = 200_000  # points on the reference, evenly by area, by which nearby triangles are found
CANDIDATES = 8  # points whose triangles are looked at
ROWS_AT_ONCE = 4096
SAME = 1e-9  # part of the reference's extent within which two triangles are equally far


@dataclass(frozen=True)
class Deviation:
    """How far a surface is from a reference, world units, over points drawn evenly on the surface.

    Parameters
    ----------
    mean, median, percentile_95 : float
        Of distances, whichever the side.
    samples : int
    seed : int
    """

    mean: float
    median: float
    percentile_95: float
    samples: int
    seed: int


class ReferenceSurface:
    """A surface that distances are measured to.

    A distance is exact to the triangles that lie around the nearest of many points on the surface, among them all
    corners and middles of triangles: it is never too small, and too large by no more than these points are apart.

    Parameters
    ----------
    mesh : Mesh
    seed : int

    Raises
    ------
    InputError
        If it has no area.
    """

    def __init__(self, mesh: Mesh, seed: int = 0) -> None:
        from scipy.spatial import KDTree

        drawn, faces = drawn_points(mesh, SPREAD, np.random.default_rng(seed))
        self._corners = mesh.vertices[mesh.faces].astype(np.float64)
        crosses = face_crosses(mesh)
        self._normals = crosses / np.maximum(np.linalg.norm(crosses, axis=1, keepdims=True), 1e-300)
        corner, first = np.unique(mesh.faces, return_index=True)
        self._faces = np.concatenate([faces, np.arange(len(mesh)), first // 3])
        self._tree = KDTree(np.concatenate([drawn, self._corners.mean(1), mesh.vertices[corner]]))
        self._same = SAME * float(np.ptp(mesh.vertices, axis=0).max())

    def distances(self, points: NDArray[np.floating], *, signed: bool = False) -> Floats:
        """Distances (P,) of points (P, 3), world units; with `signed` negative behind the faces.

        Where several triangles are equally near, as along an edge, the one that is seen most from the front says on
        which side a point lies.
        """
        found = self._faces[self._tree.query(points, CANDIDATES, workers=-1)[1]]
        rows = range(0, len(points), ROWS_AT_ONCE)  # few enough to stay in the processor's caches
        parts = [
            self._to_faces(points[start : start + ROWS_AT_ONCE], found[start : start + ROWS_AT_ONCE], signed)
            for start in rows
        ]
        return np.concatenate(parts) if parts else np.zeros(0)

    def _to_faces(self, points: NDArray[np.floating], found: NDArray[np.int64], signed: bool) -> Floats:
        """Distances (P,) to the nearest of some faces (P, K)."""
        away = np.asarray(points, np.float64)[:, None] - self._nearest(points, found)
        lengths = np.linalg.norm(away, axis=2)
        shortest = lengths.min(1)
        if not signed:
            return np.asarray(shortest)
        fronts = (away * self._normals[found]).sum(2)
        fronts[lengths > shortest[:, None] + self._same] = 0
        front = np.take_along_axis(fronts, np.abs(fronts).argmax(1)[:, None], axis=1)[:, 0]
        return np.asarray(np.where(front < 0, -shortest, shortest))

    def _nearest(self, points: NDArray[np.floating], faces: NDArray[np.int64]) -> Floats:
        """(P, K, 3): of each of the faces (P, K), the place nearest to a point."""
        goal = np.asarray(points, np.float64)[:, None]
        corners, normals = self._corners[faces], self._normals[faces]
        flat = goal - ((goal - corners[:, :, 0]) * normals).sum(2, keepdims=True) * normals
        inside = np.ones(faces.shape, bool)
        best, shortest = corners[:, :, 0].copy(), np.full(faces.shape, np.inf)
        for each in range(3):
            begin, side = corners[:, :, each], corners[:, :, (each + 1) % 3] - corners[:, :, each]
            inside &= (np.cross(side, flat - begin) * normals).sum(2) >= 0
            along = ((goal - begin) * side).sum(2) / np.maximum((side**2).sum(2), 1e-300)
            place = begin + np.clip(along, 0, 1)[:, :, None] * side
            distance = ((goal - place) ** 2).sum(2)
            nearer = distance < shortest
            best[nearer], shortest[nearer] = place[nearer], distance[nearer]
        inside &= (normals**2).sum(2) > 0
        return np.where(inside[:, :, None], flat, best)


def deviation(mesh: Mesh, reference: ReferenceSurface, seed: int = 0, samples: int = SAMPLES) -> Deviation:
    """Measure how far a surface is from a reference.

    Raises
    ------
    InputError
        If the mesh has no area.
    """
    points, _ = drawn_points(mesh, samples, np.random.default_rng(seed))
    distances = reference.distances(points)
    median, high = np.percentile(distances, [50, 95])
    return Deviation(float(distances.mean()), float(median), float(high), samples, seed)
