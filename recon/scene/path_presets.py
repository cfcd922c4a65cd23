"""Camera paths to begin with: around what is looked at, and along the cameras of a capture."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from recon.scene.camera import Camera
from recon.scene.camera_path import CameraPath, Keyframe
from recon.scene.capture import Capture
from recon.scene.paths import facing, focus_point, orbit

Array = NDArray[np.float64]

AROUND = 12  # keyframes of a turn: its radius is then kept within 0.1 %
SPIRAL_TURNS = 2
SPIRAL_RISE = math.radians(50)
STEEPEST = math.radians(80)
MOST_STOPS = 24  # of a flight: more would follow every step of the photographer


@dataclass(frozen=True)
class Preset:
    """A way to make a path.

    Parameters
    ----------
    name : str
        The word used in files and on the command line.
    title : str
        For menus.
    needs_capture : bool
        Whether it follows the cameras of a capture; others start from where one stands.
    make : callable
        (start, up, capture, duration) -> CameraPath; see `make_path`.
    """

    name: str
    title: str
    needs_capture: bool
    make: Callable[[Keyframe, Array, Capture | None, float], CameraPath]


def make_path(name: str, start: Keyframe, up: Array, capture: Capture | None, duration: float) -> CameraPath:
    """Make the path of a preset.

    Parameters
    ----------
    name : str
        Of one of `PRESETS`.
    start : Keyframe
        Where one stands; what is looked at lies at its focus distance.
    up : (3,) array
        Unit vector in world coordinates.
    capture : Capture, optional
        With at least one view; needed by presets that follow one.
    duration : float
        Seconds.

    Returns
    -------
    CameraPath
    """
    return next(preset for preset in PRESETS if preset.name == name).make(start, np.asarray(up), capture, duration)


def _turntable(start: Keyframe, up: Array, capture: Capture | None, duration: float) -> CameraPath:  # noqa: ARG001
    """Once around what is looked at, from here, without a change of height."""
    focus = _focus(start)
    keyframes = []
    for index in range(AROUND):
        turn = _rotation(up, 2 * math.pi * index / AROUND)
        world_from_camera = np.eye(4)
        world_from_camera[:3, :3] = turn @ start.world_from_camera[:3, :3]
        world_from_camera[:3, 3] = focus + turn @ (start.position - focus)
        keyframes.append(replace(start, time=duration * index / AROUND, world_from_camera=world_from_camera, name=""))
    return CameraPath(tuple(keyframes), duration, loop=True)


def _ellipse(start: Keyframe, up: Array, capture: Capture | None, duration: float) -> CameraPath:
    """An ellipse around what is looked at: as the cameras spread where there are some, else three to two."""
    focus, away = _focus(start), start.position - _focus(start)
    height = float(away @ up)
    level = away - height * up
    radius = max(float(np.linalg.norm(level)), 1e-6 * start.focus_distance)
    first = level / radius if np.linalg.norm(level) > 0 else _level(up)
    second = np.cross(up, first)
    short = radius * _flatness(capture, focus, first, second)
    angles = 2 * np.pi * np.arange(AROUND) / AROUND
    centers = focus + height * up + radius * np.cos(angles)[:, None] * first + short * np.sin(angles)[:, None] * second
    return _looking_at(start, centers, focus, up, CameraPath(duration=duration, loop=True, constant_speed=True))


def _flatness(capture: Capture | None, focus: Array, first: Array, second: Array) -> float:
    """Second semi-axis over the first one, from how far cameras stand off in both directions."""
    if capture is None or len(capture.views) < 3:
        return 2 / 3
    away = np.stack([view.camera.center for view in capture.views]) - focus
    spread = np.sqrt([np.mean((away @ axis) ** 2) for axis in (first, second)])
    return float(np.clip(spread[1] / max(spread[0], 1e-9), 0.4, 2.5))


def _spiral(start: Keyframe, up: Array, capture: Capture | None, duration: float) -> CameraPath:  # noqa: ARG001
    """Twice around while rising, at the distance one stands."""
    focus, away = _focus(start), start.position - _focus(start)
    distance = float(np.linalg.norm(away))
    elevation = math.asin(float(np.clip(away @ up / distance, -1, 1)))
    level = away - (away @ up) * up
    first = level / np.linalg.norm(level) if np.linalg.norm(level) > 1e-9 * distance else _level(up)
    second = np.cross(up, first)
    count = SPIRAL_TURNS * AROUND + 1
    angles = np.linspace(0, 2 * np.pi * SPIRAL_TURNS, count)
    elevations = np.clip(np.linspace(elevation, elevation + SPIRAL_RISE, count), -STEEPEST, STEEPEST)
    outward = np.cos(angles)[:, None] * first + np.sin(angles)[:, None] * second
    centers = focus + distance * (np.cos(elevations)[:, None] * outward + np.sin(elevations)[:, None] * up)
    return _looking_at(start, centers, focus, up, CameraPath(duration=duration))


def _as_photographed(start: Keyframe, up: Array, capture: Capture | None, duration: float) -> CameraPath:  # noqa: ARG001
    """Smoothly along the side that was photographed, or all around where that was all around."""
    cameras = orbit(_needed(capture), AROUND)
    focus = focus_point([view.camera for view in _needed(capture).views], _needed(capture).points)
    path = CameraPath(duration=duration, loop=True)
    return _through(cameras, [float(np.linalg.norm(focus - camera.center)) for camera in cameras], path)


def _flight(start: Keyframe, up: Array, capture: Capture | None, duration: float) -> CameraPath:  # noqa: ARG001
    """From photograph to photograph in the order of their names."""
    views = _needed(capture).views
    chosen = np.unique(np.linspace(0, len(views) - 1, min(len(views), MOST_STOPS)).round().astype(int))
    cameras = [views[index].camera for index in chosen]
    focus = focus_point([view.camera for view in views], _needed(capture).points)
    distances = [abs(float((focus - camera.center) @ camera.world_from_camera[:3, 2])) for camera in cameras]
    path = _through(cameras, distances, CameraPath(duration=duration, constant_speed=True))
    named = [replace(each, name=views[index].name) for each, index in zip(path.keyframes, chosen, strict=True)]
    return replace(path, keyframes=tuple(named))


PRESETS = (
    Preset("turntable", "Turntable", False, _turntable),
    Preset("ellipse", "Ellipse", False, _ellipse),
    Preset("spiral", "Rising spiral", False, _spiral),
    Preset("photographed", "As photographed", True, _as_photographed),
    Preset("flight", "From photo to photo", True, _flight),
)


def _through(cameras: list[Camera], distances: list[float], path: CameraPath) -> CameraPath:
    steps = len(cameras) if path.loop else max(len(cameras) - 1, 1)
    keyframes = tuple(
        _keyframe(camera, path.duration * index / steps, distance)
        for index, (camera, distance) in enumerate(zip(cameras, distances, strict=True))
    )
    return replace(path, keyframes=keyframes)


def _looking_at(start: Keyframe, centers: Array, focus: Array, up: Array, path: CameraPath) -> CameraPath:
    like = Camera(2, 2, 1, 1, 1, 1, start.world_from_camera)
    cameras = [facing(like, center, focus, up) for center in centers]
    through = _through(cameras, [float(np.linalg.norm(focus - center)) for center in centers], path)
    keyframes = tuple(replace(each, field_of_view=start.field_of_view) for each in through.keyframes)
    return replace(through, keyframes=keyframes)


def _keyframe(camera: Camera, time: float, distance: float) -> Keyframe:
    opening = 2 * math.atan(camera.height / 2 / camera.fy)
    return Keyframe(time, camera.world_from_camera, opening, max(distance, 1e-6))


def _needed(capture: Capture | None) -> Capture:
    if capture is None or not capture.views:
        raise ValueError("this path follows the cameras of a capture, and there is none")
    return capture


def _focus(start: Keyframe) -> Array:
    return np.asarray(start.position + start.focus_distance * start.world_from_camera[:3, 2])


def _level(up: Array) -> Array:
    level = np.cross(np.eye(3)[np.argmin(np.abs(up))], up)
    return np.asarray(level / np.linalg.norm(level))


def _rotation(axis: Array, angle: float) -> Array:
    from scipy.spatial.transform import Rotation

    return np.asarray(Rotation.from_rotvec(angle * np.asarray(axis)).as_matrix())
