"""Where primitives stand: voxels that hold points, small ones where points are dense, larger ones where they are not.

The local frame's unit is the side of a fine voxel.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from recon.methods.shaping.shapes import HALF_DIAGONAL, REACH

FEWEST_POINTS = 2  # in a voxel: a single one is as likely an outlier
FEWEST_IN_LARGE = 3
COARSE = 2.0  # side of the second set's voxels
LARGER = (4.0, 8.0, 16.0)  # of its voxels where those hold too few points
ENCODED = 48  # points of a voxel
GROWTH = 1.1  # from one size that is tried to the next

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Cells:
    """Voxels that get a primitive each.

    Parameters
    ----------
    centers : (N, 3) float32
        Local.
    sizes : (N,) float32
        Sides.
    points : (N, 48, 3) float32
        Those of the voxel and a little around it, in units of half its diagonal, about its centre.
    counts : (N,) int64
        How many of these there are.
    """

    centers: Floats
    sizes: Floats
    points: Floats
    counts: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.centers)


def choose_voxel(positions: NDArray[np.floating], per_voxel: float, most: int) -> float:
    """The smallest voxel, in the unit of `positions`, whose occupied ones hold enough points and are not too many.

    Occupied are those with two points or more; half of them must hold `per_voxel` at least. With fewer, the finer
    of both sets becomes mostly holes. The points' median is in the middle of a voxel, as it is where they are placed.
    """
    low, high = np.percentile(positions, [2, 98], axis=0)
    extent = float(np.linalg.norm(high - low)) or 1.0
    about_middle = positions - np.median(positions, axis=0)
    side = extent / 500
    while side < extent:
        counts = _occupied(about_middle / side + 0.5, FEWEST_POINTS)[1]
        if len(counts) and np.median(counts) >= per_voxel and len(counts) <= most:
            return side
        side *= GROWTH
    return extent


def fine_cells(positions: Floats, generator: np.random.Generator) -> Cells:
    """Voxels of side one."""
    centers = _occupied(positions, FEWEST_POINTS)[0] + 0.5
    return _with_points(positions, centers, np.ones(len(centers)), generator)


def coarse_cells(positions: Floats, generator: np.random.Generator) -> Cells:
    """Voxels of side two, and of four, eight or sixteen around points where these hold too few."""
    centers, sizes, left = [], [], positions
    for side in (COARSE, *LARGER):
        corners = _occupied(left / side, FEWEST_POINTS if side == COARSE else FEWEST_IN_LARGE)[0]
        centers.append((corners + 0.5) * side)
        sizes.append(np.full(len(corners), side))
        left = left[~_named(left / side, corners)]
    return _with_points(positions, np.concatenate(centers), np.concatenate(sizes), generator)


def _occupied(positions: NDArray[np.floating], fewest: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Corners (N, 3) of unit voxels that hold enough points, in ascending order, and how many they hold."""
    corners, counts = np.unique(np.floor(positions).astype(np.int64), axis=0, return_counts=True)
    return corners[counts >= fewest], counts[counts >= fewest]


def _named(positions: Floats, corners: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether the unit voxel of each point is one of these."""
    if not len(corners):
        return np.zeros(len(positions), np.bool_)
    distances = cKDTree(corners).query(np.floor(positions))[0]
    return np.asarray(distances < 0.5)


def _with_points(
    positions: Floats, centers: NDArray[np.float64], sizes: NDArray[np.float64], generator: np.random.Generator
) -> Cells:
    """Draw the points that each primitive's shape is guessed from."""
    tree = cKDTree(positions)
    near = tree.query_ball_point(centers, REACH * sizes, p=np.inf, return_sorted=True)
    points = np.zeros((len(centers), ENCODED, 3), np.float32)
    counts = np.zeros(len(centers), np.int64)
    for row, found in enumerate(near):
        chosen = np.array(found)[generator.permutation(len(found))[:ENCODED]]
        counts[row] = len(chosen)
        points[row, : len(chosen)] = (positions[chosen] - centers[row]) / (sizes[row] * HALF_DIAGONAL)
    return Cells(centers.astype(np.float32), sizes.astype(np.float32), points, counts)
