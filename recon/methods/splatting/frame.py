"""The frame a fit works in: the scene's focus at the origin and its radius 1, whatever the capture's units are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from recon.scene import Camera


@dataclass(frozen=True, eq=False)
class Frame:
    """A translation and a scale between the capture's world and the local frame.

    Parameters
    ----------
    center : (3,) float64
        Origin of the local frame, in world coordinates.
    radius : float
        World units per local unit.
    """

    center: NDArray[np.float64]
    radius: float

    def local_from_world(self, points: ArrayLike) -> NDArray[np.float32]:
        """Bring world points (N, 3) into the local frame, in double precision until the last step."""
        return ((np.asarray(points, np.float64) - self.center) / self.radius).astype(np.float32)

    def world_from_local(self, points: ArrayLike) -> NDArray[np.float32]:
        """Bring local points (N, 3) into the world."""
        return (np.asarray(points, np.float64) * self.radius + self.center).astype(np.float32)

    def camera_from_local(self, camera: Camera) -> NDArray[np.float64]:
        """(4, 4) float64: rigid transform from the local frame to a camera whose unit is the scene radius."""
        transform = camera.camera_from_world
        transform[:3, 3] = (transform[:3, :3] @ self.center + transform[:3, 3]) / self.radius
        return transform

    def values(self) -> dict[str, Any]:
        """JSON values for a checkpoint; Python's text form of a float is exact."""
        return {"center": self.center.tolist(), "radius": self.radius}

    @classmethod
    def from_values(cls, values: dict[str, Any]) -> Frame:
        """What `values` wrote."""
        return cls(np.asarray(values["center"], np.float64), float(values["radius"]))
