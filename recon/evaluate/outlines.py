"""What of a picture a mesh covers."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from recon.render import Cameras, rasterize_triangles
from recon.scene import Camera, Mesh


def covered(mesh: Mesh, camera: Camera) -> NDArray[np.bool_]:
    """(H, W) bool: pixels whose central ray meets the mesh."""
    vertices, faces = torch.from_numpy(mesh.vertices), torch.from_numpy(np.ascontiguousarray(mesh.faces))
    return rasterize_triangles(vertices, faces, Cameras.of([camera])).hit[0, ..., 0].numpy()
