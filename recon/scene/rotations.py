"""Many rotations at once, as matrices and as unit quaternions w, x, y, z."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def matrices_of(quaternions: NDArray[np.floating]) -> Floats:
    """(N, 3, 3) float64 of quaternions (N, 4) of about unit length."""
    unit = quaternions.astype(np.float64)
    w, x, y, z = (unit / np.linalg.norm(unit, axis=1, keepdims=True)).T
    entries = [
        *(1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)),
        *(2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)),
        *(2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)),
    ]
    return np.stack(entries, axis=1).reshape(-1, 3, 3)


def quaternions_of(rotations: Floats) -> Floats:
    """(N, 4) float64 of matrices (N, 3, 3).

    The largest of the four by a square root, the others by division (Shepperd 1978).
    """
    xx, yy, zz = rotations[:, 0, 0], rotations[:, 1, 1], rotations[:, 2, 2]
    squares = np.stack([1 + xx + yy + zz, 1 + xx - yy - zz, 1 - xx + yy - zz, 1 - xx - yy + zz], axis=1)
    zy, xz, yx = (rotations[:, i, j] - rotations[:, j, i] for i, j in ((2, 1), (0, 2), (1, 0)))
    xy, zx, yz = (rotations[:, i, j] + rotations[:, j, i] for i, j in ((0, 1), (2, 0), (1, 2)))
    rows = [
        [squares[:, 0], zy, xz, yx],
        [zy, squares[:, 1], xy, zx],
        [xz, xy, squares[:, 2], yz],
        [yx, zx, yz, squares[:, 3]],
    ]
    outer = np.stack([np.stack(row, axis=1) for row in rows], axis=1)
    column = outer[np.arange(len(outer)), squares.argmax(axis=1)]
    return np.asarray(column / np.linalg.norm(column, axis=1, keepdims=True))
