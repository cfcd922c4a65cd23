"""A mesh made ready to be drawn, and how it is read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recon.editing.meshes import MeshOperation, apply_to_mesh
from recon.errors import UnreadableFile
from recon.io import read_geometry
from recon.meshes import creased
from recon.scene import Blocks, Mesh


@dataclass(frozen=True, eq=False)
class Surface:
    """A mesh made ready to be drawn.

    Parameters
    ----------
    mesh : Mesh
        With normals; vertices on sharp edges stand in it once for each side.
    source : (V,) int64
        The vertex of the mesh that each vertex was before it was made ready.
    operations : tuple of MeshOperation
        The edits that left the mesh so.
    """

    mesh: Mesh
    source: NDArray[np.int64]
    operations: tuple[MeshOperation, ...] = ()

    @classmethod
    def of(cls, mesh: Mesh, operations: tuple[MeshOperation, ...] = ()) -> Surface:
        """Make a mesh ready that these edits have left."""
        ready = creased(mesh)
        return cls(ready.mesh, ready.source, operations)

    def __len__(self) -> int:
        return len(self.mesh)


def read_surface(path: Path) -> Surface | Blocks:
    """Read a mesh or blocks.

    Raises
    ------
    TriptychError
        If the file is neither, empty, or damaged.
    """
    geometry = read_geometry(path)
    if isinstance(geometry, Blocks):
        if not len(geometry):
            raise UnreadableFile(f"{path} holds no blocks.")
        return geometry
    return Surface.of(_required(geometry, path))


def read_mesh(path: Path, operations: tuple[MeshOperation, ...] = ()) -> Mesh:
    """Read a mesh from its file, as edits leave it.

    Raises
    ------
    TriptychError
        If it holds something else, or is damaged, or the edits cannot be applied.
    """
    return apply_to_mesh(_required(read_geometry(path), path), operations)


def _required(geometry: object, path: Path) -> Mesh:
    if not isinstance(geometry, Mesh):
        kind = getattr(geometry, "kind", "something else")
        raise UnreadableFile(f"{path} holds {kind}; a mesh or blocks were wanted.")
    return geometry
