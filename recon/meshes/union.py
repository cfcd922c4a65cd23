"""Several closed meshes as one surface."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec

import numpy as np

from recon.errors import InputError, ResourceError
from recon.scene import Mesh


def require_union() -> None:
    """See that `united` can work here.

    Raises
    ------
    ResourceError
        If the package `manifold3d` is not installed.
    """
    if find_spec("manifold3d") is None:
        raise ResourceError("Uniting parts needs the package manifold3d. Install it: pip install manifold3d")


def united(meshes: Sequence[Mesh], name: str = "union") -> Mesh:
    """The surface of what any of some closed meshes holds: one manifold, without what lies inside.

    Raises
    ------
    InputError
        If there is no mesh, or one is not closed.
    ResourceError
        If the package `manifold3d`, which computes it, is not installed.
    """
    from trimesh import Trimesh
    from trimesh.boolean import union

    if not meshes:
        raise InputError("There is no mesh to unite.")
    require_union()
    try:
        whole = union([Trimesh(mesh.vertices, mesh.faces) for mesh in meshes], engine="manifold")
    except ValueError as error:
        raise InputError(f"The parts cannot be united, for only closed meshes can: {error}.") from error
    return Mesh(np.asarray(whole.vertices, np.float32), np.asarray(whole.faces, np.int32), name=name)
