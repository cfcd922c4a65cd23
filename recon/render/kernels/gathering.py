"""Backward: the sums that tiles left in slots become one gradient per Gaussian, as seen in the image."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from recon.render.kernels.rows import GEOMETRIC_SUMS
from recon.render.kernels.rules import (
    ABSOLUTE_X,
    ABSOLUTE_Y,
    GRADIENT_CHANNELS,
    GRADIENT_DEPTH,
    GRADIENT_OPACITY,
    GRADIENT_X,
    GRADIENT_XX,
    GRADIENT_XY,
    GRADIENT_Y,
    GRADIENT_YY,
    INLINE,
    ONE,
    OPACITY,
    PARALLEL,
    REST,
    ROOT,
    SHEAR,
    TWO,
    ZERO,
    Array,
)

SUM_W, SUM_WX, SUM_WXX, SUM_WY, SUM_WXY, SUM_WYY = range(6)


@njit(**INLINE)
def write_geometry(sums: Any, packed: Array, k: int, gradients: Array, i: int) -> None:
    """Add the gradient of centre, ellipse, opacity and the absolute ones from the sums of one Gaussian.

    With w = alpha dL/dalpha, dL/ds = -w and dL/dopacity = sum w / opacity. With q = root dx - shear dy, half the slope
    of s by the centre is m = (root q, rest dy - shear q), so the centre's gradient is -2 sum w m, and that of the
    ellipse S with s = d' S^-1 d / 2, which is sum w (S^-1 d)(S^-1 d)' / 2, is 2 sum w m m'.
    """
    root, shear, rest = packed[k, ROOT], packed[k, SHEAR], packed[k, REST]
    wq = root * sums[SUM_WX] - shear * sums[SUM_WY]
    wqy = root * sums[SUM_WXY] - shear * sums[SUM_WYY]
    wqq = root * (root * sums[SUM_WXX] - shear * sums[SUM_WXY]) - shear * wqy
    wmy = rest * wqy - shear * wqq
    gradients[i, GRADIENT_X] -= TWO * root * wq
    gradients[i, GRADIENT_Y] -= TWO * (rest * sums[SUM_WY] - shear * wq)
    gradients[i, GRADIENT_XX] += TWO * root * root * wqq
    gradients[i, GRADIENT_XY] += TWO * root * wmy
    gradients[i, GRADIENT_YY] += TWO * (rest * (rest * sums[SUM_WYY] - shear * wqy) - shear * wmy)
    gradients[i, GRADIENT_OPACITY] += sums[SUM_W] / packed[k, OPACITY]
    gradients[i, ABSOLUTE_X] += TWO * sums[ABSOLUTE_X]
    gradients[i, ABSOLUTE_Y] += TWO * sums[ABSOLUTE_Y]


@njit(**PARALLEL)
def gather(  # noqa: PLR0913 - numba kernels take arrays, not objects
    packed: Array,
    order: NDArray[np.int32],
    first_slots: NDArray[np.int64],
    sums: Array,
    columns: tuple[int, int, int],
    gradients: Array,
    accumulate: bool,
    workers: int,
    variant: Any,
) -> None:
    """Sum each Gaussian's slots, which lie side by side, in their order.

    Parameters
    ----------
    packed : (M, 9) float32
    order : (M,) int32
        Index of each packed Gaussian among all N.
    first_slots : (M + 1,) int64
    sums : (slots, S) float32
        See `rows.draw_rows_backward`.
    columns : tuple of 3 int
        First channel that these sums are about and the one behind the last, and the column of `sums` that belongs to
        depth, or -1.
    gradients : (N, 9 + D) float32
        Filled where drawn.
    accumulate : bool
        Whether to add to `gradients`: from the second group of channels on.
    workers : int
    variant : tuple
        See `rows.variant_of`: as `sums` was filled.
    """
    first, last, depth = columns
    width = GEOMETRIC_SUMS + len(variant) // 2  # known to the compiler
    count = len(order)
    for worker in prange(workers):
        total = np.empty(width, np.float32)
        for k in range(worker * count // workers, (worker + 1) * count // workers):
            total[:] = ZERO
            for slot in range(first_slots[k], first_slots[k + 1]):
                for column in range(width):
                    total[column] += sums[slot, column]
            i = order[k]
            if not accumulate:
                gradients[i, :] = ZERO
            write_geometry(total, packed, k, gradients, i)
            if depth >= 0:
                gradients[i, GRADIENT_DEPTH] += total[depth]
            for channel in range(first, last):
                gradients[i, GRADIENT_CHANNELS + channel] += total[GEOMETRIC_SUMS + channel - first]


@njit(**PARALLEL)
def copy_drawn(depths: Array, gradients: Array, first: int, target: Array, accumulate: bool) -> None:
    """Copy columns of the gradients of what is drawn, from `first` on, to (N, D); 0 where nothing is drawn.

    `depths` (N,) is 0 for a Gaussian that is not drawn; `accumulate` adds instead.
    """
    for i in prange(len(depths)):
        for column in range(target.shape[1]):
            value = gradients[i, first + column] if depths[i] > ZERO else ZERO
            target[i, column] = target[i, column] + value if accumulate else value


@njit(**PARALLEL)
def background_rows(alpha: Array, feature_gradients: Array, rows: Any) -> None:
    """Gradient (H, D) float64 of the background, row by row of the image; to be summed, in order.

    The background shows with the transmittance that remains, 1 - alpha (H, W), in features (H, W, D).
    """
    height, width = alpha.shape
    for y in prange(height):
        rows[y, :] = ZERO
        for x in range(width):
            for channel in range(rows.shape[1]):
                rows[y, channel] += (ONE - alpha[y, x]) * feature_gradients[y, x, channel]
