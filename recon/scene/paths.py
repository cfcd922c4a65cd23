"""Smooth camera paths that show a scene from where it was photographed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recon.scene.camera import Camera
from recon.scene.capture import Capture, Points

Array = NDArray[np.float64]

WIDEST_GAP = np.radians(120)  # cameras that leave a wider gap do not surround the scene
PARALLEL = 1e-3  # mean squared sine between axes below which they have no crossing to speak of (about two degrees)
SMALLEST_SWING = np.radians(4), 0.03  # azimuth; height in radii: so that a path always moves
INSIDE = 0.85  # part of the captured range that a path uses
STIFFNESS = 0.05  # how reluctantly a path leaves a plain circle
LOOKING_DOWN = 0.02  # how much "against the view" counts beside "upward in the picture"


def orbit(capture: Capture, count: int) -> list[Camera]:
    """A closed path around what the cameras look at.

    Where photographs surround the scene, a full turn whose radius and height follow the ring of cameras. Where they
    show one side of it, a swing within the captured side. Cameras that look outwards are followed looking outwards.

    Parameters
    ----------
    capture : Capture
        With at least one view.
    count : int
        Number of cameras, evenly spaced in time; the one after the last would be the first.

    Returns
    -------
    list of Camera
        Of the first training view's size and field of view, centred and without distortion.

    Raises
    ------
    ValueError
        If there is no view, or `count` is not positive.
    """
    views = capture.train or capture.views
    if not views or count < 1:
        raise ValueError(f"an orbit needs at least one view and one camera, got {len(views)} and {count}")
    cameras = [view.camera for view in views]
    up = up_direction(cameras)
    focus = focus_point(cameras, capture.points)
    ring = _Ring.around(focus, up, np.stack([camera.center for camera in cameras]))
    centers = ring.turn(count) if ring.surrounds else ring.swing(count)
    targets = 2 * centers - focus if _look_outwards(cameras, focus) else np.broadcast_to(focus, centers.shape)
    return [facing(cameras[0], center, target, up) for center, target in zip(centers, targets, strict=True)]


def up_direction(cameras: Sequence[Camera]) -> Array:
    """Which way is up, from how cameras are held.

    Up is close to the mean of the pictures' upward directions and normal to their rightward ones; the second counts in
    proportion to how much these vary. So a ring of cameras that look down, a row of parallel ones, and a drone that
    looks straight down all come out right.

    Returns
    -------
    (3,) float64
        Unit vector in world coordinates.
    """
    rotations = np.stack([camera.world_from_camera[:3, :3] for camera in cameras])
    right, down, forward = rotations.transpose(2, 0, 1)
    wish = -down.mean(0) - LOOKING_DOWN * forward.mean(0)
    up = np.linalg.solve(right.T @ right / len(right) + 0.01 * np.eye(3), wish)
    length = np.linalg.norm(up)
    return np.asarray(up / length if length > 1e-6 else -down[0], np.float64)


def focus_point(cameras: Sequence[Camera], points: Points | None = None) -> Array:
    """What the cameras look at: the point closest to all their axes.

    Axes that are parallel have no such point; then it lies ahead of the cameras' mean at the median depth of `points`,
    or, without points, at four times the cameras' spread.

    Returns
    -------
    (3,) float64
        World coordinates.
    """
    centers = np.stack([camera.center for camera in cameras])
    axes = np.stack([camera.world_from_camera[:3, 2] for camera in cameras])
    across = np.eye(3) - axes[:, :, None] * axes[:, None, :]
    system = across.mean(0)
    if np.linalg.eigvalsh(system)[0] > PARALLEL:
        return np.asarray(np.linalg.solve(system, np.einsum("nij,nj->i", across, centers) / len(centers)))
    center, axis = centers.mean(0), axes.mean(0)
    depth = 4 * np.linalg.norm(centers - center, axis=1).max() or 1.0
    if points is not None and len(points):
        ahead = (points.positions - center) @ axis
        depth = np.median(ahead[ahead > 0]) if (ahead > 0).any() else depth
    return np.asarray(center + depth * axis)


def _look_outwards(cameras: Sequence[Camera], focus: Array) -> bool:
    ahead = [(focus - camera.center) @ camera.world_from_camera[:3, 2] for camera in cameras]
    return bool(np.median(ahead) < 0)


@dataclass(frozen=True)
class _Ring:
    """Camera centres in cylindrical coordinates about an axis through the focus.

    Parameters
    ----------
    focus : (3,) float64
    axes : (3, 3) float64
        Rows: two horizontal directions, and up. Azimuth 0 is the middle of the captured side.
    azimuths, radii, heights : (N,) float64
    widest_gap : float
        Largest angle between neighbours.
    """

    focus: Array
    axes: Array
    azimuths: Array
    radii: Array
    heights: Array
    widest_gap: float

    @classmethod
    def around(cls, focus: Array, up: Array, centers: Array) -> _Ring:
        level = np.linalg.svd(up[None])[2][1:]
        first, second = level if np.cross(level[0], level[1]) @ up > 0 else level[::-1]
        away = centers - focus
        azimuths = np.arctan2(away @ second, away @ first)
        ordered = np.sort(azimuths)
        gaps = np.diff(ordered, append=ordered[0] + 2 * np.pi)
        widest = int(np.argmax(gaps))
        middle = ordered[widest] + gaps[widest] / 2 + np.pi  # opposite the gap
        ahead = np.cos(middle) * first + np.sin(middle) * second
        return cls(
            focus=focus,
            axes=np.stack([ahead, np.cross(up, ahead), up]),
            azimuths=np.angle(np.exp(1j * (azimuths - middle))),
            radii=np.hypot(away @ first, away @ second),
            heights=away @ up,
            widest_gap=float(gaps[widest]),
        )

    @property
    def surrounds(self) -> bool:
        return bool(self.widest_gap < WIDEST_GAP)

    def turn(self, count: int) -> Array:
        """Once around, radius and height as smooth functions of azimuth."""
        azimuths = 2 * np.pi * np.arange(count) / count
        radii, heights = _follow(_waves(self.azimuths), [self.radii, self.heights], _waves(azimuths))
        return self._centers(azimuths, radii, heights)

    def swing(self, count: int) -> Array:
        """An ellipse in azimuth and height; distance and height lean as those of the cameras do."""
        phase = 2 * np.pi * np.arange(count) / count
        azimuths = np.cos(phase) * max(INSIDE * np.ptp(self.azimuths) / 2, SMALLEST_SWING[0])
        known = [np.hypot(self.radii, self.heights), self.heights]
        distances, heights = _follow(_lines(self.azimuths), known, _lines(azimuths))
        (leaning,) = _follow(_lines(self.azimuths), [self.heights], _lines(self.azimuths))
        low, high = np.quantile(self.heights - leaning, [0.1, 0.9])
        swing = max(INSIDE * (high - low) / 2, SMALLEST_SWING[1] * distances.mean())
        heights = np.clip(heights + (low + high) / 2 + swing * np.sin(phase), -0.95 * distances, 0.95 * distances)
        return self._centers(azimuths, np.sqrt(distances**2 - heights**2), heights)

    def _centers(self, azimuths: Array, radii: Array, heights: Array) -> Array:
        local = np.stack([radii * np.cos(azimuths), radii * np.sin(azimuths), heights], axis=1)
        return np.asarray(self.focus + local @ self.axes)


def _waves(azimuths: Array) -> Array:
    """(N, 5): what a smooth closed curve is made of."""
    waves = [wave(k * azimuths) for k in (1, 2) for wave in (np.cos, np.sin)]
    return np.stack([np.ones_like(azimuths), *waves], axis=1)


def _lines(azimuths: Array) -> Array:
    """(N, 2): what a straight line is made of."""
    return np.stack([np.ones_like(azimuths), azimuths], axis=1)


def _follow(known: Array, values: Sequence[Array], wanted: Array) -> Array:
    """Fit values at known places as sums of the given shapes, gently, and evaluate them at the wanted places."""
    stiffness = np.diag([0.0] + [STIFFNESS] * (known.shape[1] - 1)) * len(known)
    weights = np.linalg.solve(known.T @ known + stiffness, known.T @ np.stack(values, axis=1))
    return np.asarray((wanted @ weights).T)


def facing(like: Camera, center: Array, target: Array, up: Array) -> Camera:
    """The camera that stands at `center` and looks at `target`, level, of the size and opening of another one."""
    forward = (target - center) / max(float(np.linalg.norm(target - center)), 1e-12)
    right = np.cross(forward, up)
    if np.linalg.norm(right) < 1e-6:  # looking along up: keep the picture's own sideways direction
        sideways = like.world_from_camera[:3, 0]
        right = sideways - (sideways @ forward) * forward
    right = right / np.linalg.norm(right)
    world_from_camera = np.eye(4)
    world_from_camera[:3, :3] = np.stack([right, np.cross(forward, right), forward], axis=1)
    world_from_camera[:3, 3] = center
    return Camera(like.width, like.height, like.fx, like.fy, like.width / 2, like.height / 2, world_from_camera)
