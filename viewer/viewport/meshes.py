"""Meshes that are not the user's: seed points, and the grid on the ground."""

from __future__ import annotations

import math

import numpy as np
import pyvista as pv
from numpy.typing import NDArray

from recon.scene import Points
from viewer.model import Orbit

LINES_EACH_SIDE = 10


def cloud(points: Points) -> pv.PolyData:
    """Points in their colours."""
    mesh = pv.PolyData(points.positions)
    mesh.point_data["color"] = (np.clip(points.colors, 0, 1) * 255).astype(np.uint8)
    return mesh


def grid(points: NDArray[np.float32], home: Orbit) -> pv.PolyData | None:
    """Square grid under some points, with a spacing of 1, 2 or 5 times a power of ten; None without points.

    Parameters
    ----------
    points : (N, 3) float32
        What stands on the ground, world coordinates; those farther from the pivot than the eye do not count, and the
        lowest two in a hundred are taken for stray ones.
    home : Orbit
        From where the whole scene is seen: the grid lies below its pivot, normal to its up.
    """
    up, center = np.array(home.up), np.array(home.pivot)
    near = points[np.linalg.norm(points - center, axis=1) < home.distance]
    if not len(near):
        return None
    east, north = home.horizon()
    step = _round(home.distance / 8)
    # A little below the lowest, not within the ground that was reconstructed.
    height = float(np.percentile(near @ up, 2)) - 0.02 * home.distance
    middle = sum(round(float(center @ axis) / step) * step * axis for axis in (east, north)) + height * up
    reach = LINES_EACH_SIDE * step
    offsets = np.linspace(-reach, reach, 2 * LINES_EACH_SIDE + 1)[:, None]
    ends = [
        middle + offsets * along + side * reach * across
        for along, across in ((east, north), (north, east))
        for side in (-1, 1)
    ]
    segments = np.concatenate([np.stack(ends[:2], axis=1), np.stack(ends[2:], axis=1)])
    lines = np.column_stack([np.full(len(segments), 2), np.arange(2 * len(segments)).reshape(-1, 2)])
    return pv.PolyData(segments.reshape(-1, 3), lines=lines.ravel())


def _round(length: float) -> float:
    power = 10.0 ** math.floor(math.log10(length))
    return max(factor * power for factor in (1, 2, 5) if factor * power <= length * (1 + 1e-9))
