"""Which way is up, where the ground is, and how large the scene is: the frame that blocks are fitted in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recon.errors import UnusableCapture
from recon.poses import scene_focus, scene_radius
from recon.scene import Capture, Points, Similarity, View
from recon.scene.paths import up_direction
from recon.scene.similarity import rotation_between

Floats = NDArray[np.float64]

CAMERA_RADIUS = 2.8  # scene units that the cameras' spread becomes: the subject is then about two across
SUBJECT = 0.8  # scene units that the subject's half width becomes where points tell it to be out of proportion
PROPORTION = (0.45, 1.3)
NEAR = 1.6  # horizontal distance from the focus, scene units, within which points belong to the subject
FEWEST = 50
RANSAC_ROUNDS, RANSAC_POINTS = 800, 3000
THICKNESS, BELOW, SHARE_BELOW = 0.02, 0.05, 0.03  # of a ground: scene units, and the part of all points beneath it
STEEPEST = 0.85  # cosine between a ground's normal and what cameras say is up
HEIGHTS, LOWEST, HIGHEST = 46, -0.9, 0.2  # of the plane sweep, scene units from the focus
BENEATH, UNTOLD = 0.1, -0.25  # scene units below the lowest camera at least; the height where nothing tells it
AROUND = 6  # heights on either side that one is compared with
CELLS, REACH = 28, 1.6
SEEN_BY = 0.5  # of the views, so that a place counts: neighbours agree anywhere
AGREEING = 0.15  # of the places that must agree: blocks hide the ground from many views


@dataclass(frozen=True, eq=False)
class Place:
    """Where blocks are fitted.

    Parameters
    ----------
    local_from_world : Similarity
        To scene units: z up, the ground near z = 0, what the cameras look at near x = y = 0.
    subject : (N, 3) float64
        Points above the ground and near the middle, scene units; none where there were no points.
    """

    local_from_world: Similarity
    subject: Floats


def find_place(capture: Capture, points: Points | None, generator: np.random.Generator) -> Place:
    """The frame of a capture.

    With points, the ground is the lowest large plane that is nearly level; without, the level plane on which the
    photographs agree best.

    Raises
    ------
    UnusableCapture
        If there is no training view.
    """
    if not capture.train:
        raise UnusableCapture(f"{capture.name} has no training view; at least one photograph with a camera is needed.")
    rough = _by_cameras(capture)
    if points is None or len(points) < FEWEST:
        height = _sweep(capture.train, rough)
        return Place(Similarity(translation=np.array([0, 0, -height])) @ rough, np.zeros((0, 3)))
    return _by_points(rough, points, generator)


def _by_cameras(capture: Capture) -> Similarity:
    rotation = rotation_between(up_direction([view.camera for view in capture.train]), (0.0, 0.0, 1.0))
    scale = CAMERA_RADIUS / float(scene_radius(capture))
    return Similarity(scale, rotation, -scale * rotation @ scene_focus(capture))


def _by_points(rough: Similarity, points: Points, generator: np.random.Generator) -> Place:
    places = rough.apply(points.positions)
    places = places[np.isfinite(places).all(1)]
    normal, height = _lowest_plane(places, generator)
    rotation = rotation_between(normal, (0.0, 0.0, 1.0))
    level = Similarity(rotation=rotation, translation=np.array([0, 0, -height]))
    subject = _subject(level.apply(places))
    center, half = _extent(subject) if len(subject) >= FEWEST else (np.zeros(2), SUBJECT)
    scale = 1.0 if PROPORTION[0] <= half <= PROPORTION[1] else SUBJECT / max(half, 1e-6)
    middle = Similarity(scale, translation=-scale * np.array([*center, 0.0]))
    place = middle @ level
    return Place(place @ rough, _subject(place.apply(places)))


def _extent(subject: Floats) -> tuple[Floats, float]:
    """Middle and half width, seen from above."""
    low, high = np.percentile(subject[:, :2], [3, 97], axis=0)
    return (low + high) / 2, float((high - low).max() / 2)


def _subject(places: Floats) -> Floats:
    """Points above the ground and near the middle that have others near them."""
    from scipy.spatial import KDTree

    kept = places[(places[:, 2] > 2 * THICKNESS) & (np.linalg.norm(places[:, :2], axis=1) < NEAR)]
    if len(kept) < FEWEST:
        return kept
    distances = KDTree(kept).query(kept, k=8)[0][:, -1]
    return np.asarray(kept[distances < 4 * np.median(distances)])


def _lowest_plane(places: Floats, generator: np.random.Generator) -> tuple[Floats, float]:
    """Unit normal and height of the plane that most points lie on and hardly any below (RANSAC, then least squares)."""
    near = places[np.linalg.norm(places, axis=1) < 2 * CAMERA_RADIUS]
    if len(near) < FEWEST:
        return np.array([0.0, 0, 1]), float(np.percentile(places[:, 2], 2))
    some = near[generator.permutation(len(near))[:RANSAC_POINTS]]
    best, kept = 0, None
    for _ in range(RANSAC_ROUNDS):
        corner, *others = some[generator.integers(len(some), size=3)]
        normal = np.cross(others[0] - corner, others[1] - corner)
        length = np.linalg.norm(normal)
        if length < 1e-9 or abs(normal[2]) < STEEPEST * length:
            continue
        normal *= np.sign(normal[2]) / length
        heights = (some - corner) @ normal
        on = np.abs(heights) < THICKNESS
        if on.sum() > best and (heights < -BELOW).mean() <= SHARE_BELOW:
            best, kept = int(on.sum()), on
    if kept is None:
        return np.array([0.0, 0, 1]), float(np.percentile(some[:, 2], 2))
    return _least_squares(some[kept])


def _least_squares(on: Floats) -> tuple[Floats, float]:
    """Unit normal and distance from the origin of the plane nearest to points."""
    middle = on.mean(0)
    normal = np.linalg.svd(on - middle, full_matrices=False)[2][2]
    normal *= np.sign(normal[2]) or 1.0
    return normal, float(middle @ normal)


def _sweep(views: Sequence[View], rough: Similarity) -> float:
    """Height of the level plane on which the photographs agree better than a little above and below it.

    How much they agree at all says less: near what all cameras look at, any plane looks alike to them.
    """
    heights = np.linspace(LOWEST, HIGHEST, HEIGHTS)
    line = np.linspace(-REACH, REACH, CELLS)
    x, y = (each.ravel() for each in np.meshgrid(line, line))
    grid = np.stack([np.stack([x, y, np.full_like(x, height)], 1) for height in heights])
    world = rough.inverse.apply(grid.reshape(-1, 3))
    first, second, seen = np.zeros((len(world), 3)), np.zeros((len(world), 3)), np.zeros(len(world))
    for view in views:
        colors, inside = _looked_up(view, world)
        first[inside] += colors
        second[inside] += colors**2
        seen[inside] += 1
    variance = np.full(len(world), np.nan)
    enough = seen >= max(min(3, len(views)), SEEN_BY * len(views))
    counts = seen[enough, None]
    variance[enough] = (second[enough] / counts - (first[enough] / counts) ** 2).mean(1)
    rows = variance.reshape(HEIGHTS, -1)
    told = np.isfinite(rows).sum(1) > CELLS**2 / 10
    if not told.any():
        return UNTOLD
    cost = np.array([np.nanquantile(row, AGREEING) if fine else np.inf for row, fine in zip(rows, told, strict=True)])
    lowest_camera = min(rough.apply(view.camera.center[None])[0, 2] for view in views)
    dips = np.where(heights < lowest_camera - BENEATH, _dips(cost), 0)  # all are photographed from above the ground
    return float(heights[int(dips.argmin())]) if dips.min() < 0 else UNTOLD


def _dips(cost: Floats) -> Floats:
    """How far each cost lies below the mean of those around it, in logarithms; at the ends, of fewer."""
    logarithm = np.log(cost + 1e-6)
    dips = np.zeros(len(cost))
    for index in range(len(cost)):
        reach = min(AROUND, index, len(cost) - 1 - index)
        around = logarithm[index - reach : index + reach + 1]
        dips[index] = logarithm[index] - around.mean() if np.isfinite(around).all() else 0.0
    return dips


def _looked_up(view: View, world: Floats) -> tuple[Floats, NDArray[np.intp]]:
    """Colours at world points, and which of these the view sees, at a small size."""
    shrink = min(1.0, 160 / max(view.camera.width, view.camera.height))
    camera = view.camera.resized(max(1, round(view.camera.width * shrink)), max(1, round(view.camera.height * shrink)))
    image = view.image.read(camera.width, camera.height) / 255.0
    pixels, depth = camera.project(world)
    place = pixels - 0.5
    limit = np.array([camera.width - 1, camera.height - 1])
    inside = np.flatnonzero((depth > 0) & (place >= 0).all(1) & (place < limit).all(1))
    low = place[inside].astype(int)
    column, row = (place[inside] - low).T[..., None]
    x, y = low.T
    upper = image[y, x] * (1 - column) + image[y, x + 1] * column
    lower = image[y + 1, x] * (1 - column) + image[y + 1, x + 1] * column
    return upper * (1 - row) + lower * row, inside
