"""Depth order: sort what is drawn and lay it out so that binning and tiles read memory in a stream."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from recon.render.kernels.rules import EXTENT_X, EXTENT_Y, PACKED, PARALLEL, SERIAL, ZERO, Array
from recon.render.kernels.vector import prefetch

DIGIT_BITS = 11
DIGITS = 3
RADIX = 1 << DIGIT_BITS
AHEAD = 16
"""Gaussians for which memory is asked ahead: in depth order they lie anywhere."""


@njit(**SERIAL)
def depth_order(depths: Array) -> NDArray[np.int32]:
    """Indices of the Gaussians drawn (positive depth), nearest first, ties by index.

    A radix sort from the lowest digit up: positive floats order like their bits, 3 x 11 of which cover the 32.
    """
    bits = depths.view(np.uint32)
    keys = np.empty(len(depths), np.uint32)
    order = np.empty(len(depths), np.int32)
    histogram = np.zeros((DIGITS, RADIX), np.int64)
    count = 0
    for i in range(len(depths)):
        if depths[i] > ZERO:
            keys[count] = bits[i]
            order[count] = i
            count += 1
            for digit in range(DIGITS):
                histogram[digit, (bits[i] >> (DIGIT_BITS * digit)) & (RADIX - 1)] += 1
    keys, order = keys[:count], order[:count]
    other_keys, other_order = np.empty_like(keys), np.empty_like(order)
    for digit in range(DIGITS):
        _sort_digit(digit, histogram[digit], (keys, order), (other_keys, other_order))
        keys, other_keys = other_keys, keys
        order, other_order = other_order, order
    return order


@njit(**SERIAL)
def _sort_digit(digit: int, histogram: Any, source: Any, target: Any) -> None:
    position = 0
    for value in range(RADIX):
        count = histogram[value]
        histogram[value] = position
        position += count
    keys, order = source
    shift = np.uint32(DIGIT_BITS * digit)
    for i in range(len(keys)):
        value = (keys[i] >> shift) & np.uint32(RADIX - 1)
        place = histogram[value]
        histogram[value] = place + 1
        target[0][place] = keys[i]
        target[1][place] = order[i]


@njit(**PARALLEL)
def pack(order: NDArray[np.int32], screen: Array, packed: Array, radii: Array) -> None:
    """Copy rows into depth order, and note the radii of what is drawn.

    Parameters
    ----------
    order : (M,) int32
    screen : (N, 9) float32
    packed : (M, 9) float32
        Filled.
    radii : (N,) float32
        Zero; filled where drawn with half the longer side of the box a Gaussian can touch, in pixels.
    """
    last_index = len(order) - 1
    for k in prange(len(order)):
        i = order[k]
        prefetch(screen, np.int64(order[min(k + AHEAD, last_index)]))
        for column in range(PACKED):
            packed[k, column] = screen[i, column]
        radii[i] = max(screen[i, EXTENT_X], screen[i, EXTENT_Y])


@njit(**PARALLEL)
def pack_channels(order: NDArray[np.int32], source: Array, columns: tuple[int, int], target: Array, at: int) -> None:
    """Copy columns [first, last) of (N, D) channels into depth order, to columns `at` and on of (M, P)."""
    first, last = columns
    last_index = len(order) - 1
    for k in prange(len(order)):
        i = order[k]
        prefetch(source, np.int64(order[min(k + AHEAD, last_index)]))
        for column in range(first, last):
            target[k, at + column - first] = source[i, column]
