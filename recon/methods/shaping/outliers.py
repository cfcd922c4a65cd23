"""Points that cannot be where they are, told by the depth images of a capture: wild ones would get primitives, too."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from recon.scene import Camera, View
from recon.scene.capture import DepthMap

SIDE = 320  # pixels that depth images are reduced to
TOLERANCE = 0.03  # of the distance
FEWEST_VIEWS = 3
NEIGHBOURS, SPARSE = 8, 2.0  # points, and times the median distance to the last of them


def plausible(positions: NDArray[np.float32], views: Sequence[View]) -> NDArray[np.bool_]:
    """Which points the depth images agree with.

    A point that is far from others goes if more views see through it than see it; or, where most points are seen by
    several views, if it would be in the picture of as many and none sees it: before the sky, say, whose depth is
    unknown. What has others around it stays: at edges, and on dark or shiny things, depth images are wrong themselves.

    Parameters
    ----------
    positions : (N, 3) float32
        World coordinates.
    views : sequence of View
        Those without a depth image say nothing.

    Returns
    -------
    (N,) bool
    """
    seen = [_seen(positions, view.camera, view.depth) for view in views if view.depth is not None]
    if not seen:
        return np.ones(len(positions), np.bool_)
    met, through, inside = np.sum(seen, 0)
    unseen = (met == 0) & (inside >= FEWEST_VIEWS) & bool(np.median(met) >= FEWEST_VIEWS)
    return np.asarray(~(((through > met) | unseen) & _sparse(positions)))


def _sparse(positions: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which points are much farther from others than most are."""
    distances = cKDTree(positions).query(positions, k=min(NEIGHBOURS + 1, len(positions)))[0][:, -1]
    return np.asarray(distances > SPARSE * np.median(distances))


def _seen(positions: NDArray[np.float32], camera: Camera, depths: DepthMap) -> NDArray[np.bool_]:
    """(3, N): whether one view sees each point, sees through it, and has it in its picture.

    Depths of three by three pixels count, for at grazing angles those of neighbours differ by more than the tolerance.
    """
    import cv2

    factor = min(1.0, SIDE / max(camera.width, camera.height))
    camera = camera.resized(round(camera.width * factor), round(camera.height * factor))
    depth = depths.read(camera.width, camera.height)
    around = np.ones((3, 3), np.uint8)
    nearest = cv2.erode(np.where(depth > 0, depth, np.float32(np.inf)), around)
    farthest = cv2.dilate(depth, around)
    pixels, z = camera.project(positions)
    inside = (z > 0) & (pixels >= 0).all(1) & (pixels < (camera.width, camera.height)).all(1)
    columns, rows = np.where(inside[:, None], pixels, 0).astype(np.int64).T
    low, high = nearest[rows, columns] * (1 - TOLERANCE), farthest[rows, columns] * (1 + TOLERANCE)
    known = inside & (high > 0)
    return np.stack([known & (z >= low) & (z <= high), known & (z < low), inside])
