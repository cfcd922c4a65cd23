"""Normals to shade a mesh by: smooth where it is smooth, parted where it is sharp."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recon.meshes.topology import Edges, face_crosses, fans, welded
from recon.scene import Mesh

SHARP = 45.0


@dataclass(frozen=True, eq=False)
class Creased:
    """A mesh with normals to shade it by.

    Parameters
    ----------
    mesh : Mesh
        Vertices on sharp edges stand in it once for each side.
    source : (V,) int64
        The vertex of the given mesh that each vertex was.
    """

    mesh: Mesh
    source: NDArray[np.int64]


def creased(mesh: Mesh, degrees: float = SHARP) -> Creased:
    """Give every vertex the mean normal of the faces around it that go over into each other smoothly.

    Parameters
    ----------
    mesh : Mesh
        One that has normals already is left as it is.
    degrees : float
        Between the normals of two faces, from which on their edge is sharp.
    """
    if mesh.normals is not None or not len(mesh):
        return Creased(mesh, np.arange(len(mesh.vertices)))
    crosses = face_crosses(mesh)
    units = crosses / np.maximum(np.linalg.norm(crosses, axis=1, keepdims=True), 1e-300)
    places = welded(mesh)
    first, second = Edges.of(places).pairs()
    smooth = (units[first // 3] * units[second // 3]).sum(1) > np.cos(np.radians(degrees))
    fan = fans(places, first[smooth], second[smooth])
    count = int(fan.max()) + 1
    normals = np.stack([np.bincount(fan, np.repeat(axis, 3), minlength=count) for axis in crosses.T], axis=1)
    lengths = np.linalg.norm(normals, axis=1, keepdims=True)
    normals = np.where(lengths > 0, normals / np.maximum(lengths, 1e-300), [0.0, 0.0, 1.0]).astype(np.float32)
    keys, corners = np.unique(mesh.faces.reshape(-1).astype(np.int64) * count + fan, return_inverse=True)
    source = keys // count
    rows: dict[str, Any] = {name: values[source] for name, values in mesh.at_vertices().items()}
    rows["normals"] = normals[keys % count]
    parted = replace(
        mesh,
        vertices=mesh.vertices[source],
        faces=corners.reshape(-1, 3).astype(np.int32),
        **rows,
    )
    return Creased(parted, source)
