"""From Gaussians in depth order to a list per tile, each in depth order.

A stable counting sort by tile keeps the depth order, so depths are sorted once and not once per tile. Every pair of
Gaussian and tile also gets a slot, numbered Gaussian by Gaussian, where the backward pass leaves that pair's sums.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from recon.render.kernels.rules import (
    CENTER_X,
    CENTER_Y,
    EXTENT_X,
    EXTENT_Y,
    F32,
    FALL,
    HALF,
    INLINE,
    ONE,
    PARALLEL,
    ROOT,
    SERIAL,
    SHEAR,
    THRESHOLD,
    TILE,
    ZERO,
    Array,
)

MARGIN = F32(1e-3)
"""Pixels by which rounding may move an ellipse's edge; a tile too many costs nothing but time."""


class Bins(NamedTuple):
    """Which Gaussians each tile draws.

    Parameters
    ----------
    ids : (L,) int32
        Gaussians (in depth order) of tile 0, then of tile 1, ...
    slots : (L,) int32
        The slot of each entry.
    offsets : (tiles + 1,) int64
        Where each tile's entries begin.
    first_slots : (M + 1,) int64
        Where each Gaussian's slots begin.
    """

    ids: NDArray[np.int32]
    slots: NDArray[np.int32]
    offsets: NDArray[np.int64]
    first_slots: NDArray[np.int64]


@njit(**INLINE)
def tile_span(low: np.float32, high: np.float32, count: int) -> tuple[int, int]:
    """Tiles [first, last) of `count` along an axis with a pixel centre between two positions in pixels.

    Truncation after adding one stands for rounding up and down: those are calls of a library.
    """
    end = F32(count * TILE)
    first_pixel = np.int64(min(max(low + HALF - MARGIN, ZERO), end))
    last_pixel = np.int64(min(max(high + HALF + MARGIN, ZERO), end)) - 1
    if last_pixel < first_pixel:
        return 0, 0
    return first_pixel // TILE, last_pixel // TILE + 1


@njit(**INLINE)
def row_span(packed: Array, i: int, tile_y: int, tiles_x: int) -> tuple[int, int]:
    """Tiles [first, last) of one row of tiles that a Gaussian's ellipse {s <= threshold} reaches.

    Its rightmost point is at y = shear / root * extent_y^2 / extent_x, its leftmost opposite; where that is not between
    the row's first and last pixel centres, the edge is met at the nearer of them.
    """
    reach = packed[i, EXTENT_X]
    top = F32(tile_y * TILE) + HALF - packed[i, CENTER_Y]
    bottom = top + F32(TILE - 1)
    y_right = packed[i, SHEAR] * packed[i, EXTENT_Y] * packed[i, EXTENT_Y] / (packed[i, ROOT] * reach)
    right = edge(packed, i, min(max(y_right, top), bottom), ONE) if y_right < top or y_right > bottom else reach
    left = edge(packed, i, min(max(-y_right, top), bottom), -ONE) if -y_right < top or -y_right > bottom else -reach
    return tile_span(packed[i, CENTER_X] + left, packed[i, CENTER_X] + right, tiles_x)


@njit(**INLINE)
def edge(packed: Array, i: int, y: np.float32, side: np.float32) -> np.float32:
    """X of the ellipse's right (side 1) or left (side -1) edge at height y, relative to its centre."""
    fall = packed[i, FALL] * y
    inside = max(packed[i, THRESHOLD] - fall * fall, ZERO)
    return (packed[i, SHEAR] * y + side * math.sqrt(inside)) / packed[i, ROOT]


@njit(**INLINE)
def chunk(index: int, chunks: int, count: int) -> tuple[int, int]:
    """First and last + 1 of the index-th of several nearly equal parts of range(count)."""
    return index * count // chunks, (index + 1) * count // chunks


@njit(**PARALLEL)
def bound_entries(packed: Array, tiles: tuple[int, int], bounds: Any) -> None:
    """Upper bound of the number of tiles that each chunk of Gaussians reaches, from their boxes, into bounds[1:]."""
    chunks = len(bounds) - 1
    for part in prange(chunks):
        first, last = chunk(part, chunks, len(packed))
        total = 0
        for i in range(first, last):
            x, y, reach_x, reach_y = packed[i, CENTER_X], packed[i, CENTER_Y], packed[i, EXTENT_X], packed[i, EXTENT_Y]
            left, right = tile_span(x - reach_x - ONE, x + reach_x + ONE, tiles[0])
            top, bottom = tile_span(y - reach_y - ONE, y + reach_y + ONE, tiles[1])
            total += (right - left) * (bottom - top)
        bounds[part + 1] = total


@njit(**PARALLEL)
def list_tiles(packed: Array, tiles: tuple[int, int], bounds: Any, entries: Any, counts: Any, histogram: Any) -> None:
    """Write the tiles each Gaussian reaches, chunk by chunk from bounds[chunk] on, and count them both ways."""
    chunks = len(bounds) - 1
    for part in prange(chunks):
        first, last = chunk(part, chunks, len(packed))
        position = bounds[part]
        for i in range(first, last):
            y, reach = packed[i, CENTER_Y], packed[i, EXTENT_Y]
            top, bottom = tile_span(y - reach, y + reach, tiles[1])
            begin = position
            for tile_y in range(top, bottom):
                left, right = row_span(packed, i, tile_y, tiles[0])
                for tile_x in range(left, right):
                    tile = tile_y * tiles[0] + tile_x
                    entries[position] = tile
                    histogram[part, tile] += 1
                    position += 1
            counts[i + 1] = position - begin


@njit(**SERIAL)
def start_lists(histogram: Any, offsets: Any) -> None:
    """Turn counts per (chunk, tile) into where that chunk's entries of that tile begin."""
    position = 0
    for tile in range(histogram.shape[1]):
        offsets[tile] = position
        for part in range(histogram.shape[0]):
            count = histogram[part, tile]
            histogram[part, tile] = position
            position += count
    offsets[len(offsets) - 1] = position


@njit(**INLINE)
def fill_part(gaussians: tuple[int, int], entry: int, entries: Any, starts: Any, bins: Bins) -> None:
    """Put the entries of Gaussians [first, last), which begin at `entry`, into their tiles' lists."""
    for i in range(gaussians[0], gaussians[1]):
        for slot in range(bins.first_slots[i], bins.first_slots[i + 1]):
            tile = entries[entry]
            entry += 1
            position = starts[tile]
            starts[tile] = position + 1
            bins.ids[position] = i
            bins.slots[position] = slot


@njit(**PARALLEL)
def fill_lists(bounds: Any, entries: Any, starts: Any, bins: Bins) -> None:
    """Fill all tiles' lists; chunks and Gaussians in order keep the depth order."""
    chunks = len(bounds) - 1
    count = len(bins.first_slots) - 1
    for part in prange(chunks):
        # In a function, as all writes through a tuple must be: numba drops those that stand in the loop itself.
        fill_part(chunk(part, chunks, count), bounds[part], entries, starts[part], bins)


@njit(**SERIAL)
def accumulate(counts: Any) -> None:
    """Turn counts in [1:] into running totals."""
    for i in range(1, len(counts)):
        counts[i] += counts[i - 1]


@njit(**SERIAL)
def bin_gaussians(packed: Array, width: int, height: int, chunks: int) -> Bins:
    """List the Gaussians of every tile.

    Parameters
    ----------
    packed : (M, 9) float32
        In depth order.
    width, height : int
        Image size.
    chunks : int
        Into how many parts the work is cut; does not change the result.
    """
    tiles = ((width + TILE - 1) // TILE, (height + TILE - 1) // TILE)
    bounds = np.zeros(chunks + 1, np.int64)
    bound_entries(packed, tiles, bounds)
    accumulate(bounds)
    entries = np.empty(bounds[chunks], np.int32)
    counts = np.zeros(len(packed) + 1, np.int64)
    histogram = np.zeros((chunks, tiles[0] * tiles[1]), np.int64)
    list_tiles(packed, tiles, bounds, entries, counts, histogram)
    accumulate(counts)
    offsets = np.empty(tiles[0] * tiles[1] + 1, np.int64)
    start_lists(histogram, offsets)
    total = counts[len(packed)]
    bins = Bins(np.empty(total, np.int32), np.empty(total, np.int32), offsets, counts)
    fill_lists(bounds, entries, histogram, bins)
    return bins
