"""Cameras and similarities as plain numbers, so that operations compare by value, hash and save."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from recon.scene import Camera, Similarity
from recon.scene.transforms import quaternion_of

Triple = tuple[float, float, float]
Quaternion = tuple[float, float, float, float]
Matrix = NDArray[np.float64]
UPRIGHT: Quaternion = (1.0, 0.0, 0.0, 0.0)
ORIGIN: Triple = (0.0, 0.0, 0.0)
UNIT: Triple = (1.0, 1.0, 1.0)


@dataclass(frozen=True)
class Placement:
    """A similarity: new point = scale * rotation @ point + position.

    Parameters
    ----------
    position : (3,) tuple
        World units.
    rotation : (4,) tuple
        Unit quaternion w, x, y, z; brought to unit length.
    scale : float
        Above 0.

    Raises
    ------
    ValueError
        If a number is not finite, the scale not above 0, or the quaternion zero.
    """

    position: Triple = ORIGIN
    rotation: Quaternion = UPRIGHT
    scale: float = 1.0

    def __post_init__(self) -> None:
        if not np.isfinite([*self.position, *self.rotation, self.scale]).all() or self.scale <= 0:
            raise ValueError(f"a placement needs finite numbers and a scale above 0, got {self}")
        length = float(np.linalg.norm(self.rotation))
        if length < 1e-9:
            raise ValueError("the rotation of a placement must not be the zero quaternion")
        if abs(length - 1) > 1e-12:  # so that a saved one comes back to the bit
            w, x, y, z = (value / length for value in self.rotation)
            object.__setattr__(self, "rotation", (w, x, y, z))

    @classmethod
    def of(cls, similarity: Similarity) -> Placement:
        """A similarity's numbers."""
        w, x, y, z = quaternion_of(similarity.rotation).tolist()
        return cls(triple(similarity.translation), (w, x, y, z), float(similarity.scale))

    @property
    def similarity(self) -> Similarity:
        """World from what is placed."""
        return Similarity(self.scale, rotation_matrix(self.rotation), np.array(self.position))


@dataclass(frozen=True)
class Eye:
    """A pinhole camera: what `recon.scene.Camera` says, for one without distortion.

    Parameters
    ----------
    width, height : int
        Pixels.
    fx, fy, cx, cy : float
        Pixels; (0, 0) is the outer corner of the first pixel.
    position : (3,) tuple
        Centre of projection, world coordinates.
    rotation : (4,) tuple
        world_from_camera as a unit quaternion w, x, y, z.
    """

    width: int
    height: int
    fx: float
    fy: float
    cx: float
    cy: float
    position: Triple = ORIGIN
    rotation: Quaternion = UPRIGHT

    @classmethod
    def of(cls, camera: Camera) -> Eye:
        """A camera's numbers."""
        fx, fy, cx, cy = camera.intrinsics.tolist()
        w, x, y, z = quaternion_of(camera.world_from_camera[:3, :3]).tolist()
        return cls(camera.width, camera.height, fx, fy, cx, cy, triple(camera.center), (w, x, y, z))

    @property
    def pixels_from_offset(self) -> Matrix:
        """(3, 3) float64: takes a world offset from the eye to u * depth, v * depth, depth."""
        calibration = np.array([[self.fx, 0, self.cx], [0, self.fy, self.cy], [0, 0, 1]])
        return np.asarray(calibration @ rotation_matrix(self.rotation).T)


IDENTITY = Placement()


def rotation_matrix(rotation: Quaternion) -> Matrix:
    """(3, 3) float64 of a unit quaternion w, x, y, z."""
    w, x, y, z = rotation
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )


def triple(values: ArrayLike) -> Triple:
    """Three plain numbers."""
    x, y, z = np.asarray(values, np.float64).tolist()
    return x, y, z
