"""Where one stands: a turntable around a pivot, the one truth of every viewport's camera."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from recon.scene import Camera

Vector = NDArray[np.float64]
Triple = tuple[float, float, float]

STEEPEST = math.radians(89.5)
CLOSEST = 1e-4


@dataclass(frozen=True)
class Orbit:
    """A camera that circles a pivot.

    Parameters
    ----------
    pivot : (3,) tuple
        The point circled, world coordinates.
    distance : float
        From the pivot to the centre of projection, world units.
    azimuth, elevation : float
        Direction from the pivot to the eye in radians: around `up`, and above the plane normal to it.
    roll : float
        Turn of the picture about the viewing axis in radians; only photographs bring one.
    field_of_view : float
        Vertical opening of the framed box in radians.
    aspect : float
        Width over height of a box that stays wholly in view; 0 frames the height alone.
    up : (3,) tuple
        The axis of the turntable, a unit vector in world coordinates.
    """

    pivot: Triple = (0.0, 0.0, 0.0)
    distance: float = 1.0
    azimuth: float = 0.0
    elevation: float = 0.0
    roll: float = 0.0
    field_of_view: float = math.radians(45)
    aspect: float = 0.0
    up: Triple = (0.0, 0.0, 1.0)

    @property
    def world_from_camera(self) -> Vector:
        """(4, 4) float64: x right, y down, z forward."""
        right, down, forward = self._axes()
        transform = np.eye(4)
        transform[:3, :3] = np.stack([right, down, forward], axis=1)
        transform[:3, 3] = np.array(self.pivot) - self.distance * forward
        return transform

    def camera(self, width: int, height: int) -> Camera:
        """The pinhole camera of a picture of this size, in pixels; the principal point is its centre."""
        focal = self.framed_height(width, height) / 2 / math.tan(self.field_of_view / 2)
        return Camera(width, height, focal, focal, width / 2, height / 2, self.world_from_camera)

    def framed_height(self, width: float, height: float) -> float:
        """How high the framed box is in a picture of this size, in its pixels."""
        return min(height, width / self.aspect) if self.aspect else height

    def turned(self, right: float, down: float) -> Orbit:
        """After dragging the scene by an angle in radians to the right and down on the screen."""
        right, down = _rotated(right, down, self.roll)
        elevation = float(np.clip(self.elevation + down, -STEEPEST, STEEPEST))
        return replace(self, azimuth=math.remainder(self.azimuth - right, math.tau), elevation=elevation)

    def panned(self, right: float, down: float) -> Orbit:
        """After dragging the scene by a part of the framed height to the right and down on the screen."""
        unit = 2 * self.distance * math.tan(self.field_of_view / 2)
        x, y, _ = self._axes()
        return replace(self, pivot=_triple(np.array(self.pivot) - unit * (right * x + down * y)))

    def approached(self, factor: float) -> Orbit:
        """At `factor` times the distance."""
        return replace(self, distance=max(self.distance * factor, CLOSEST))

    def around(self, pivot: ArrayLike) -> Orbit:
        """Around another pivot, seen from the same side and distance."""
        return replace(self, pivot=_triple(pivot))

    @classmethod
    def of_camera(cls, camera: Camera, pivot_depth: float, up: ArrayLike) -> Orbit:
        """Standing where a photograph was taken, with the whole photograph in view.

        Parameters
        ----------
        camera : Camera
        pivot_depth : float
            How far along the viewing axis the pivot lies, world units.
        up : (3,) array
            Unit vector, world coordinates.
        """
        rotation = camera.world_from_camera[:3, :3]
        upward = np.asarray(up, np.float64)
        level = cls(up=_triple(upward))
        east, north = level.horizon()
        back = -rotation[:, 2]
        elevation = math.asin(float(np.clip(back @ upward, -1, 1)))
        # Looking straight down or up leaves the azimuth open; the picture's upper edge then says which way one faces.
        side = back if abs(elevation) < STEEPEST else math.copysign(1, elevation) * rotation[:, 1]
        azimuth = math.atan2(float(side @ north), float(side @ east))
        level = replace(level, azimuth=azimuth, elevation=elevation)
        right, down, _ = level._axes()
        half_height = max(camera.cy, camera.height - camera.cy) / camera.fy
        half_width = max(camera.cx, camera.width - camera.cx) / camera.fx
        return replace(
            level,
            pivot=_triple(camera.center + pivot_depth * rotation[:, 2]),
            distance=pivot_depth,
            roll=math.atan2(float(rotation[:, 0] @ down), float(rotation[:, 0] @ right)),
            field_of_view=2 * math.atan(half_height),
            aspect=half_width / half_height,
        )

    def horizon(self) -> tuple[Vector, Vector]:
        """Two unit vectors that span the plane normal to up; the first is azimuth 0."""
        up = np.array(self.up)
        away = np.eye(3)[np.argmin(np.abs(up))]
        east = np.cross(away, up)
        east /= np.linalg.norm(east)
        return east, np.cross(up, east)

    def _axes(self) -> tuple[Vector, Vector, Vector]:
        """Right, down and forward as unit vectors."""
        east, north = self.horizon()
        outward = math.cos(self.azimuth) * east + math.sin(self.azimuth) * north
        right = math.cos(self.azimuth) * north - math.sin(self.azimuth) * east
        forward = -(math.cos(self.elevation) * outward + math.sin(self.elevation) * np.array(self.up))
        down = np.cross(forward, right)
        cosine, sine = math.cos(self.roll), math.sin(self.roll)
        return cosine * right + sine * down, cosine * down - sine * right, forward


def _rotated(x: float, y: float, angle: float) -> tuple[float, float]:
    cosine, sine = math.cos(angle), math.sin(angle)
    return cosine * x - sine * y, sine * x + cosine * y


def _triple(vector: ArrayLike) -> Triple:
    x, y, z = np.asarray(vector, np.float64).tolist()
    return x, y, z
