"""Where to stand when a scene is opened, and which way is up."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recon.scene import View
from viewer.model.orbit import Orbit, Triple

Vector = NDArray[np.float64]

# Splat files come in the frame of structure from motion, whose y axis points down in the first photograph.
UP_WITHOUT_CAMERAS: Triple = (0.0, -1.0, 0.0)
# Where a mesh comes from somebody else, its format says which way is up, or at least what is usual.
UP_IN_FILES: dict[str, Triple] = {".obj": (0.0, 1.0, 0.0), ".stl": (0.0, 0.0, 1.0)}
AXES_TO_TRY: tuple[Triple, ...] = (UP_WITHOUT_CAMERAS, (0.0, 1.0, 0.0), (0.0, 0.0, 1.0), (0.0, 0.0, -1.0))
AXIS_SNAP = math.radians(3)
LOWEST_ELEVATION, HIGHEST_ELEVATION = math.radians(20), math.radians(70)
ONE_SIDED = 0.4  # length of the mean horizontal direction to the cameras: 0 all around, 1 in one place
ABOVE_THE_CAMERAS = math.radians(16)  # so that they do not stand before what they look at


def up_direction(views: Sequence[View]) -> Triple:
    """Which way is up, from how photographers hold a camera.

    Up is close to the mean of the pictures' upward directions and normal to their rightward ones. The second condition
    counts in proportion to how much these vary, so that a ring of downward looking cameras and a row of parallel ones
    both come out right. Snaps to a world axis within three degrees.

    Returns
    -------
    (3,) tuple
        Unit vector, world coordinates.
    """
    if not views:
        return UP_WITHOUT_CAMERAS
    rotations = np.stack([view.camera.world_from_camera[:3, :3] for view in views])
    across, upward = rotations[:, :, 0], -rotations[:, :, 1].mean(0)
    up = np.linalg.solve(across.T @ across / len(views) + 0.01 * np.eye(3), upward)
    length = np.linalg.norm(up)
    if length < 1e-6:
        return UP_WITHOUT_CAMERAS
    x, y, z = _snapped(up / length).tolist()
    return x, y, z


def usual_up(paths: Sequence[Path]) -> Triple:
    """Which way is up in files that were made without cameras, if they agree."""
    ups = {UP_IN_FILES.get(path.suffix.lower(), UP_WITHOUT_CAMERAS) for path in paths}
    return ups.pop() if len(ups) == 1 else UP_WITHOUT_CAMERAS


def _snapped(direction: Vector) -> Vector:
    axis = np.zeros(3)
    nearest = np.argmax(np.abs(direction))
    axis[nearest] = np.sign(direction[nearest])
    return axis if direction @ axis > math.cos(AXIS_SNAP) else direction


def next_up(up: Triple) -> Triple:
    """The world axis to try after this one, for files that do not say which way is up."""
    return AXES_TO_TRY[(AXES_TO_TRY.index(up) + 1) % len(AXES_TO_TRY)] if up in AXES_TO_TRY else AXES_TO_TRY[0]


def home(views: Sequence[View], points: NDArray[np.float32], up: Triple) -> Orbit:
    """Where to stand to see the whole scene.

    Parameters
    ----------
    views : sequence of View
        Photographs, may be empty.
    points : (N, 3) float32
        Some of what there is to see, world coordinates; may be empty.
    up : (3,) tuple
        Unit vector, world coordinates.
    """
    orbit = Orbit(up=up, azimuth=math.radians(-60), elevation=LOWEST_ELEVATION)
    if views:
        return _behind_the_cameras(views, points, orbit)
    if not len(points):
        return replace(orbit, distance=4.0)
    center = np.percentile(points, [5, 95], axis=0).mean(0)
    radius = float(np.percentile(np.linalg.norm(points - center, axis=1), 90))
    return replace(orbit.around(center), distance=max(3.0 * radius, 1e-3))


def _behind_the_cameras(views: Sequence[View], points: NDArray[np.float32], orbit: Orbit) -> Orbit:
    """Farther out than the cameras and a little above them; behind the first one where they stand all around."""
    pivot = focus(views, points)
    outward = np.stack([view.camera.center for view in views]) - pivot
    distances = np.linalg.norm(outward, axis=1)
    middle = (outward / np.maximum(distances, 1e-9)[:, None]).mean(0)
    side = middle if np.linalg.norm(middle - middle @ orbit.up * np.array(orbit.up)) > ONE_SIDED else outward[0]
    east, north = orbit.horizon()
    elevation = math.asin(float(np.clip(side @ orbit.up / max(np.linalg.norm(side), 1e-9), -1, 1)))
    return replace(
        orbit.around(pivot),
        distance=max(1.6 * float(np.median(distances)), 1e-3),
        azimuth=math.atan2(float(side @ north), float(side @ east)),
        elevation=min(max(elevation + ABOVE_THE_CAMERAS, LOWEST_ELEVATION), HIGHEST_ELEVATION),
    )


def focus(views: Sequence[View], points: NDArray[np.float32]) -> Vector:
    """The point the photographs look at: nearest to all their axes, else the median of what there is to see.

    The axes decide only where they cross at an angle; a row of parallel cameras has no such point.
    """
    centers = np.stack([view.camera.center for view in views])
    axes = np.stack([view.camera.world_from_camera[:3, 2] for view in views])
    across = np.eye(3) - axes[:, :, None] * axes[:, None, :]
    matrix, right = across.mean(0), (across @ centers[:, :, None]).mean(0)[:, 0]
    if np.linalg.eigvalsh(matrix)[0] > 0.03:
        crossing: Vector = np.linalg.solve(matrix, right)
        if np.median(((crossing - centers) * axes).sum(1)) > 0:
            return crossing
    if len(points):
        return np.median(points, axis=0).astype(np.float64)
    spread = np.linalg.norm(centers - centers.mean(0), axis=1).max()
    return np.asarray(centers.mean(0) + axes.mean(0) * max(2 * spread, 1.0))
