"""Any result as points."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recon.errors import InputError
from recon.meshes import with_vertex_colors
from recon.meshes.sampling import drawn_points
from recon.meshes.topology import face_crosses
from recon.scene import SH_C0, Blocks, Geometry, Mesh, Points, Splats
from recon.scene.block_surfaces import mesh_of
from recon.scene.rotations import matrices_of

Floats = NDArray[np.float64]

OPAQUE = 0.5  # from which a splat is part of a surface rather than of what blurs it
FLAT = 0.5  # of the middle axis, up to which the shortest one is across a surface
FEWEST = 100
GREY = 0.5


@dataclass(frozen=True, eq=False)
class Cloud:
    """Points in the world frame of what they are of.

    Parameters
    ----------
    positions : (N, 3) float64
        World units.
    colors : (N, 3) float32
        sRGB in [0, 1].
    normals : (N, 3) float64, optional
        Unit length; a row of zeros where none is known.
    outwards : bool
        Whether the normals' side is known; else each may point either way.
    """

    positions: Floats
    colors: NDArray[np.float32]
    normals: Floats | None = None
    outwards: bool = False

    def __len__(self) -> int:
        return len(self.positions)

    def part(self, rows: NDArray[Any]) -> Cloud:
        """Some of the points."""
        normals = None if self.normals is None else self.normals[rows]
        return dataclasses.replace(self, positions=self.positions[rows], colors=self.colors[rows], normals=normals)


def cloud_of(shape: Geometry | Points, count: int, seed: int = 0, *, name: str = "The input") -> Cloud:
    """Points of a result: drawn on a mesh or on blocks evenly by area, or the centres of opaque splats.

    Parameters
    ----------
    shape : Splats, Mesh, Blocks or Points
    count : int
        At most.
    seed : int
        Of the draw.
    name : str
        For what is said of it.

    Raises
    ------
    InputError
        If fewer than 100 points would remain, or a mesh has no area.
    """
    generator = np.random.default_rng(seed)
    if isinstance(shape, Blocks):
        if not len(shape):
            raise InputError(f"{name} holds no block, so it has no points.")
        shape = mesh_of(shape)
    if isinstance(shape, Mesh):
        return _of_mesh(shape, count, generator)
    cloud = _of_splats(shape) if isinstance(shape, Splats) else Cloud(shape.positions.astype(np.float64), shape.colors)
    if len(cloud) < FEWEST:
        what = "opaque splats" if isinstance(shape, Splats) else "points"
        raise InputError(f"{name} holds {len(cloud)} {what}; at least {FEWEST} are needed.")
    if len(cloud) <= count:
        return cloud
    return cloud.part(np.sort(generator.choice(len(cloud), count, replace=False)))


def _of_mesh(mesh: Mesh, count: int, generator: np.random.Generator) -> Cloud:
    positions, face = drawn_points(mesh, count, generator)
    crosses = face_crosses(mesh)[face]
    colored = with_vertex_colors(mesh).colors
    grey = np.full((count, 3), GREY, np.float32)
    colors = grey if colored is None else colored[mesh.faces[face]].mean(1).astype(np.float32)
    return Cloud(positions, colors, crosses / np.linalg.norm(crosses, axis=1, keepdims=True), outwards=True)


def _of_splats(splats: Splats) -> Cloud:
    """Centres, and across each flat splat its shortest axis."""
    solid = splats.part(splats.opacities >= OPAQUE)
    scales = np.sort(solid.scales, axis=1)
    axes = matrices_of(solid.quaternions)
    shortest = np.take_along_axis(axes, solid.scales.argmin(1)[:, None, None], axis=2)[..., 0]
    normals = np.where((scales[:, 0] <= FLAT * scales[:, 1])[:, None], shortest, 0.0)
    colors = np.clip(0.5 + SH_C0 * solid.sh[:, 0], 0, 1)
    return Cloud(solid.means.astype(np.float64), colors.astype(np.float32), normals)
