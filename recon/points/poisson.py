"""The surface through points: Poisson reconstruction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recon.errors import MethodError
from recon.meshes import keep_components
from recon.meshes.parts import part
from recon.parameters import check, parameter
from recon.points.cloud import FEWEST, Cloud
from recon.points.library import open3d, open3d_cloud
from recon.points.normals import with_normals
from recon.scene import Mesh

Floats = NDArray[np.float64]
Report = Callable[[str, float | None], None]

NEIGHBOURS, STRAY = 20, 2.5  # standard deviations of the mean distance to neighbours
OUTERMOST, MARGIN = 1, 0.25  # per cent of points along an axis; of the box around the others
ROOM = 1.25  # of the bounding cube, to that in which the surface is looked for: it bulges where points are few


@dataclass(frozen=True)
class PoissonOptions:
    """How a surface is made of points.

    Raises
    ------
    InvalidParameter
        If a value is out of its range.
    """

    depth: int = parameter(8, "Halvings of the bounding cube: one more is twice as fine.", low=4, high=12)
    trim: float = parameter(
        1.5, "Leave out where points are so many halvings sparser than usual; 0 keeps all.", low=0.0, high=12.0
    )
    smallest: float = parameter(0.02, "Leave out parts below this share of the largest one's area.", low=0.0, high=1.0)

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True, eq=False)
class Surfaced:
    """A surface made of points.

    Parameters
    ----------
    mesh : Mesh
        With normals and colours of vertices, in the world frame of the points.
    points : int
        That it was made of.
    left_out : int
        Points that lie apart from all others.
    """

    mesh: Mesh
    points: int
    left_out: int


def poisson(
    cloud: Cloud,
    options: PoissonOptions | None = None,
    eyes: Floats | None = None,
    report: Report = lambda _stage, _share: None,
) -> Surfaced:
    """Make the surface through points (Kazhdan and Hoppe 2013, as in Open3D), with the points' colours.

    Parameters
    ----------
    cloud : Cloud
        At least 100 points remain without those that lie apart; normals are estimated and turned outwards where needed.
    options : PoissonOptions, optional
    eyes : (E, 3) float64, optional
        Where cameras stood, for the side of normals.
    report : callable
        Told a stage, and the share of it that is done, where known.

    Raises
    ------
    MethodError
        If no surface goes through the points.
    """
    options = options or PoissonOptions()
    report("Leaving out what lies apart", None)
    kept = _without_strays(cloud)
    if len(kept) < FEWEST:
        raise MethodError(f"Only {len(kept)} of {len(cloud)} points hang together; at least {FEWEST} are needed.")
    report("Finding which side is out", None)
    oriented = with_normals(kept, eyes)
    report("Making the surface", None)
    mesh = _surface(oriented, options)
    return Surfaced(mesh, len(kept), len(cloud) - len(kept))


def _without_strays(cloud: Cloud) -> Cloud:
    low, high = np.percentile(cloud.positions, [OUTERMOST, 100 - OUTERMOST], axis=0)
    margin = MARGIN * (high - low).max()
    near = ((cloud.positions >= low - margin) & (cloud.positions <= high + margin)).all(1)
    kept = cloud.part(near)
    _, rows = open3d_cloud(kept.positions).remove_statistical_outlier(NEIGHBOURS, STRAY)
    return kept.part(np.asarray(rows, np.int64))


def _surface(cloud: Cloud, options: PoissonOptions) -> Mesh:
    library = open3d()
    points = open3d_cloud(cloud.positions, cloud.normals, cloud.colors)
    made, densities = library.geometry.TriangleMesh.create_from_point_cloud_poisson(
        points, depth=options.depth, scale=ROOM, linear_fit=False, n_threads=1
    )
    faces = np.asarray(made.triangles)
    if not len(faces):
        raise MethodError("No surface goes through the points. Are they of a surface at all? Try a smaller --depth.")
    mesh = Mesh(
        np.asarray(made.vertices, np.float32),
        np.asarray(faces, np.int32),
        normals=_unit(np.asarray(made.vertex_normals)),
        colors=np.clip(np.asarray(made.vertex_colors), 0, 1).astype(np.float32),
        name="surface",
    )
    if options.trim:
        dense = np.asarray(densities) >= np.median(densities) - options.trim
        mesh = part(mesh, dense[mesh.faces].all(1))
    return keep_components(mesh, smallest=options.smallest) if options.smallest and len(mesh) else mesh


def _unit(normals: Floats) -> NDArray[np.float32]:
    lengths = np.linalg.norm(normals, axis=1, keepdims=True)
    return np.where(lengths > 0, normals / np.maximum(lengths, 1e-30), [0.0, 0.0, 1.0]).astype(np.float32)
