"""Points drawn on meshes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recon.errors import InputError
from recon.meshes.topology import face_crosses
from recon.scene import Mesh


def drawn_points(
    mesh: Mesh, count: int, generator: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Draw points on a mesh, evenly by area: (count, 3) float64, and the face of each.

    Raises
    ------
    InputError
        If the mesh has no area.
    """
    total = np.cumsum(np.linalg.norm(face_crosses(mesh), axis=1))
    if not len(total) or total[-1] <= 0:
        raise InputError(f"The mesh {mesh.name!r} has no area, so nothing can be measured on it.")
    face = np.searchsorted(total, generator.random(count) * total[-1], side="right")
    root, second = np.sqrt(generator.random(count)), generator.random(count)
    weights = np.stack([1 - root, root * (1 - second), root * second], axis=1)
    return (mesh.vertices[mesh.faces[face]] * weights[:, :, None]).sum(1), face
