"""Which block a point belongs to."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from recon.scene import Blocks

Floats = NDArray[np.float64]

NOBODY = -1
REACH = 0.2  # how far from a block's surface a point may lie that is still its own, by the block's mean half size
SHEET = 0.03  # above the ground, by the same, what belongs to the ground however near a block is
ROWS_AT_ONCE = 1 << 16
STEP = 1e-4  # of the mean half size, over which slopes are taken
LEAST_SLOPE = 1e-9


def distances(block: Blocks, points: NDArray[np.floating]) -> Floats:
    """How far points are from the surface of one block, world units, negative inside: right to first order.

    The norm of superquadrics less one, by its slope (Taubin 1991).

    Parameters
    ----------
    block : Blocks
        One.
    points : (P, 3)
        World coordinates.

    Returns
    -------
    (P,) float64
    """
    step = STEP * _size(block)
    beside = np.concatenate([np.zeros((1, 3)), step * np.eye(3)])
    found = np.empty(len(points))
    for start in range(0, len(points), ROWS_AT_ONCE):
        part = slice(start, start + ROWS_AT_ONCE)
        values = block.norm((points[part, None] + beside).reshape(-1, 3))[0].reshape(-1, 4)
        slopes = np.linalg.norm(values[:, 1:] - values[:, :1], axis=1) / step
        found[part] = (values[:, 0] - 1) / np.maximum(slopes, LEAST_SLOPE)
    return found


def nearest(blocks: Blocks, numbers: Sequence[int], points: NDArray[np.floating]) -> NDArray[np.int32]:
    """(P,) int32: the number of the block that is nearest to each point, however far it is; there is at least one."""
    rows = [distances(blocks.part(np.array([row])).bare(), points) for row in range(len(blocks))]
    return np.asarray(np.array(numbers, np.int32)[np.argmin(rows, axis=0)])


def owners(blocks: Blocks, points: NDArray[np.float32]) -> NDArray[np.int32]:
    """(P,) int32: the row of the block that each world point (P, 3) belongs to, or NOBODY.

    A point belongs to the nearest block whose inside or shell it lies in, unless the ground is nearer, or it lies in or
    below the ground.
    """
    found = np.full(len(points), NOBODY, np.int32)
    best = np.full(len(points), np.inf)
    heights = _heights(blocks, points)
    for row in range(len(blocks)):
        block = blocks.part(np.array([row])).bare()
        size = _size(block)
        low, high = block.bounds()
        inside = ((points >= low - REACH * size) & (points <= high + REACH * size)).all(axis=1)
        (near,) = np.nonzero(inside & (heights > SHEET * size))
        away = distances(block, points[near])
        closer = (away <= REACH * size) & (away <= heights[near]) & (away < best[near])
        best[near[closer]], found[near[closer]] = away[closer], row
    return found


def _size(block: Blocks) -> float:
    return float(np.exp(np.log(block.scales[0].astype(np.float64)).mean()))


def _heights(blocks: Blocks, points: NDArray[np.float32]) -> Floats:
    """(P,) above the ground; without one all are far above it."""
    if blocks.ground is None:
        return np.full(len(points), np.inf)
    return np.asarray((points - blocks.ground.center) @ blocks.ground.up)
