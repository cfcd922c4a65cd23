"""Convex polytopes of a solid, as meshes: planes that matter, their intersections, welded."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from recon.meshes.topology import signed_volume
from recon.scene import Mesh
from recon.shapes.blocks import colors
from recon.shapes.comparison import Comparison
from recon.shapes.convexes import Convexes
from recon.shapes.refine import union_of
from recon.shapes.search import Config, Report, Search, unheard
from recon.shapes.solid import Solid

Floats = NDArray[np.float64]

PLANE_COST = 4e-4  # share of the volume that a plane must save to be kept
WELDED = 1e-5  # of the extent: corners as close as this are one


def convexes(solid: Solid, config: Config | None = None, report: Report = unheard) -> tuple[Mesh, ...]:
    """Convex polytopes whose union is close to a solid, the largest first.

    Parameters
    ----------
    solid : Solid
    config : Config, optional
    report : callable, optional
        Told the name of a stage and the share of it that is done.

    Returns
    -------
    tuple of Mesh
        Closed and convex, in the solid's frame, each in a colour of its own. They may reach into each other.
    """
    found = Search(solid, Convexes, config or Config(), report, _without_idle_planes).run()
    corners = solid.grid.points()[[0, -1]]
    made = [mesh for part in range(len(found)) if (mesh := polytope(found, part, corners)) is not None]
    made.sort(key=lambda mesh: -signed_volume(mesh))
    tints = colors(len(made)).astype(np.float32) / 255
    return tuple(
        dataclasses.replace(mesh, colors=np.tile(tint, (len(mesh.vertices), 1)), name=f"part {index + 1}")
        for index, (mesh, tint) in enumerate(zip(made, tints, strict=True))
    )


def _without_idle_planes(parts: Convexes, comparison: Comparison[Convexes]) -> Convexes:
    """Drop planes that hardly change which samples are inside, those that change least first."""
    samples, distances, offsets = comparison.samples, comparison.distances(parts), parts.offsets.copy()
    for part in range(len(parts)):
        rest = union_of(np.delete(distances, part, axis=0))
        alone = samples.part(rest > 0)
        away = (alone.points - parts.centers[part]) @ parts.normals[part].T
        offsets[part] = offsets_that_matter(away, offsets[part], alone.weights, alone.distances < 0)
        distances[part] = (
            dataclasses.replace(parts, offsets=offsets).part(np.array([part])).distances(samples.points)[0]
        )
    return dataclasses.replace(parts, offsets=offsets)


def offsets_that_matter(away: Floats, offsets: Floats, weights: Floats, true: NDArray[np.bool_]) -> Floats:
    """Drop planes of a polytope that hardly change what is inside it.

    Parameters
    ----------
    away : (P, K) float64
        Distances of points along the planes' normals.
    offsets : (K,) float64
        Of the planes.
    weights : (P,) float64
        Of the points, of which those in the whole solid make one.
    true : (P,) bool
        Whether they should be inside.

    Returns
    -------
    (K,) float64
        The offsets, infinite where a plane is dropped.
    """
    offsets, rows = offsets.copy(), np.arange(len(away))
    for _ in range(len(offsets) - 4):
        values = away - offsets
        decides = values.argmax(1)
        first = values[rows, decides]
        values[rows, decides] = -np.inf
        wrong_with, wrong_without = (first <= 0) != true, (values.max(1) <= 0) != true
        worse = weights * (wrong_without.astype(np.float64) - wrong_with)
        costs = np.bincount(decides, worse, minlength=len(offsets))
        costs[np.isinf(offsets)] = np.inf
        least = int(costs.argmin())
        if costs[least] > PLANE_COST:
            break
        offsets[least] = np.inf
    return offsets


def polytope(parts: Convexes, part: int, corners: Floats) -> Mesh | None:
    """The polytope of one part inside a box given by its low and high corner; None where it is empty."""
    from scipy.spatial import ConvexHull, HalfspaceIntersection, QhullError

    kept = np.isfinite(parts.offsets[part])
    normals = np.concatenate([parts.normals[part][kept], -np.eye(3), np.eye(3)])
    bounds = parts.offsets[part][kept] + parts.normals[part][kept] @ parts.centers[part]
    bounds = np.concatenate([bounds, -corners[0], corners[1]])
    middle = _deepest_point(normals, bounds)
    if middle is None:
        return None
    found = HalfspaceIntersection(np.column_stack([normals, -bounds]), middle).intersections
    tolerance = WELDED * float((corners[1] - corners[0]).max())
    _, first = np.unique(np.rint(found / tolerance), axis=0, return_index=True)
    vertices = found[first].astype(np.float32)
    try:
        hull = ConvexHull(vertices.astype(np.float64))
    except QhullError:
        return None
    return _oriented(vertices, hull.simplices, hull.equations[:, :3])


def _deepest_point(normals: Floats, bounds: Floats) -> Floats | None:
    """The centre of the largest ball inside half-spaces n . x <= b, by a linear programme; None where there is none."""
    from scipy.optimize import linprog

    found = linprog([0, 0, 0, -1], np.column_stack([normals, np.ones(len(normals))]), bounds, bounds=[(None, None)] * 4)
    return found.x[:3] if found.success and found.x[3] > 0 else None


def _oriented(vertices: NDArray[np.float32], triangles: NDArray[np.integer], outwards: Floats) -> Mesh:
    used, faces = np.unique(triangles, return_inverse=True)
    faces = faces.reshape(-1, 3)
    a, b, c = (vertices[used][faces[:, corner]].astype(np.float64) for corner in range(3))
    inwards = (np.cross(b - a, c - a) * outwards).sum(1) < 0
    faces = np.where(inwards[:, None], faces[:, ::-1], faces)
    return Mesh(np.ascontiguousarray(vertices[used]), faces.astype(np.int32))
