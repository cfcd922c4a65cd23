"""Where the cameras look, how far apart they are, and random points in what they see together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recon.errors import UnusableCapture
from recon.scene import Camera, Capture, Points, View

Array = NDArray[np.float64]

NEAREST, FARTHEST = 0.3, 3.0
ENOUGH_VIEWS = 3
THUMBNAIL_SIDE = 320
POINTS_AT_ONCE = 8192
MOST_ROUNDS = 200


def _axes(capture: Capture) -> tuple[Array, Array]:
    """Centres and viewing directions, each (V, 3), of the training cameras."""
    if not capture.train:
        raise UnusableCapture(f"{capture.name} has no training view; at least one photograph with a camera is needed.")
    poses = np.array([view.camera.world_from_camera for view in capture.train])
    return poses[:, :3, 3], poses[:, :3, 2]


def _spread(centers: Array) -> float:
    return float(1.1 * np.linalg.norm(centers - centers.mean(0), axis=1).max())


def scene_focus(capture: Capture) -> Array:
    """The point nearest to the optical axes of all training cameras, in the sense of least squares.

    Where the axes are parallel, or there is one only, the point lies ahead of the cameras.

    Returns
    -------
    (3,) float64
        World coordinates.

    Raises
    ------
    UnusableCapture
        If there is no training view.
    """
    centers, forward = _axes(capture)
    across = np.eye(3) - np.einsum("vi,vj->vij", forward, forward)
    ahead = centers.mean(0) + _distance_ahead(capture, centers) * forward.mean(0)
    weak = 1e-4 * len(centers)
    matrix = across.sum(0) + weak * np.eye(3)
    return np.linalg.solve(matrix, np.einsum("vij,vj->i", across, centers) + weak * ahead)


def _distance_ahead(capture: Capture, centers: Array) -> float:
    """How far away the scene may be: by its points, else by the cameras' spread, else one unit."""
    if capture.points is not None and len(capture.points):
        return float(np.median(np.linalg.norm(capture.points.positions - centers.mean(0), axis=1)))
    return _spread(centers) or 1.0


def scene_radius(capture: Capture) -> float:
    """Size of the scene: 1.1 times the largest distance of a training camera from their mean.

    Fewer than three cameras, or cameras that all stand in one place, do not tell; then it is the distance to what they
    look at: the capture's points, the crossing of their axes, or one unit.

    Returns
    -------
    float
        World units, positive.

    Raises
    ------
    UnusableCapture
        If there is no training view.
    """
    centers, _ = _axes(capture)
    spread = _spread(centers)
    to_focus = float(np.linalg.norm(scene_focus(capture) - centers.mean(0)))
    if len(centers) >= ENOUGH_VIEWS and spread > 1e-3 * to_focus:
        return spread
    return max(spread, to_focus)


@dataclass(frozen=True, eq=False)
class _Thumbnail:
    """A view at a small size: its camera, colours, where a point may start, and where the subject is not."""

    camera: Camera
    colors: NDArray[np.uint8]
    usable: NDArray[np.bool_]
    empty: NDArray[np.bool_]

    @classmethod
    def of(cls, view: View) -> _Thumbnail:
        shrink = min(1.0, THUMBNAIL_SIDE / max(view.camera.width, view.camera.height))
        width = max(1, round(view.camera.width * shrink))
        height = max(1, round(view.camera.height * shrink))
        empty, usable = np.zeros((height, width), bool), np.ones((height, width), bool)
        if view.alpha is not None:
            empty = view.alpha.read(width, height) == 0
        if view.mask is not None:
            usable = view.mask.read(width, height) > 0
        return cls(view.camera.resized(width, height), view.image.read(width, height), usable & ~empty, empty)


def random_points(capture: Capture, count: int, generator: np.random.Generator) -> Points:
    """Random points that several training cameras see, each with the colour of the pixel it was drawn from.

    A view and a pixel are drawn evenly, and a depth evenly in disparity. A point is kept if enough views have it in
    their frame, and none sees through it where alpha says that the subject is not.

    Parameters
    ----------
    capture : Capture
    count : int
        Points wanted; fewer come back where the views hardly overlap.
    generator : numpy.random.Generator

    Raises
    ------
    UnusableCapture
        If there is no training view, or no point that any of them could see.
    """
    focus, radius = scene_focus(capture), scene_radius(capture)
    views = [_Thumbnail.of(view) for view in capture.train]
    wanted = min(ENOUGH_VIEWS, len(views))
    kept: list[tuple[Array, Array]] = []
    for attempt in range(MOST_ROUNDS):
        positions, colors = _draw(views, focus, radius, generator)
        seen, hollow = _visibility(views, positions)
        kept.append((positions[(seen >= wanted) & ~hollow], colors[(seen >= wanted) & ~hollow]))
        found = sum(len(part) for part, _ in kept)
        if found >= count:
            break
        if found < 0.01 * POINTS_AT_ONCE * (attempt + 1) and attempt % 10 == 9:
            wanted = max(1, wanted - 1)
    positions, colors = (np.concatenate(parts)[:count] for parts in zip(*kept, strict=True))
    if not len(positions):
        raise UnusableCapture(
            f"No point was found that the training views of {capture.name} could see. "
            "Check its masks: white is what counts, black what is ignored."
        )
    return Points(positions.astype(np.float32), colors.astype(np.float32))


def _draw(views: list[_Thumbnail], focus: Array, radius: float, generator: np.random.Generator) -> tuple[Array, Array]:
    """Points (N, 3) behind random usable pixels, and their colours (N, 3), in the order they were drawn."""
    chosen = generator.integers(len(views), size=POINTS_AT_ONCE)
    place, disparity = generator.random((POINTS_AT_ONCE, 2)), generator.random(POINTS_AT_ONCE)
    positions, colors = np.zeros((POINTS_AT_ONCE, 3)), np.zeros((POINTS_AT_ONCE, 3))
    usable = np.zeros(POINTS_AT_ONCE, bool)
    for index in np.unique(chosen):
        view, camera, mine = views[index], views[index].camera, chosen == index
        pixels = place[mine] * [camera.width, camera.height]
        column, row = pixels.astype(int).T
        distance = float((focus - camera.center) @ camera.world_from_camera[:3, 2])
        # A camera that looks away from the common middle, as in a room, still sees as far as the scene is wide.
        distance = distance if distance > 0.2 * radius else radius
        depth = distance / (1 / FARTHEST + disparity[mine] * (1 / NEAREST - 1 / FARTHEST))
        rays = np.c_[(pixels - [camera.cx, camera.cy]) / [camera.fx, camera.fy], np.ones(len(pixels))]
        positions[mine] = (rays * depth[:, None]) @ camera.world_from_camera[:3, :3].T + camera.center
        colors[mine] = view.colors[row, column] / 255
        usable[mine] = view.usable[row, column]
    return positions[usable], colors[usable]


def _visibility(views: list[_Thumbnail], positions: Array) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """How many views have each point in their frame, and whether one of them shows no subject there."""
    seen, hollow = np.zeros(len(positions), np.int64), np.zeros(len(positions), bool)
    for view in views:
        pixels, depth = view.camera.project(positions)
        size = np.array([view.camera.width, view.camera.height])
        inside = np.flatnonzero((depth > 0) & (pixels >= 0).all(1) & (pixels < size).all(1))
        column, row = pixels[inside].astype(int).T
        seen[inside] += 1
        hollow[inside] |= view.empty[row, column]
    return seen, hollow
