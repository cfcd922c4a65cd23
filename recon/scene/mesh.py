"""Triangle meshes as plain arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

LIGHT_TERMS = 4  # harmonics of degree 0 and 1


@dataclass(frozen=True, eq=False)
class Mesh:
    """Triangles in the capture's world frame.

    Parameters
    ----------
    vertices : (V, 3) float32
        World units. A vertex where a texture has a seam stands here once for each side.
    faces : (F, 3) int32
        Vertices of each triangle, counter-clockwise seen from outside.
    normals : (V, 3) float32, optional
        Unit normals that point outside.
    colors : (V, 3) float32, optional
        sRGB display values in [0, 1].
    uv : (V, 2) float32, optional
        Where each vertex lies on the texture: (0, 0) is its lower left corner, (1, 1) its upper right.
    texture : (H, W, 3) or (H, W, 4) uint8, optional
        sRGB, top row first, alpha straight; needs `uv`.
    light : (V, 4, 3) float32, optional
        What is added to the texture's colour at each vertex, by the direction from the eye: harmonics of degree 0 and
        1, in the basis of `recon.scene.harmonics`. Between vertices the sums are blended. Needs `texture`.
    one_sided : bool
        Whether it is drawn from outside alone: what was seen from one side only hides nothing from the other.
    name : str
        For people and for files that name their objects.

    Raises
    ------
    ValueError
        If shapes disagree, a value is not finite, a face names a vertex that is not there, a texture has no `uv`, or
        light no texture.
    """

    kind: ClassVar[Literal["mesh"]] = "mesh"

    vertices: NDArray[np.float32]
    faces: NDArray[np.int32]
    normals: NDArray[np.float32] | None = None
    colors: NDArray[np.float32] | None = None
    uv: NDArray[np.float32] | None = None
    texture: NDArray[np.uint8] | None = None
    light: NDArray[np.float32] | None = None
    one_sided: bool = False
    name: str = "mesh"

    def __post_init__(self) -> None:
        count = len(self.vertices)
        shapes = {"vertices": (3,), "normals": (3,), "colors": (3,), "uv": (2,), "light": (LIGHT_TERMS, 3)}
        for name, shape in shapes.items():
            self._check_rows(name, (count, *shape))
        if self.faces.ndim != 2 or self.faces.shape[1] != 3:
            raise ValueError(f"mesh.faces must have shape (F, 3), got {self.faces.shape}")
        if self.faces.size and not 0 <= self.faces.min() <= self.faces.max() < count:
            raise ValueError(f"mesh.faces must name vertices from 0 to {count - 1}, got {self.faces.max()}")
        if self.texture is not None:
            self._check_texture(self.texture)
        if self.light is not None and self.texture is None:
            raise ValueError("mesh.light needs mesh.texture")

    def _check_rows(self, name: str, shape: tuple[int, ...]) -> None:
        array = getattr(self, name)
        if array is None:
            return
        if array.shape != shape:
            raise ValueError(f"mesh.{name} must have shape {shape}, got {array.shape}")
        if not np.isfinite(array).all():
            raise ValueError(f"mesh.{name} holds values that are not finite")

    def _check_texture(self, texture: NDArray[np.uint8]) -> None:
        if self.uv is None:
            raise ValueError("mesh.texture needs mesh.uv")
        if texture.dtype != np.uint8 or texture.ndim != 3 or texture.shape[2] not in (3, 4) or texture.size == 0:
            raise ValueError(f"mesh.texture must be uint8 of shape (H, W, 3|4), got {texture.dtype} {texture.shape}")

    def at_vertices(self) -> dict[str, NDArray[np.float32]]:
        """What vertices have beside their places, by the name of its field; each (V, ...)."""
        values = {name: getattr(self, name) for name in ("normals", "colors", "uv", "light")}
        return {name: array for name, array in values.items() if array is not None}

    def __len__(self) -> int:
        return len(self.faces)
