"""How a mesh is made from splats."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class MeshOptions:
    """Choices on the way from splats to a textured mesh.

    Parameters
    ----------
    resolution : int
        Voxels along the longest side of the box.
    depth : {"median", "expected"}
        Which depth is fused: the median keeps thin and sharp parts, the expected one is smoother.
    bounded : bool
        Only what lies about as near to the cameras' focus as the cameras do; else all that they see.
    smallest_component : float
        Components with less than this share of the largest one's area are left out.
    close_holes : int
        Holes of at most so many edges are closed; 0 leaves all open.
    smoothing : int
        Rounds of smoothing before simplification.
    faces : int
        At most.
    texture : int
        Side of the texture in texels; 0 makes a mesh with vertex colours alone.
    refinement : int
        Rounds over all photographs in which the texture is fitted to them.
    light : bool
        Whether a textured mesh also gets light that changes with the viewpoint.
    """

    resolution: int = 256
    depth: Literal["median", "expected"] = "median"
    bounded: bool = True
    smallest_component: float = 0.03
    close_holes: int = 60
    smoothing: int = 30
    faces: int = 60_000
    texture: int = 1024
    refinement: int = 4
    light: bool = True
