"""A mesh made ready to be drawn, and how it is read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

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
        The vertex of the mesh as it was read that each vertex was.
    """

    mesh: Mesh
    source: NDArray[np.int64]

    @classmethod
    def of(cls, mesh: Mesh) -> Surface:
        """Make a mesh ready."""
        ready = creased(mesh)
        return cls(ready.mesh, ready.source)

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


def read_mesh(path: Path) -> Mesh:
    """Read a mesh as it is in its file.

    Raises
    ------
    TriptychError
        If it holds something else, or is damaged.
    """
    return _required(read_geometry(path), path)


def _required(geometry: object, path: Path) -> Mesh:
    if not isinstance(geometry, Mesh):
        kind = getattr(geometry, "kind", "something else")
        raise UnreadableFile(f"{path} holds {kind}; a mesh or blocks were wanted.")
    return geometry
