"""Cameras as pyramids in space: their corners, how large to draw them, and which one is under the pointer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from recon.scene import Camera, View

Vector = NDArray[np.float64]


def image_corners(camera: Camera, depth: float) -> Vector:
    """Corners of the picture held before its camera, from the upper left clockwise.

    Parameters
    ----------
    camera : Camera
    depth : float
        Distance along the viewing axis, world units.

    Returns
    -------
    (4, 3) float64
        World coordinates.
    """
    x = (np.array([0, camera.width, camera.width, 0]) - camera.cx) / camera.fx
    y = (np.array([0, 0, camera.height, camera.height]) - camera.cy) / camera.fy
    local = depth * np.stack([x, y, np.ones(4)], axis=1)
    return local @ camera.world_from_camera[:3, :3].T + camera.center


def frustum_depth(views: Sequence[View]) -> float:
    """How deep to draw the pyramids so that neighbours do not hide each other, in world units."""
    from scipy.spatial import cKDTree  # takes a while to load

    centers = np.stack([view.camera.center for view in views])
    if len(centers) < 2:
        return 0.2
    extent = float(np.linalg.norm(np.ptp(centers, axis=0)))
    apart = cKDTree(centers).query(centers, k=2)[0][:, 1]
    return max(min(0.4 * float(np.median(apart)), 0.1 * extent), 0.02 * extent, 1e-4)


def view_at(views: Sequence[View], depth: float, eye: Camera, x: float, y: float) -> View | None:
    """The photograph whose pyramid is under a pixel of the eye's picture; the nearest of several.

    Parameters
    ----------
    views : sequence of View
    depth : float
        Of the pyramids, world units.
    eye : Camera
        Through which the pyramids are seen.
    x, y : float
        Pixels; (0, 0) is the outer corner of the first pixel.
    """
    found, nearest = None, np.inf
    for view in views:
        pixels, depths = eye.project(image_corners(view.camera, depth))
        if depths.min() > 0 and depths.mean() < nearest and inside_convex(pixels - [x, y]):
            found, nearest = view, float(depths.mean())
    return found


def inside_convex(corners: Vector) -> bool:
    """Whether the origin lies within a convex polygon."""
    following = np.roll(corners, -1, axis=0)
    turns = corners[:, 0] * following[:, 1] - corners[:, 1] * following[:, 0]
    return bool((turns >= 0).all() or (turns <= 0).all())
