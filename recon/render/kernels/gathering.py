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


@njit(**INLINE)
def moments(sums: Array, first: int, last: int) -> tuple[np.float32, ...]:
    """Total of w, w dx, w dx^2, w dy, w dx dy and w dy^2 over the slots [first, last)."""
    w, wx, wxx, wy, wxy, wyy = ZERO, ZERO, ZERO, ZERO, ZERO, ZERO
    for slot in range(first, last):
        w += sums[slot, 0]
        wx += sums[slot, 1]
        wxx += sums[slot, 2]
        wy += sums[slot, 3]
        wxy += sums[slot, 4]
        wyy += sums[slot, 5]
    return w, wx, wxx, wy, wxy, wyy


@njit(**INLINE)
def total(sums: Array, first: int, last: int, column: int) -> np.float32:
    """Total of one column over the slots [first, last)."""
    value = ZERO
    for slot in range(first, last):
        value += sums[slot, column]
    return value


@njit(**INLINE)
def add_geometry(m: tuple[np.float32, ...], packed: Array, k: int, gradients: Array, i: int) -> None:
    """Add the gradient of centre, ellipse and opacity from the moments of one Gaussian.

    With w = alpha dL/dalpha, dL/ds = -w and dL/dopacity = sum w / opacity. With q = root dx - shear dy, half the slope
    of s by the centre is m = (root q, rest dy - shear q), so the centre's gradient is -2 sum w m, and that of the
    ellipse S with s = d' S^-1 d / 2, which is sum w (S^-1 d)(S^-1 d)' / 2, is 2 sum w m m'.
    """
    w, wx, wxx, wy, wxy, wyy = m
    root, shear, rest = packed[k, ROOT], packed[k, SHEAR], packed[k, REST]
    wq = root * wx - shear * wy
    wqy = root * wxy - shear * wyy
    wqq = root * (root * wxx - shear * wxy) - shear * wqy
    wmy = rest * wqy - shear * wqq
    gradients[i, GRADIENT_X] -= TWO * root * wq
    gradients[i, GRADIENT_Y] -= TWO * (rest * wy - shear * wq)
    gradients[i, GRADIENT_XX] += TWO * root * root * wqq
    gradients[i, GRADIENT_XY] += TWO * root * wmy
    gradients[i, GRADIENT_YY] += TWO * (rest * (rest * wyy - shear * wqy) - shear * wmy)
    gradients[i, GRADIENT_OPACITY] += w / packed[k, OPACITY]


@njit(**PARALLEL)
def gather(  # noqa: PLR0913 - numba kernels take arrays, not objects
    packed: Array,
    order: NDArray[np.int32],
    first_slots: NDArray[np.int64],
    sums: Array,
    columns: tuple[int, int, bool, bool],
    gradients: Array,
    accumulate: bool,
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
    columns : tuple of 2 int and 2 bool
        The first channel that these sums are about and the one behind the last; whether there are absolute gradients,
        and whether the last column is depth's.
    gradients : (N, 9 + D) float32
        Filled where drawn.
    accumulate : bool
        Whether to add to `gradients`: from the second group of channels on.
    """
    first, last, absolute, depth = columns
    first_channel = GEOMETRIC_SUMS + (2 if absolute else 0)
    for k in prange(len(order)):
        i, begin, end = order[k], first_slots[k], first_slots[k + 1]
        if not accumulate:
            for column in range(GRADIENT_CHANNELS):
                gradients[i, column] = ZERO
        add_geometry(moments(sums, begin, end), packed, k, gradients, i)
        if absolute:
            gradients[i, ABSOLUTE_X] = TWO * total(sums, begin, end, GEOMETRIC_SUMS)
            gradients[i, ABSOLUTE_Y] = TWO * total(sums, begin, end, GEOMETRIC_SUMS + 1)
        if depth:
            gradients[i, GRADIENT_DEPTH] = total(sums, begin, end, sums.shape[1] - 1)
        for channel in range(first, last):
            value = total(sums, begin, end, first_channel + channel - first)
            gradients[i, GRADIENT_CHANNELS + channel] = value


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
