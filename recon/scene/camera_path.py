"""Camera paths made of keyframes, and the films taken along them.

Between keyframes positions, openings and focus distances follow cubic Hermite curves and rotations the Hermite
quaternion curve of Kim, Kim and Shin (1995), "A general construction scheme for unit quaternion curves with simple high
order derivatives". Both take their velocities from the neighbours as a Catmull-Rom curve of uneven times does, so a
path has no corner in position or rotation.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from recon.scene.camera import Camera

if TYPE_CHECKING:
    from scipy.spatial.transform import Rotation

Array = NDArray[np.float64]
Mode = Literal["color", "depth", "normals", "alpha", "ellipsoids", "centers"]
MODES: tuple[Mode, ...] = ("color", "depth", "normals", "alpha", "ellipsoids", "centers")

SAMPLES = 64  # per segment, to measure length by
TURNING = 0.25  # what all turning of a path weighs against all its length where its speed is evened
STILL = 1e-9  # of the path's extent: closer keyframes are one place


@dataclass(frozen=True, eq=False)
class Keyframe:
    """Where a camera stands at one moment.

    Parameters
    ----------
    time : float
        Seconds from the beginning, not negative.
    world_from_camera : (4, 4) float64
        Rigid transform: x right, y down, z forward.
    field_of_view : float
        Vertical opening of the picture in radians, within 0 and pi.
    focus_distance : float
        How far ahead what is looked at lies, world units: what one turns around when one goes on from here.
    name : str

    Raises
    ------
    ValueError
        If a value is out of its range or the pose is not rigid.
    """

    time: float
    world_from_camera: Array
    field_of_view: float
    focus_distance: float = 1.0
    name: str = ""

    def __post_init__(self) -> None:
        if not (math.isfinite(self.time) and self.time >= 0):
            raise ValueError(f"the time of a keyframe must not be negative, got {self.time}")
        if not 0 < self.field_of_view < math.pi:
            raise ValueError(f"the field of view of a keyframe must lie within 0 and pi, got {self.field_of_view}")
        if not (math.isfinite(self.focus_distance) and self.focus_distance > 0):
            raise ValueError(f"the focus distance of a keyframe must be positive, got {self.focus_distance}")
        rigid = Camera(1, 1, 1, 1, 0.5, 0.5, self.world_from_camera).world_from_camera
        object.__setattr__(self, "world_from_camera", rigid)

    @property
    def position(self) -> Array:
        """(3,) float64: centre of projection in world coordinates."""
        return self.world_from_camera[:3, 3]


@dataclass(frozen=True, eq=False)
class CameraPath:
    """A camera that moves smoothly through keyframes.

    Before the first keyframe and after the last one it stands still, unless it loops.

    Parameters
    ----------
    keyframes : tuple of Keyframe
        In order of time, no two at the same moment; may be empty.
    duration : float
        Seconds, positive. A path that loops is back at its first keyframe one duration after it.
    loop : bool
        Whether the end leads smoothly into the beginning; all keyframes then lie before the end.
    constant_speed : bool
        Whether the camera moves evenly from the first keyframe to the last one, whatever the times in between say.

    Raises
    ------
    ValueError
        If keyframes are not in order, or lie after the end.
    """

    keyframes: tuple[Keyframe, ...] = ()
    duration: float = 8.0
    loop: bool = False
    constant_speed: bool = False

    def __post_init__(self) -> None:
        times = [each.time for each in self.keyframes]
        if not (math.isfinite(self.duration) and self.duration > 0):
            raise ValueError(f"the duration of a camera path must be positive, got {self.duration}")
        if any(later <= earlier for earlier, later in pairwise(times)):
            raise ValueError(f"keyframes must be in order of time, no two at the same moment; got {times}")
        if times and (times[-1] > self.duration or (self.loop and times[-1] >= self.duration + times[0])):
            raise ValueError(f"keyframes must lie within the {self.duration} s of the path, got one at {times[-1]} s")

    def at(self, time: float) -> Keyframe:
        """Where the camera is at a moment, in seconds.

        Raises
        ------
        ValueError
            If there is no keyframe.
        """
        if not self.keyframes:
            raise ValueError("a camera path without keyframes leads nowhere")
        if len(self.keyframes) == 1:
            return replace(self.keyframes[0], time=time)
        return self._curve.at(time, self._warp.curve_time(self._wrapped(time)))

    @property
    def passing_times(self) -> tuple[float, ...]:
        """When each keyframe is passed, in seconds: its own time, unless the speed is evened."""
        if not self.constant_speed or len(self.keyframes) < 2:
            return tuple(each.time for each in self.keyframes)
        return tuple(self._warp.passing_time(knot) for knot in self._curve.times[: len(self.keyframes)])

    def _wrapped(self, time: float) -> float:
        first, last = self._span
        return first + (time - first) % (last - first) if self.loop else min(max(time, first), last)

    @property
    def _span(self) -> tuple[float, float]:
        first = self.keyframes[0].time
        return first, first + self.duration if self.loop else self.keyframes[-1].time

    @cached_property
    def _curve(self) -> _Curve:
        keyframes = self.keyframes
        if self.loop:
            keyframes = (*keyframes, replace(keyframes[0], time=keyframes[0].time + self.duration))
        times = np.array([each.time for each in keyframes])
        return _Curve(keyframes, _centripetal(keyframes, times) if self.constant_speed else times, self.loop)

    @cached_property
    def _warp(self) -> _Warp:
        return _Warp.evening(self._curve) if self.constant_speed else _Warp.none(*self._span)


@dataclass(frozen=True, eq=False)
class Film:
    """Everything a video of a path depends on, besides what it shows.

    Parameters
    ----------
    path : CameraPath
    width, height : int
        Of the picture in pixels.
    frames_per_second : float
    mode : {"color", "depth", "normals", "alpha", "ellipsoids", "centers"}
        What is drawn.
    background : tuple of float, optional
        sRGB in [0, 1], where nothing is; None leaves it transparent, which only pictures can hold.

    Raises
    ------
    ValueError
        If a value is out of its range.
    """

    path: CameraPath
    width: int = 1920
    height: int = 1080
    frames_per_second: float = 30.0
    mode: Mode = "color"
    background: tuple[float, float, float] | None = (0.0, 0.0, 0.0)

    def __post_init__(self) -> None:
        if self.width < 1 or self.height < 1:
            raise ValueError(f"the size of a film must be positive, got {self.width}x{self.height}")
        if not 0 < self.frames_per_second <= 1000:
            raise ValueError(f"a film has between 0 and 1000 frames per second, got {self.frames_per_second}")
        if self.mode not in MODES:
            raise ValueError(f"the mode of a film must be one of {', '.join(MODES)}, got {self.mode!r}")
        color = self.background
        if color is not None and (len(color) != 3 or not all(0 <= value <= 1 for value in color)):
            raise ValueError(f"the background of a film is three numbers in [0, 1], got {self.background}")

    @property
    def frame_count(self) -> int:
        """How many frames it has, at least one; the end itself belongs to whatever comes after it."""
        return max(1, round(self.path.duration * self.frames_per_second))

    def camera(self, frame: int) -> Camera:
        """The pinhole camera of a frame, counted from 0."""
        return self.camera_at(frame / self.frames_per_second)

    def camera_at(self, time: float) -> Camera:
        """The pinhole camera of a moment, in seconds."""
        here = self.path.at(time)
        focal = self.height / 2 / math.tan(here.field_of_view / 2)
        return Camera(self.width, self.height, focal, focal, self.width / 2, self.height / 2, here.world_from_camera)


class _Curve:
    """The smooth curve through at least two keyframes; `closed` if the last one is the first again."""

    def __init__(self, keyframes: Sequence[Keyframe], times: Array, closed: bool) -> None:
        self.times = times
        self._steps = np.diff(times)
        values = np.stack([[*each.position, each.field_of_view, math.log(each.focus_distance)] for each in keyframes])
        slopes = _velocities(np.diff(values, axis=0), self._steps, closed)
        from scipy.interpolate import CubicHermiteSpline  # takes a while to load

        self._values = CubicHermiteSpline(self.times, values, slopes)
        self._rotations = _rotations(keyframes)
        turns = (self._rotations[:-1].inv() * self._rotations[1:]).as_rotvec()
        self._spins = _velocities(turns, self._steps, closed)

    def at(self, time: float, curve_time: float) -> Keyframe:
        values = self._values(curve_time)
        world_from_camera = np.eye(4)
        world_from_camera[:3, :3] = self._rotation(np.array([curve_time])).as_matrix()[0]
        world_from_camera[:3, 3] = values[:3]
        opening = min(max(float(values[3]), 1e-3), math.pi - 1e-3)  # the curve may swing beyond its keyframes
        return Keyframe(max(time, 0.0), world_from_camera, opening, math.exp(values[4]))

    def lengths(self, times: Array) -> Array:
        """Length of the curve up to each of many times, turning counted in."""
        return np.concatenate([[0.0], np.cumsum(_distances(self._values(times)[:, :3], self._rotation(times)))])

    def _rotation(self, times: Array) -> Rotation:
        index = np.clip(np.searchsorted(self.times, times, side="right") - 1, 0, len(self._steps) - 1)
        step = self._steps[index, None]
        first, last = step * self._spins[index] / 3, step * self._spins[index + 1] / 3
        begin, end = self._rotations[index], self._rotations[index + 1]
        from scipy.spatial.transform import Rotation

        rotate = Rotation.from_rotvec
        middle = (rotate(-first) * begin.inv() * end * rotate(-last)).as_rotvec()
        t = (times[:, None] - self.times[index, None]) / step
        blends = 1 - (1 - t) ** 3, 3 * t**2 - 2 * t**3, t**3
        return begin * rotate(blends[0] * first) * rotate(blends[1] * middle) * rotate(blends[2] * last)


def _rotations(keyframes: Sequence[Keyframe]) -> Rotation:
    from scipy.spatial.transform import Rotation

    return Rotation.from_matrix([each.world_from_camera[:3, :3] for each in keyframes])


def _distances(positions: Array, rotations: Rotation) -> Array:
    """How far each place is from the one before it; all turning together weighs a part of all moving."""
    moved = np.linalg.norm(np.diff(positions, axis=0), axis=1)
    turned = (rotations[:-1].inv() * rotations[1:]).magnitude()
    lever = TURNING * moved.sum() / turned.sum() if moved.sum() and turned.sum() else 1.0
    return np.asarray(np.hypot(moved, lever * turned))


def _centripetal(keyframes: Sequence[Keyframe], times: Array) -> Array:
    """The same span divided by the square roots of distances, which gives a curve without cusps or loops.

    Lee (1989), "Choosing nodes in parametric curve interpolation".
    """
    roots = np.sqrt(_distances(np.stack([each.position for each in keyframes]), _rotations(keyframes)))
    if not roots.any():
        return times
    knots = np.concatenate([[0.0], np.cumsum(np.maximum(roots, 1e-6 * roots.max()))])
    return np.asarray(times[0] + (times[-1] - times[0]) * knots / knots[-1])


def _velocities(steps: Array, times: Array, closed: bool) -> Array:
    """Velocity at each keyframe: that of the parabola through it and its neighbours.

    At the ends of an open curve acceleration is zero. Where a neighbour is the same, it is zero: a pause is a pause.

    Parameters
    ----------
    steps : (N - 1, D) float64
        From each keyframe to the next.
    times : (N - 1,) float64
        How long each step takes.
    closed : bool
    """
    chords, times = steps / times[:, None], times[:, None]
    if closed:
        chords, times = (
            np.concatenate([chords[-1:], chords, chords[:1]]),
            np.concatenate([times[-1:], times, times[:1]]),
        )
    before, after = chords[:-1], chords[1:]
    inner = (times[1:] * before + times[:-1] * after) / (times[:-1] + times[1:])
    extent = np.abs(steps).max(initial=0.0)
    moving = np.linalg.norm(chords * times, axis=1) > STILL * extent
    inner[~(moving[:-1] & moving[1:])] = 0
    if closed:
        return inner
    if not len(inner):
        return np.concatenate([chords, chords])
    first, last = (3 * chords[0] - inner[0]) / 2, (3 * chords[-1] - inner[-1]) / 2
    return np.concatenate([moving[0] * first[None], inner, moving[-1] * last[None]])


@dataclass(frozen=True, eq=False)
class _Warp:
    """From the time of the path to that of its curve and back, piecewise linear."""

    path_times: Array
    curve_times: Array

    @classmethod
    def none(cls, first: float, last: float) -> _Warp:
        return cls(np.array([first, last]), np.array([first, last]))

    @classmethod
    def evening(cls, curve: _Curve) -> _Warp:
        """Such that the curve is followed at one speed."""
        knots = curve.times
        parts = [np.linspace(begin, end, SAMPLES, endpoint=False) for begin, end in pairwise(knots)]
        times = np.concatenate([*parts, knots[-1:]])
        lengths = curve.lengths(times)
        if not lengths[-1]:
            return cls.none(knots[0], knots[-1])
        return cls(knots[0] + (knots[-1] - knots[0]) * lengths / lengths[-1], times)

    def curve_time(self, time: float) -> float:
        return float(np.interp(time, self.path_times, self.curve_times))

    def passing_time(self, time: float) -> float:
        return float(np.interp(time, self.curve_times, self.path_times))
