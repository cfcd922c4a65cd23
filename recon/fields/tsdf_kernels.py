"""Kernels of the fusion: which blocks surfaces touch, and what all images say of a block's voxels.

A block is filled by one thread, images in their order, so that the number of threads cannot be seen in the result.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from recon.render.kernels.rules import F32, HALF, INLINE, ONE, PARALLEL, ZERO, Array

BLOCK = 8
VOXELS = BLOCK**3
EDGE = F32(6.0)
"""Pixel footprints by which neighbouring depths of one surface differ at most."""
EDGE_WEIGHT = F32(0.2)
"""Of free space that is known from what lies beside it, or from nothing behind it: outlines are a pixel wide."""
NEAREST = F32(1e-3)
"""Of the truncation: nearer to the camera's plane nothing is projected."""


class Images(NamedTuple):
    """Depth images end to end.

    Parameters
    ----------
    depth, weight : (P,) float32
    starts : (V + 1,) int64
        Where each image's pixels begin.
    sizes : (V, 2) int64
        Height and width.
    poses : (V, 3, 4) float32
        camera_from_volume.
    intrinsics : (V, 4) float32
    """

    depth: Array
    weight: Array
    starts: NDArray[np.int64]
    sizes: NDArray[np.int64]
    poses: Array
    intrinsics: Array


@njit(**INLINE)
def _span(middle: Any, reach: Any, size: Any, count: int) -> tuple[int, int]:
    """Blocks [first, last) along an axis that an interval touches."""
    first = math.floor((middle - reach) / size)
    last = math.floor((middle + reach) / size)
    return max(0, int(first)), min(count, int(last) + 1)


@njit(**INLINE)
def _mark_pixel(pose: Array, ray: Any, size: Any, reach: Any, occupied: Any) -> None:
    x, y, z = ray[0] - pose[0, 3], ray[1] - pose[1, 3], ray[2] - pose[2, 3]
    px = pose[0, 0] * x + pose[1, 0] * y + pose[2, 0] * z
    py = pose[0, 1] * x + pose[1, 1] * y + pose[2, 1] * z
    pz = pose[0, 2] * x + pose[1, 2] * y + pose[2, 2] * z
    left, right = _span(px, reach, size, occupied.shape[0])
    top, bottom = _span(py, reach, size, occupied.shape[1])
    near, far = _span(pz, reach, size, occupied.shape[2])
    for i in range(left, right):
        for j in range(top, bottom):
            for k in range(near, far):
                occupied[i, j, k] = True


@njit(**PARALLEL)
def mark_blocks(images: Images, index: int, voxel: Any, truncation: Any, occupied: Any) -> None:
    """Mark the blocks within the truncation of what an image sees."""
    start, (height, width) = images.starts[index], images.sizes[index]
    k = images.intrinsics[index]
    size = voxel * F32(BLOCK)
    for row in prange(height):
        for column in range(width):
            depth = images.depth[start + row * width + column]
            if depth > ZERO:
                x = (F32(column) + HALF - k[2]) / k[0] * depth
                y = (F32(row) + HALF - k[3]) / k[1] * depth
                _mark_pixel(images.poses[index], (x, y, depth), size, truncation, occupied)


@njit(**INLINE)
def _observe(images: Images, index: int, u: Any, v: Any, z: Any, truncation: Any) -> tuple[Any, Any]:
    """What an image says of a point at image position (u, v) and depth z: distance in truncations, and weight."""
    height, width = images.sizes[index]
    column, row = math.floor(u - HALF), math.floor(v - HALF)
    if column < 0 or row < 0 or column >= width - 1 or row >= height - 1:
        return ZERO, ZERO
    at = images.starts[index] + row * width + column
    a, b, c, d = images.depth[at], images.depth[at + 1], images.depth[at + width], images.depth[at + width + 1]
    low, high = min(a, b, c, d), max(a, b, c, d)
    if high < ZERO:
        return ONE, EDGE_WEIGHT
    if low <= ZERO:
        return ZERO, ZERO
    if high - low >= EDGE * z / images.intrinsics[index, 0]:
        return (ONE, EDGE_WEIGHT) if z < low - truncation else (ZERO, ZERO)
    x, y = u - HALF - column, v - HALF - row
    depth = (a * (ONE - x) + b * x) * (ONE - y) + (c * (ONE - x) + d * x) * y
    distance = (depth - z) / truncation
    if distance <= -ONE:
        return ZERO, ZERO
    return min(distance, ONE), images.weight[images.starts[index] + int(v) * width + int(u)]


@njit(**INLINE)
def _is_in_view(images: Images, index: int, center: Any, radius: Any) -> bool:
    """Whether a ball can be seen, at most a little too often."""
    p, k = images.poses[index], images.intrinsics[index]
    x = p[0, 0] * center[0] + p[0, 1] * center[1] + p[0, 2] * center[2] + p[0, 3]
    y = p[1, 0] * center[0] + p[1, 1] * center[1] + p[1, 2] * center[2] + p[1, 3]
    z = p[2, 0] * center[0] + p[2, 1] * center[1] + p[2, 2] * center[2] + p[2, 3]
    if z < -radius:
        return False
    if z < radius + radius:
        return True
    height, width = images.sizes[index]
    reach_x, reach_y = radius * k[0] / (z - radius), radius * k[1] / (z - radius)
    u, v = x / z * k[0] + k[2], y / z * k[1] + k[3]
    return bool(u + reach_x > ZERO and u - reach_x < width and v + reach_y > ZERO and v - reach_y < height)


@njit(**INLINE)
def _add_image(images: Images, index: int, corner: Any, voxel: Any, truncation: Any, sums: Any) -> None:
    """Add what one image says of all voxels of a block."""
    p, k = images.poses[index], images.intrinsics[index]
    distances, weights = sums
    at = 0
    for i in range(BLOCK):
        x = corner[0] + F32(i) * voxel
        for j in range(BLOCK):
            y = corner[1] + F32(j) * voxel
            ax = p[0, 0] * x + p[0, 1] * y + p[0, 3]
            ay = p[1, 0] * x + p[1, 1] * y + p[1, 3]
            az = p[2, 0] * x + p[2, 1] * y + p[2, 3]
            for m in range(BLOCK):
                z = corner[2] + F32(m) * voxel
                depth = az + p[2, 2] * z
                if depth > NEAREST * truncation:
                    u = (ax + p[0, 2] * z) / depth * k[0] + k[2]
                    v = (ay + p[1, 2] * z) / depth * k[1] + k[3]
                    distance, weight = _observe(images, index, u, v, depth, truncation)
                    distances[at] += weight * distance
                    weights[at] += weight
                at += 1


@njit(**INLINE)
def _fill_block(images: Images, place: Any, voxel: Any, truncation: Any, sums: Any) -> None:
    sums[0][:] = ZERO
    sums[1][:] = ZERO
    size = F32(BLOCK) * voxel
    corner = F32(place[0]) * size, F32(place[1]) * size, F32(place[2]) * size
    half = HALF * size
    center = corner[0] + half, corner[1] + half, corner[2] + half
    for index in range(len(images.sizes)):
        if _is_in_view(images, index, center, half * F32(1.7321)):
            _add_image(images, index, corner, voxel, truncation, sums)
    for at in range(VOXELS):
        weight = sums[1][at]
        sums[0][at] = sums[0][at] / weight if weight > ZERO else ONE


@njit(**PARALLEL)
def integrate(
    images: Images, places: NDArray[np.int32], voxel: Any, truncation: Any, distances: Array, weights: Array
) -> None:
    """Average over all images the signed distances at the voxels of blocks.

    Parameters
    ----------
    images : Images
    places : (B, 3) int32
        Blocks along x, y, z.
    voxel, truncation : float32
        World units.
    distances, weights : (B, 8, 8, 8) float32
        Filled.
    """
    for block in prange(len(places)):
        sums = distances[block].reshape(VOXELS), weights[block].reshape(VOXELS)
        _fill_block(images, places[block], voxel, truncation, sums)
