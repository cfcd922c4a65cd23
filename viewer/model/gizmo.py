"""A gizmo: handles around something in space that move, turn and resize it when they are dragged on a picture.

A similarity in, a similarity out: whatever has a place can be given one. All positions on the picture are pixels of the
camera that it is seen through; (0, 0) is the outer corner of the first pixel.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from recon.editing import Placement, Triple
from recon.scene import Camera, Similarity
from viewer.model.frusta import inside_convex

Vector = NDArray[np.float64]
Point = tuple[float, float]
Kind = Literal["move", "rotate", "scale"]
Axes = Literal["world", "local"]
KINDS: tuple[Kind, ...] = get_args(Kind)

LENGTH = 84.0  # of an axis, pixels at a device pixel ratio of 1
REACH = 8.0  # how near the pointer must be to a line
SHORTEST = 12.0  # an axis that points at the eye cannot be dragged along
SQUARE = (0.28, 0.48)  # where the squares of the planes lie along both axes
OUTER, INNER = 1.2, 0.14  # radius of the ring about the line of sight, and half the width of the middle's square
ANGLE_STEP = math.radians(15)
SCALE_STEP, SMALLEST_SCALE = 0.1, 0.01
EDGE_ON = 0.15  # sine of the angle under which a ring is dragged along instead of around
RING = 64


@dataclass(frozen=True, eq=False)
class Handle:
    """Something to drag.

    Parameters
    ----------
    name : str
        "x", "y", "z" for an axis or the turn about it; "yz", "zx", "xy" for a plane; "view" for the plane or the turn
        that faces the eye; "all" for the size.
    points : (M, 2) float64
        A line on the picture, or the corners of an area.
    area : bool
    """

    name: str
    points: Vector
    area: bool = False

    def distance(self, x: float, y: float) -> float:
        """From a position to the line, pixels; 0 within an area."""
        if self.area and inside_convex(self.points - [x, y]):
            return 0.0
        line = np.concatenate([self.points, self.points[:1]]) if self.area else self.points
        start, along = line[:-1], np.diff(line, axis=0)
        offset = [x, y] - start
        fraction = np.clip((offset * along).sum(1) / np.maximum((along**2).sum(1), 1e-12), 0, 1)
        return float(np.linalg.norm(offset - fraction[:, None] * along, axis=1).min())


@dataclass(frozen=True, eq=False)
class Change:
    """What a drag does.

    Parameters
    ----------
    similarity : Similarity
        New world from old world.
    stretch : (3,) tuple
        Factors along the thing's own axes, before it is placed.
    """

    similarity: Similarity = field(default_factory=Similarity)
    stretch: Triple = (1.0, 1.0, 1.0)


@dataclass(frozen=True)
class Gizmo:
    """Handles around a place.

    Parameters
    ----------
    placement : Placement
        World from the thing; the handles stand around its origin.
    kind : {"move", "rotate", "scale"}
    axes : {"world", "local"}
        Whose axes the handles follow; sizes always follow the thing's own.
    stretches : bool
        Whether it can be resized along single axes, too.
    length : float
        Of an axis, pixels.
    """

    placement: Placement = Placement()  # noqa: RUF009  a frozen value
    kind: Kind = "move"
    axes: Axes = "world"
    stretches: bool = False
    length: float = LENGTH

    @property
    def center(self) -> Vector:
        """(3,) float64, world coordinates."""
        return np.array(self.placement.position)

    @property
    def directions(self) -> Vector:
        """(3, 3) float64: unit vectors of the axes, one a row, world coordinates."""
        if self.axes == "world" and self.kind != "scale":
            return np.eye(3)
        return self.placement.similarity.rotation.T

    def moved(self, change: Change) -> Gizmo:
        """Where it stands after a change."""
        return replace(self, placement=Placement.of(change.similarity @ self.placement.similarity))

    def reach(self, camera: Camera) -> float:
        """How long an axis is where the gizmo stands, world units; 0 where it is not before the camera."""
        depth = float(camera.camera_from_world[2] @ [*self.center, 1.0])
        return max(self.length * depth / camera.fx, 0.0)

    def handles(self, camera: Camera) -> tuple[Handle, ...]:
        """What to draw and to hit, those in front first; nothing behind the camera."""
        reach = self.reach(camera)
        if reach <= 0:
            return ()
        match self.kind:
            case "move":
                return (self._middle(camera, reach, "view"), *self._planes(camera, reach), *self._lines(camera, reach))
            case "rotate":
                return (*self._rings(camera, reach), self._facing_ring(camera, reach))
            case _:
                lines = self._lines(camera, reach) if self.stretches else ()
                return (self._middle(camera, reach, "all"), *lines, self._facing_ring(camera, reach, "all"))

    def handle_at(self, camera: Camera, x: float, y: float, tolerance: float = REACH) -> Handle | None:
        """The handle under the pointer."""
        near = [(handle.distance(x, y), handle) for handle in self.handles(camera)]
        distance, handle = min(near, key=lambda pair: pair[0], default=(math.inf, None))
        return handle if distance <= tolerance else None

    def _project(self, camera: Camera, offsets: ArrayLike) -> Vector:
        return camera.project(self.center + np.asarray(offsets))[0]

    def _lines(self, camera: Camera, reach: float) -> tuple[Handle, ...]:
        ends = [self._project(camera, [INNER * reach * d, reach * d]) for d in self.directions]
        named = zip("xyz", ends, strict=True)
        return tuple(Handle(name, line) for name, line in named if np.linalg.norm(line[1] - line[0]) > SHORTEST)

    def _planes(self, camera: Camera, reach: float) -> tuple[Handle, ...]:
        near, far = SQUARE[0] * reach, SQUARE[1] * reach
        toward_eye = camera.center - self.center
        toward_eye = toward_eye / np.linalg.norm(toward_eye)
        squares = []
        for name, normal in (("yz", 0), ("zx", 1), ("xy", 2)):
            u, v = self.directions[(normal + 1) % 3], self.directions[(normal + 2) % 3]
            if abs(self.directions[normal] @ toward_eye) > EDGE_ON:
                corners = [near * u + near * v, far * u + near * v, far * u + far * v, near * u + far * v]
                squares.append(Handle(name, self._project(camera, corners), area=True))
        return tuple(squares)

    def _rings(self, camera: Camera, reach: float) -> tuple[Handle, ...]:
        return tuple(
            Handle(name, self._project(camera, reach * _circle(axis)))
            for name, axis in zip("xyz", self.directions, strict=True)
        )

    def _facing_ring(self, camera: Camera, reach: float, name: str = "view") -> Handle:
        sight = self.center - camera.center
        return Handle(name, self._project(camera, OUTER * reach * _circle(sight / np.linalg.norm(sight))))

    def _middle(self, camera: Camera, reach: float, name: str) -> Handle:
        right, down = INNER / 1.6 * reach * camera.world_from_camera[:3, :2].T
        corners = [right + down, right - down, -right - down, down - right]
        return Handle(name, self._project(camera, corners), area=True)


@dataclass(frozen=True, eq=False)
class Drag:
    """A handle that was taken hold of at a position on a picture.

    Parameters
    ----------
    gizmo : Gizmo
        As it was then.
    handle : str
        Its name.
    camera : Camera
    start : (2,) tuple
        Where it was taken hold of, pixels.
    """

    gizmo: Gizmo
    handle: str
    camera: Camera
    start: Point

    def to(self, x: float, y: float, *, snap: bool = False) -> Change:
        """What dragging it to a position does; `snap` makes steps of a round length, 15 degrees or a tenth."""
        match self.gizmo.kind:
            case "move":
                return Change(Similarity(translation=self._moved((x, y), snap)))
            case "rotate":
                return Change(_about(self.gizmo.center, turn(self._axis, self._angle((x, y), snap))))
            case _ if self.handle == "all":
                return Change(_about(self.gizmo.center, np.eye(3), self._factor((x, y), snap)))
            case _:
                index = "xyz".index(self.handle)
                first, second, third = (self._stretch((x, y), snap) if i == index else 1.0 for i in range(3))
                return Change(stretch=(first, second, third))

    @property
    def _axis(self) -> Vector:
        """Unit vector: an axis, a plane's normal, or the line of sight."""
        if self.handle in ("view", "all"):
            sight = self.gizmo.center - self.camera.center
            return np.asarray(sight / np.linalg.norm(sight))
        normals = {"yz": 0, "zx": 1, "xy": 2}
        index = normals[self.handle] if self.handle in normals else "xyz".index(self.handle)
        return np.asarray(self.gizmo.directions[index])

    def _moved(self, end: Point, snap: bool) -> Vector:
        step = round_step(self.gizmo.reach(self.camera) / 8) if snap else 0.0
        if self.handle in ("x", "y", "z"):
            return np.asarray(_snapped(self._along(end) - self._along(self.start), step) * self._axis)
        shift = self._on_plane(end) - self._on_plane(self.start)
        if self.handle == "view":
            return np.asarray(shift)
        directions = np.delete(self.gizmo.directions, {"yz": 0, "zx": 1, "xy": 2}[self.handle], axis=0)
        return np.asarray(sum(_snapped(float(shift @ d), step) * d for d in directions))

    def _angle(self, end: Point, snap: bool) -> float:
        toward_eye = self.camera.center - self.gizmo.center
        slant = abs(self._axis @ toward_eye) / np.linalg.norm(toward_eye)
        if slant < EDGE_ON:
            angle = self._angle_along(end)
        else:
            first, second = self._on_plane(self.start) - self.gizmo.center, self._on_plane(end) - self.gizmo.center
            angle = math.atan2(float(np.cross(first, second) @ self._axis), float(first @ second))
        return _snapped(angle, ANGLE_STEP if snap else 0.0)

    def _angle_along(self, end: Point) -> float:
        """For a ring seen edge-on: how far the pointer went along it, an axis' length for one radian."""
        toward_eye = self.camera.center - self.gizmo.center
        tangent = np.cross(self._axis, toward_eye / np.linalg.norm(toward_eye))
        middle, ahead = self.camera.project([self.gizmo.center, self.gizmo.center + 1e-3 * tangent])[0]
        direction = (ahead - middle) / max(float(np.linalg.norm(ahead - middle)), 1e-12)
        return float(np.subtract(end, self.start) @ direction) / self.gizmo.length

    def _factor(self, end: Point, snap: bool) -> float:
        """How much farther from the middle the pointer is; taken at the middle, an axis' length up or right doubles."""
        middle = self.camera.project(self.gizmo.center[None])[0][0]
        taken = float(np.linalg.norm(self.start - middle))
        if taken < self.gizmo.length / 2:
            factor = 2.0 ** ((end[0] - self.start[0] + self.start[1] - end[1]) / self.gizmo.length)
        else:
            factor = float(np.linalg.norm(end - middle)) / taken
        return max(_snapped(factor, SCALE_STEP if snap else 0.0), SMALLEST_SCALE)

    def _stretch(self, end: Point, snap: bool) -> float:
        factor = self._along(end) / max(self._along(self.start), 1e-9)
        return max(_snapped(factor, SCALE_STEP if snap else 0.0), SMALLEST_SCALE)

    def _along(self, position: Point) -> float:
        """Where on the axis the line of sight comes nearest to it, from the middle, world units."""
        ray, offset = _ray(self.camera, position), self.gizmo.center - self.camera.center
        axis, cosine = self._axis, float(self._axis @ ray)
        return float((cosine * (ray @ offset) - axis @ offset) / max(1 - cosine**2, 1e-9))

    def _on_plane(self, position: Point) -> Vector:
        """Where the line of sight meets the plane through the middle, world coordinates."""
        ray = _ray(self.camera, position)
        across = float(ray @ self._axis)
        offset = self.gizmo.center - self.camera.center
        distance, farthest = float(offset @ self._axis) / (across or 1e-12), 100 * float(np.linalg.norm(offset))
        # A line of sight along the plane, or away from it, meets it nowhere: far away is then as good as any place.
        return np.asarray(self.camera.center + ray * (distance if 0 < distance < farthest else farthest))


def turn(axis: ArrayLike, angle: float) -> Vector:
    """Rotation (3, 3) by an angle in radians about a unit vector (3,), right-handed (Rodrigues)."""
    x, y, z = np.asarray(axis, np.float64)
    skew = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.asarray(np.eye(3) + math.sin(angle) * skew + (1 - math.cos(angle)) * skew @ skew)


def round_step(length: float) -> float:
    """The largest of 1, 2 and 5 times a power of ten that is not above a length."""
    power = 10.0 ** math.floor(math.log10(max(length, 1e-12)))
    return next(factor * power for factor in (5, 2, 1) if factor * power <= length * (1 + 1e-9))


def _about(center: Vector, rotation: Vector, scale: float = 1.0) -> Similarity:
    return Similarity(scale, rotation, center - scale * rotation @ center)


def _ray(camera: Camera, position: Point) -> Vector:
    """Unit vector of the line of sight through a position, world coordinates."""
    local = np.array([(position[0] - camera.cx) / camera.fx, (position[1] - camera.cy) / camera.fy, 1.0])
    return np.asarray(camera.world_from_camera[:3, :3] @ (local / np.linalg.norm(local)))


def _snapped(value: float, step: float) -> float:
    return round(value / step) * step if step else value


def _circle(axis: Vector) -> Vector:
    """A closed circle of radius 1 about an axis through the origin, (RING + 1, 3)."""
    away = np.eye(3)[np.argmin(np.abs(axis))]
    first = np.cross(axis, away)
    first /= np.linalg.norm(first)
    angle = np.linspace(0, 2 * np.pi, RING + 1)[:, None]
    return np.asarray(np.cos(angle) * first + np.sin(angle) * np.cross(axis, first))
