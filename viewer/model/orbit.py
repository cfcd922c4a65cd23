"""Where one stands: a turntable around a pivot, the one truth of every viewport's camera."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from recon.scene import Camera

Vector = NDArray[np.float64]
Triple = tuple[float, float, float]
Side = Literal["front", "back", "right", "left", "top", "bottom"]

STEEPEST = math.radians(89.5)
CLOSEST = 1e-4
SMALLEST, LARGEST = 1.0, 64.0  # magnification of a picture
# A parallel view is a pinhole that stands this many times farther off with as many times the focal length. Everything
# is drawn through that one camera, so splats, meshes and picking agree exactly. Against true parallel rays, something
# as far before the pivot as the picture is high is off by half a pixel at most; float32 depths still tell 1/15,000 of
# the distance apart.
PARALLEL = 1000.0
SIDES: dict[Side, tuple[float, float]] = {
    "front": (0.0, 0.0),
    "right": (math.pi / 2, 0.0),
    "back": (math.pi, 0.0),
    "left": (-math.pi / 2, 0.0),
    "top": (0.0, math.pi / 2),
    "bottom": (0.0, -math.pi / 2),
}


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
    center : (3,) tuple, optional
        What turning and approaching keep in its place on the screen, world coordinates; the pivot unless given.
    parallel : bool
        Whether lines of sight are parallel, to within `PARALLEL`; sizes at the pivot stay as they are.
    magnification : float
        By how much the picture is enlarged after it was taken; the eye does not move.
    offset : (2,) tuple
        How far right and down of the middle the pivot is shown, as parts of the framed height.
    """

    pivot: Triple = (0.0, 0.0, 0.0)
    distance: float = 1.0
    azimuth: float = 0.0
    elevation: float = 0.0
    roll: float = 0.0
    field_of_view: float = math.radians(45)
    aspect: float = 0.0
    up: Triple = (0.0, 0.0, 1.0)
    center: Triple | None = None
    parallel: bool = False
    magnification: float = 1.0
    offset: tuple[float, float] = (0.0, 0.0)

    @property
    def eye(self) -> Vector:
        """(3,) float64: where one stands, world coordinates; of a parallel view, where one would stand otherwise."""
        return np.array(self.pivot) - self.distance * self._axes()[2]

    @property
    def world_from_camera(self) -> Vector:
        """(4, 4) float64: x right, y down, z forward."""
        right, down, forward = self._axes()
        transform = np.eye(4)
        transform[:3, :3] = np.stack([right, down, forward], axis=1)
        transform[:3, 3] = np.array(self.pivot) - self._away * self.distance * forward
        return transform

    def camera(self, width: int, height: int) -> Camera:
        """The pinhole camera of a picture of this size, in pixels."""
        framed = self.framed_height(width, height)
        focal = self._away * self.magnification * framed / 2 / math.tan(self.field_of_view / 2)
        x, y = width / 2 + self.offset[0] * framed, height / 2 + self.offset[1] * framed
        return Camera(width, height, focal, focal, x, y, self.world_from_camera)

    def framed_height(self, width: float, height: float) -> float:
        """How high the framed box is in a picture of this size, in its pixels."""
        return min(height, width / self.aspect) if self.aspect else height

    def turned(self, right: float, down: float) -> Orbit:
        """After dragging the scene by an angle in radians to the right and down on the screen."""
        right, down = _rotated(right, down, self.roll)
        elevation = float(np.clip(self.elevation + down, -STEEPEST, STEEPEST))
        turned = replace(self, azimuth=math.remainder(self.azimuth - right, math.tau), elevation=elevation)
        if self.center is None:
            return turned
        before, after = np.stack(self._axes()), np.stack(turned._axes())
        center = np.array(self.center)
        return replace(turned, pivot=_triple(center + after.T @ before @ (np.array(self.pivot) - center)))

    def looked(self, right: float, down: float) -> Orbit:
        """After turning the head by an angle in radians; the eye stays where it is."""
        return replace(replace(self, center=_triple(self.eye)).turned(right, down), center=self.center)

    def panned(self, right: float, down: float) -> Orbit:
        """After dragging the scene by a part of the framed height to the right and down on the screen."""
        unit = 2 * self.distance * math.tan(self.field_of_view / 2) / self.magnification
        x, y, _ = self._axes()
        return replace(self, pivot=_triple(np.array(self.pivot) - unit * (right * x + down * y)))

    def flown(self, right: float, down: float, forward: float) -> Orbit:
        """After moving the eye along its own axes, in world units."""
        return replace(self, pivot=_triple(np.array(self.pivot) + np.array([right, down, forward]) @ self._axes()))

    def approached(self, factor: float) -> Orbit:
        """At `factor` times the distance."""
        distance = max(self.distance * factor, CLOSEST)
        center = np.array(self.pivot if self.center is None else self.center)
        pivot = center + distance / self.distance * (np.array(self.pivot) - center)
        return replace(self, distance=distance, pivot=_triple(pivot))

    def around(self, pivot: ArrayLike) -> Orbit:
        """Around another pivot, seen from the same side and distance."""
        return replace(self, pivot=_triple(pivot), center=None)

    def centered(self, center: ArrayLike) -> Orbit:
        """Turning about another point from now on; the picture stays as it is."""
        return replace(self, center=_triple(center))

    def facing(self, side: Side) -> Orbit:
        """Looking at one side of the scene, straight and without roll."""
        azimuth, elevation = SIDES[side]
        return replace(self, azimuth=azimuth, elevation=elevation, roll=0.0)

    def framing(self, bounds: ArrayLike) -> Orbit:
        """Looking the same way at the whole of an upright box: (2, 3), its lower and upper corner."""
        low, high = np.asarray(bounds, np.float64)
        corners = np.stack(np.meshgrid(*np.stack([low, high], axis=1), indexing="ij"), axis=-1).reshape(-1, 3)
        middle = (low + high) / 2
        x, y, z = ((corners - middle) @ np.stack(self._axes()).T).T
        needed = np.maximum(np.abs(x), np.abs(y)) / math.tan(self.field_of_view / 2) - z
        distance = max(1.05 * float(needed.max()), CLOSEST)
        return replace(self.around(middle), distance=distance, aspect=1.0, magnification=1.0, offset=(0.0, 0.0))

    def magnified(self, factor: float, right: float, down: float) -> Orbit:
        """With the picture enlarged about a place right and down of its middle, in parts of the framed height."""
        magnification = float(np.clip(self.magnification * factor, SMALLEST, LARGEST))
        if magnification == SMALLEST:
            return replace(self, magnification=SMALLEST, offset=(0.0, 0.0))
        grown = magnification / self.magnification
        x, y = self.offset
        return replace(
            self, magnification=magnification, offset=(right + grown * (x - right), down + grown * (y - down))
        )

    def shifted(self, right: float, down: float) -> Orbit:
        """With the picture moved right and down by parts of the framed height; the eye does not move."""
        return replace(self, offset=(self.offset[0] + right, self.offset[1] + down))

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

    @property
    def _away(self) -> float:
        return PARALLEL if self.parallel else 1.0

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
