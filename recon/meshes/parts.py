"""Some faces of a mesh, with all that belongs to them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recon.errors import InputError
from recon.meshes.topology import components, face_crosses, welded
from recon.scene import Mesh


def part(mesh: Mesh, faces: NDArray[np.bool_] | NDArray[np.int64]) -> Mesh:
    """Only some faces, and the vertices that they use.

    Parameters
    ----------
    mesh : Mesh
    faces : (F,) bool or (N,) int64
        Which.
    """
    return with_faces(mesh, mesh.faces[faces])


def with_faces(mesh: Mesh, faces: NDArray[np.int32]) -> Mesh:
    """Other faces over the same vertices, of which the unused ones are left out."""
    used, corners = np.unique(faces, return_inverse=True)
    rows: dict[str, Any] = {name: values[used] for name, values in mesh.at_vertices().items()}
    return replace(mesh, vertices=mesh.vertices[used], faces=corners.reshape(-1, 3).astype(np.int32), **rows)


def keep_components(mesh: Mesh, *, count: int | None = None, smallest: float = 0.0) -> Mesh:
    """Keep the components with the largest areas.

    Parameters
    ----------
    mesh : Mesh
    count : int, optional
        How many at most.
    smallest : float
        Leave out those whose area is less than this share of the largest one's, in [0, 1].

    Raises
    ------
    InputError
        If the mesh has no faces.
    """
    if not len(mesh):
        raise InputError("The mesh has no faces, so there is no component to keep.")
    label = components(welded(mesh))
    areas = np.bincount(label, np.linalg.norm(face_crosses(mesh), axis=1))
    order = np.argsort(-areas, kind="stable")[:count]
    kept = order[areas[order] >= smallest * areas[order[0]]]
    return part(mesh, np.isin(label, kept))
