"""Backward: every tile draws its Gaussians once more and leaves their gradients in slots of their own."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit, prange

from recon.render.kernels.binning import Bins
from recon.render.kernels.rows import draw_rows_backward
from recon.render.kernels.rules import F32, HALF, INLINE, ONE, PARALLEL, TILE, TILE_PIXELS, ZERO, Array
from recon.render.kernels.tiles import AHEAD, Image, aligned_planes, part_touched, tile_window
from recon.render.kernels.vector import prefetch


class ImageGradient(NamedTuple):
    """Gradient of the loss by what was drawn, for one camera.

    Parameters
    ----------
    features : (H, W, D) float32
    alpha : (H, W) float32, or (0, 0) for none
    depth : (H, W) float32, or (0, 0) for none
    """

    features: Array
    alpha: Array
    depth: Array


@njit(**INLINE)
def start_planes(planes: Array, window: Any, image: Image, gradient: ImageGradient, channels: Any) -> None:
    """Transmittance 1, A = v . C - v_alpha T' and v per channel; pixels outside the image have ended."""
    x, y, columns, rows = window
    first, last = channels
    planes[:TILE_PIXELS] = -ONE
    planes[TILE_PIXELS:] = ZERO
    for row in range(rows):
        planes[row * TILE : row * TILE + columns] = ONE
        remaining = planes[TILE_PIXELS + row * TILE :][:columns]
        for channel in range(first, last):
            v = planes[(2 + channel - first) * TILE_PIXELS + row * TILE :][:columns]
            given = gradient.features[y + row, x : x + columns, channel]
            drawn = image.features[y + row, x : x + columns, channel]
            for column in range(columns):
                v[column] = given[column]
                remaining[column] += given[column] * drawn[column]


@njit(**INLINE)
def start_alpha(planes: Array, window: Any, image: Image, gradient: ImageGradient) -> None:
    """Take -v_alpha T' into A."""
    x, y, columns, rows = window
    for row in range(rows):
        for column in range(columns):
            transmittance = ONE - image.alpha[y + row, x + column]
            planes[TILE_PIXELS + row * TILE + column] -= gradient.alpha[y + row, x + column] * transmittance


@njit(**INLINE)
def start_depth(planes: Array, window: Any, image: Image, gradient: ImageGradient, plane: int) -> None:
    """Depth = sum w z / alpha: the sum's gradient is v / alpha, and A gets v depth (1 + T' / alpha)."""
    x, y, columns, rows = window
    for row in range(rows):
        for column in range(columns):
            alpha = image.alpha[y + row, x + column]
            if alpha > ZERO:
                v = gradient.depth[y + row, x + column] / alpha
                pixel = row * TILE + column
                planes[plane * TILE_PIXELS + pixel] = v
                planes[TILE_PIXELS + pixel] += v * image.depth[y + row, x + column]


@njit(**INLINE)
def sum_tile(  # noqa: PLR0913 - numba kernels take arrays, not objects
    planes: Array, gaussians: Any, bins: Bins, tile: int, end: int, window: Any, sums: Array, variant: Any
) -> None:
    """Fill the slots of all Gaussians of a tile; those behind its end get zeros."""
    x, y, _, rows = window
    origin = (F32(x) + HALF, F32(y) + HALF)
    for k in range(bins.offsets[tile], end):
        index = np.int64(bins.ids[k])
        ahead = np.int64(bins.ids[min(k + AHEAD, end - 1)])
        prefetch(gaussians[0], ahead)
        prefetch(gaussians[1], ahead)
        touched = part_touched(gaussians[0], index, x, y, rows)
        draw_rows_backward(planes, gaussians, index, origin, touched, sums, np.int64(bins.slots[k]), variant)
    for k in range(end, bins.offsets[tile + 1]):
        sums[bins.slots[k], :] = ZERO


@njit(**PARALLEL)
def sum_tiles(  # noqa: PLR0913 - numba kernels take arrays, not objects
    gaussians: tuple[Array, Array],
    bins: Bins,
    image: Image,
    gradient: ImageGradient,
    channels: tuple[int, int],
    ends: Any,
    sums: Array,
    workers: int,
    variant: Any,
) -> None:
    """Sum, per (Gaussian, tile), what the gradient needs.

    Parameters
    ----------
    gaussians, bins, channels, ends, workers
        As `tiles.draw_tiles` had them.
    image : Image
        As it was drawn, background included.
    gradient : ImageGradient
        Those of alpha and depth count where they are not empty; the last of P channels is depth then.
    sums : (slots, S) float32
        Filled; see `rows.draw_rows_backward`.
    variant : tuple
        See `rows.draw_rows_backward`.
    """
    height, width = image.alpha.shape
    count = len(variant) // 2
    for worker in prange(workers):
        planes = aligned_planes(2 + count)
        for tile in range(worker, len(ends), workers):
            window = tile_window(tile, (width, height))
            start_planes(planes, window, image, gradient, channels)
            if gradient.alpha.size > 0:
                start_alpha(planes, window, image, gradient)
            if gradient.depth.size > 0:
                start_depth(planes, window, image, gradient, 1 + count)
            sum_tile(planes, gaussians, bins, tile, ends[tile], window, sums, variant)
