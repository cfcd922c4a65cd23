"""Pictures as screens take them: eight bits, first row lowest."""

from __future__ import annotations

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from recon.render.kernels.rules import F32, HALF, ONE, PARALLEL, ZERO, Array


@njit(**PARALLEL)
def to_screen(color: Array, alpha: Array, depth: Array, rgba: NDArray[np.uint8], screen_depth: Array) -> None:
    """Round to eight bits and turn upside down.

    Parameters
    ----------
    color : (H, W, 3) float32
        In [0, 1]; clamped where not.
    alpha, depth : (H, W) float32
    rgba : (H, W, 4) uint8
        Filled.
    screen_depth : (H, W) float32
        Filled.
    """
    height, width = alpha.shape
    for y in prange(height):
        row = height - 1 - y
        for x in range(width):
            for k in range(3):
                rgba[row, x, k] = np.uint8(min(max(color[y, x, k], ZERO), ONE) * F32(255) + HALF)
            rgba[row, x, 3] = np.uint8(min(max(alpha[y, x], ZERO), ONE) * F32(255) + HALF)
            screen_depth[row, x] = depth[y, x]
