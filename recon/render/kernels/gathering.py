"""Backward: the sums that tiles left in slots become one gradient per Gaussian, as seen in the image."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, prange, types
from numba.core import cgutils
from numba.extending import intrinsic
from numpy.typing import NDArray

from recon.render.kernels.rows import GEOMETRIC_SUMS
from recon.render.kernels.rules import (
    ABSOLUTE_X,
    ABSOLUTE_Y,
    CHUNK,
    FALL,
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
    ROOT,
    SHEAR,
    TWO,
    ZERO,
    Array,
)
from recon.render.kernels.vector import LANES, Accumulator, data_of, integer, load, prefetch, store

AHEAD = 16
"""Gaussians for whose gradients memory is asked ahead: they lie anywhere."""
SPARE_SLOTS = LANES
"""Rows behind the last slot, for vectors that reach past it."""


@intrinsic  # type: ignore[misc]
def sum_columns(_context: Any, sums: Any, first: Any, last: Any, column: Any, total: Any) -> Any:
    """Sum the rows [first, last) of the slots into `total`, sixteen columns at once, beginning with `column`.

    They may reach past the end of a row, and of the last one: `total` and `sums` must be longer than needed.
    """

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        sums, first, last, column, total = arguments
        source = context.make_array(signature.args[0])(context, builder, sums)
        width = builder.extract_value(source.shape, 1)
        part = Accumulator(builder, LANES)
        with cgutils.for_range_slice(builder, first, last, integer(1)) as (slot, _):
            part.add(load(builder, source.data, builder.add(builder.mul(slot, width), column), LANES))
        store(builder, data_of(context, builder, signature.args[4], total), column, part.total())
        return context.get_dummy_value()

    return types.void(sums, first, last, column, total), codegen


@njit(**INLINE)
def add_geometry(total: Array, packed: Array, k: int, gradients: Array, i: int) -> None:
    """Add the gradient of centre, ellipse and opacity from the sums of one Gaussian.

    With w = alpha dL/dalpha, dL/ds = -w and dL/dopacity = sum w / opacity. With q = root dx - shear dy and t = fall dy,
    half the slope of s by the centre is m = (root q, fall t - shear q), so the centre's gradient is -2 sum w m, and
    that of the ellipse S with s = d' S^-1 d / 2, which is sum w (S^-1 d)(S^-1 d)' / 2, is 2 sum w m m'.
    """
    w, wx, wxx, wt, wxt, wtt = total[0], total[1], total[2], total[3], total[4], total[5]
    root, shear, fall = packed[k, ROOT], packed[k, SHEAR], packed[k, FALL]
    slope = shear / fall  # q = root dx - slope t
    wq = root * wx - slope * wt
    wqt = root * wxt - slope * wtt
    wqq = root * (root * wxx - slope * wxt) - slope * wqt
    wqm = fall * wqt - shear * wqq
    gradients[i, GRADIENT_X] -= TWO * root * wq
    gradients[i, GRADIENT_Y] -= TWO * (fall * wt - shear * wq)
    gradients[i, GRADIENT_XX] += TWO * root * root * wqq
    gradients[i, GRADIENT_XY] += TWO * root * wqm
    gradients[i, GRADIENT_YY] += TWO * (fall * (fall * wtt - shear * wqt) - shear * wqm)
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
    sums : (slots + SPARE_SLOTS, S) float32
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
    count = len(order)
    for part in prange((count + CHUNK - 1) // CHUNK):
        total = np.empty(sums.shape[1] + LANES, np.float32)
        for k in range(part * CHUNK, min((part + 1) * CHUNK, count)):
            i = order[k]
            prefetch(gradients, np.int64(order[min(k + AHEAD, count - 1)]))
            for column in range(0, sums.shape[1], LANES):
                sum_columns(sums, first_slots[k], first_slots[k + 1], column, total)
            if not accumulate:
                for column in range(GRADIENT_CHANNELS):
                    gradients[i, column] = ZERO
            add_geometry(total, packed, k, gradients, i)
            if absolute:
                gradients[i, ABSOLUTE_X], gradients[i, ABSOLUTE_Y] = total[GEOMETRIC_SUMS], total[GEOMETRIC_SUMS + 1]
            if depth:
                gradients[i, GRADIENT_DEPTH] = total[sums.shape[1] - 1]
            for channel in range(last - first):
                gradients[i, GRADIENT_CHANNELS + first + channel] = total[first_channel + channel]


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
