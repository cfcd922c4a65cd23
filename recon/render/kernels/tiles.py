"""Forward: every tile draws its Gaussians in depth order."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit, prange

from recon.render.kernels.binning import Bins
from recon.render.kernels.rows import BOTH_HALVES, any_alive, draw_rows
from recon.render.kernels.rules import (
    CENTER_X,
    CENTER_Y,
    EXTENT_X,
    EXTENT_Y,
    F32,
    HALF,
    INLINE,
    ONE,
    PARALLEL,
    TILE,
    TILE_PIXELS,
    ZERO,
    Array,
)
from recon.render.kernels.vector import prefetch

ALIVE_EVERY = 16
"""Gaussians between two looks at whether the tile has ended."""
AHEAD = 4
"""Gaussians for which memory is asked ahead: those of a tile lie far apart."""
MARGIN = F32(1e-3)
"""Pixels; rounding must not lose a row, and a row too many is masked."""
LAST_LEFT = F32(TILE // 2 - 1)
"""The last column of a tile's left half."""


class Image(NamedTuple):
    """What is drawn, for one camera.

    Parameters
    ----------
    features : (H, W, D) float32
    alpha : (H, W) float32
    depth, median_depth : (H, W) float32, or (0, 0) where not asked for
    """

    features: Array
    alpha: Array
    depth: Array
    median_depth: Array


@njit(**INLINE)
def tile_window(tile: int, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """First column and row of a tile, and how many of its columns and rows lie in the image (width, height)."""
    width, height = size
    tiles_x = (width + TILE - 1) // TILE
    x, y = (tile % tiles_x) * TILE, (tile // tiles_x) * TILE
    return x, y, min(TILE, width - x), min(TILE, height - y)


@njit(**INLINE)
def aligned_planes(count: int) -> Array:
    """Planes of a tile that start at a multiple of 64 bytes, so that no row straddles two cache lines."""
    memory = np.empty(count * TILE_PIXELS + TILE, np.float32)
    skip = (-(memory.ctypes.data // 4)) % TILE
    return memory[skip : skip + count * TILE_PIXELS]


@njit(**INLINE)
def part_touched(packed: Array, index: int, x: int, y: int, rows: int) -> tuple[int, int, int]:
    """Rows [first, last) of a tile that starts at image column x and row y which a Gaussian reaches, and in which half.

    Truncation after adding one stands for rounding up and down: those are calls of a library.
    """
    center = packed[index, CENTER_Y] - (F32(y) + HALF) + ONE
    extent = packed[index, EXTENT_Y] + MARGIN
    first = np.int64(min(max(center - extent, ZERO), F32(TILE)))
    last = np.int64(min(max(center + extent, ZERO), F32(rows)))
    center = packed[index, CENTER_X] - (F32(x) + HALF)
    extent = packed[index, EXTENT_X] + MARGIN
    half = 1 if center - extent > LAST_LEFT else 0 if center + extent < LAST_LEFT + ONE else BOTH_HALVES
    return first, last, half


@njit(**INLINE)
def start_planes(planes: Array, columns: int, rows: int) -> None:
    """Nothing drawn, full transmittance; pixels outside the image have ended."""
    planes[:TILE_PIXELS] = ONE
    planes[TILE_PIXELS:] = ZERO
    for row in range(TILE):
        for column in range(columns if row < rows else 0, TILE):
            planes[row * TILE + column] = -ONE


@njit(**INLINE)
def draw_tile(planes: Array, gaussians: Any, bins: Bins, tile: int, window: Any, variant: Any) -> int:
    """Draw a tile's Gaussians until all its pixels have ended; returns where in the list it stopped."""
    x, y, _, rows = window
    origin = (F32(x) + HALF, F32(y) + HALF)
    first, last = bins.offsets[tile], bins.offsets[tile + 1]
    for k in range(first, last):
        index = np.int64(bins.ids[k])
        ahead = np.int64(bins.ids[min(k + AHEAD, last - 1)])
        prefetch(gaussians[0], ahead)
        prefetch(gaussians[1], ahead)
        draw_rows(planes, gaussians, index, origin, part_touched(gaussians[0], index, x, y, rows), variant)
        if (k - first) % ALIVE_EVERY == ALIVE_EVERY - 1 and not any_alive(planes):
            return k + 1
    return last


@njit(**INLINE)
def write_tile(planes: Array, window: Any, image: Image, background: Array, channels: tuple[int, int]) -> None:
    """Copy a tile's planes into the channels [first, last) of the image, over the background."""
    x, y, columns, rows = window
    first, last = channels
    for row in range(rows):
        transmittance = planes[row * TILE : row * TILE + columns]
        alpha = image.alpha[y + row, x : x + columns]
        for column in range(columns):
            alpha[column] = ONE - abs(transmittance[column])
        for channel in range(first, last):
            start = (1 + channel - first) * TILE_PIXELS + row * TILE
            drawn = planes[start : start + columns]
            feature = image.features[y + row, x : x + columns, channel]
            behind = background[channel]
            for column in range(columns):
                feature[column] = drawn[column] + abs(transmittance[column]) * behind


@njit(**INLINE)
def write_depth(planes: Array, window: Any, image: Image, plane: int) -> None:
    """Copy expected and median depth: the sum of w z is in `plane`, the median in the one behind it."""
    x, y, columns, rows = window
    for row in range(rows):
        for column in range(columns):
            pixel = row * TILE + column
            alpha = ONE - abs(planes[pixel])
            expected = planes[plane * TILE_PIXELS + pixel] / alpha if alpha > ZERO else ZERO
            image.depth[y + row, x + column] = expected
            image.median_depth[y + row, x + column] = planes[(plane + 1) * TILE_PIXELS + pixel]


@njit(**PARALLEL)
def draw_tiles(  # noqa: PLR0913 - numba kernels take arrays, not objects
    gaussians: tuple[Array, Array],
    bins: Bins,
    background: Array,
    image: Image,
    channels: tuple[int, int],
    ends: Any,
    workers: int,
    variant: Any,
) -> None:
    """Draw all tiles.

    Parameters
    ----------
    gaussians : (M, 9) and (M, P) float32
        Packed rows and channels, in depth order.
    bins : Bins
    background : (D,) float32
    image : Image
        Filled.
    channels : tuple of 2 int
        The first channel of the image that is drawn, and the one behind the last; at most P of them. Depth, where
        it is asked for, is the last of the P.
    ends : (tiles,) int64
        Filled: where in its list each tile stopped.
    workers : int
        Tiles go to them in turn, which balances their load.
    variant : tuple
        See `rows.draw_rows`.
    """
    channel_planes, with_median = len(variant) // 2, len(variant) % 2
    height, width = image.alpha.shape
    for worker in prange(workers):
        planes = aligned_planes(1 + channel_planes + with_median)
        for tile in range(worker, len(ends), workers):
            window = tile_window(tile, (width, height))
            start_planes(planes, window[2], window[3])
            ends[tile] = draw_tile(planes, gaussians, bins, tile, window, variant)
            write_tile(planes, window, image, background, channels)
            if with_median > 0:
                write_depth(planes, window, image, channel_planes)
