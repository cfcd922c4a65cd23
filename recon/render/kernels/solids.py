"""Forward: Gaussians as solid bodies that hide what is behind them. Nothing here has a gradient.

Drawn in two passes: rows find the nearest body in each of their pixels, then pixels get its colour.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from recon.render.kernels.rules import F32, HALF, INLINE, ONE, PARALLEL, SERIAL, ZERO, Array

NOBODY = -1
FAR = F32(3e38)
AMBIENT = F32(0.4)
LIGHT = (F32(-0.36), F32(-0.48), F32(-0.80))
"""Unit vector to the light in camera coordinates: over the left shoulder."""

# A body: three rows of unit_from_camera, for which it is the unit sphere; the camera's centre there; and the pixels
# that it can touch, from the first to the last.
CENTER, LEFT, RIGHT, TOP, BOTTOM = 9, 12, 13, 14, 15
BODY = 16


@njit(**INLINE)
def _turned(matrix: Array, x: Any, y: Any, z: Any) -> tuple[Any, Any, Any]:
    """A vector times the upper left (3, 3) of a matrix."""
    return (
        matrix[0, 0] * x + matrix[0, 1] * y + matrix[0, 2] * z,
        matrix[1, 0] * x + matrix[1, 1] * y + matrix[1, 2] * z,
        matrix[2, 0] * x + matrix[2, 1] * y + matrix[2, 2] * z,
    )


@njit(**INLINE)
def _place(camera_from_world: Array, mean: Array) -> tuple[Any, Any, Any]:
    """A world point in camera coordinates."""
    x, y, z = _turned(camera_from_world, mean[0], mean[1], mean[2])
    return x + camera_from_world[0, 3], y + camera_from_world[1, 3], z + camera_from_world[2, 3]


@njit(**INLINE)
def _span(across: Any, mixed: Any, along: Any, focal: Any, principal: Any, pixels: Any) -> tuple[Any, Any]:
    """First and last pixel of an ellipsoid's outline along one axis of the image; the last is before the first if none.

    The outline's tangents are the roots of `along` x^2 - 2 `mixed` x + `across`, entries of the dual conic S - m m'.
    """
    root = math.sqrt(max(mixed * mixed - across * along, ZERO))
    low = focal * (mixed + root) / along + principal  # `along` is negative
    high = focal * (mixed - root) / along + principal
    return max(math.ceil(low - HALF), ZERO), min(math.floor(high - HALF), pixels - ONE)


@njit(**PARALLEL)
def project_ellipsoids(  # noqa: PLR0913 - arrays in, one array out
    camera_from_world: Array, intrinsics: Array, size: Array, means: Array, axes: Array, near: float, bodies: Array
) -> None:
    """Prepare ellipsoids for `find_ellipsoids`; those that reach before the near plane get no pixels.

    Parameters
    ----------
    camera_from_world : (4, 4) float32
    intrinsics : (4,) float32
        fx, fy, cx, cy in pixels.
    size : (2,) float32
        Width and height.
    means : (N, 3) float32
    axes : (N, 3, 3) float32
        Columns are orthogonal semi-axes in world units.
    near : float
    bodies : (N, 16) float32
        Filled.
    """
    for i in prange(len(means)):
        body = bodies[i]
        body[LEFT], body[RIGHT], body[TOP], body[BOTTOM] = ONE, ZERO, ONE, ZERO
        mx, my, mz = _place(camera_from_world, means[i])
        xx = yy = zz = xz = yz = ZERO
        for k in range(3):
            x, y, z = _turned(camera_from_world, axes[i, 0, k], axes[i, 1, k], axes[i, 2, k])
            scale = ONE / (x * x + y * y + z * z)
            body[3 * k], body[3 * k + 1], body[3 * k + 2] = x * scale, y * scale, z * scale
            body[CENTER + k] = -(x * mx + y * my + z * mz) * scale
            xx, yy, zz, xz, yz = xx + x * x, yy + y * y, zz + z * z, xz + x * z, yz + y * z
        if not mz - math.sqrt(zz) > near:
            continue
        xx, yy, zz, xz, yz = xx - mx * mx, yy - my * my, zz - mz * mz, xz - mx * mz, yz - my * mz
        body[LEFT], body[RIGHT] = _span(xx, xz, zz, intrinsics[0], intrinsics[2], size[0])
        body[TOP], body[BOTTOM] = _span(yy, yz, zz, intrinsics[1], intrinsics[3], size[1])


@njit(**SERIAL)
def _cut_row(body: Array, i: int, y: Any, intrinsics: Array, depth: Array, nearest: NDArray[np.int32]) -> None:
    """Put an ellipsoid into one row of pixels where it is nearer than what is there."""
    ux, uy, uz = body[0] / intrinsics[0], body[3] / intrinsics[0], body[6] / intrinsics[0]
    down = (F32(y) + HALF - intrinsics[3]) / intrinsics[1]
    start = HALF - intrinsics[2]
    sx = body[1] * down + body[2] + ux * start
    sy = body[4] * down + body[5] + uy * start
    sz = body[7] * down + body[8] + uz * start
    cx, cy, cz = body[CENTER], body[CENTER + 1], body[CENTER + 2]
    for column in range(int(body[LEFT]), int(body[RIGHT]) + 1):
        x = F32(column)
        dx, dy, dz = sx + ux * x, sy + uy * x, sz + uz * x
        inverse = ONE / (dx * dx + dy * dy + dz * dz)
        middle = -(cx * dx + cy * dy + cz * dz) * inverse
        # The ray's point nearest to the centre: b^2 - a c would lose what is left of two large numbers.
        px, py, pz = cx + middle * dx, cy + middle * dy, cz + middle * dz
        inside = ONE - (px * px + py * py + pz * pz)
        if inside >= ZERO:
            z = middle - math.sqrt(inside * inverse)
            if z < depth[column]:
                depth[column] = z
                nearest[column] = i


@njit(**PARALLEL)
def find_ellipsoids(bodies: Array, intrinsics: Array, depth: Array, nearest: NDArray[np.int32], workers: int) -> None:
    """Find the nearest ellipsoid in each pixel. Each worker has every n-th row, so that all have as much to do.

    Parameters
    ----------
    bodies : (N, 16) float32
    intrinsics : (4,) float32
    depth : (H, W) float32
        Filled: z of the surface, `FAR` where there is none.
    nearest : (H, W) int32
        Filled: number of the ellipsoid, `NOBODY` where there is none.
    workers : int
    """
    for worker in prange(workers):
        for y in range(worker, len(depth), workers):
            depth[y] = FAR
            nearest[y] = NOBODY
        for i in range(len(bodies)):
            top, bottom = int(bodies[i, TOP]), int(bodies[i, BOTTOM])
            for y in range(top + (worker - top) % workers, bottom + 1, workers):
                _cut_row(bodies[i], i, y, intrinsics, depth[y], nearest[y])


@njit(**PARALLEL)
def shade_ellipsoids(  # noqa: PLR0913 - arrays in, two arrays out
    bodies: Array,
    intrinsics: Array,
    colors: Array,
    nearest: NDArray[np.int32],
    depth: Array,
    color: Array,
    alpha: Array,
) -> None:
    """Light the ellipsoids that `find_ellipsoids` found; depth becomes 0 where there is none.

    Parameters
    ----------
    bodies, intrinsics, nearest, depth
        As `find_ellipsoids` had and made them.
    colors : (N, 3) float32
    color : (H, W, 3) float32
        Filled.
    alpha : (H, W) float32
        Filled with 0 or 1.
    """
    for y in prange(len(depth)):
        down = (F32(y) + HALF - intrinsics[3]) / intrinsics[1]
        for x in range(depth.shape[1]):
            i, z = nearest[y, x], depth[y, x]
            if i == NOBODY:
                color[y, x], alpha[y, x], depth[y, x] = ZERO, ZERO, ZERO
                continue
            body, right = bodies[i], (F32(x) + HALF - intrinsics[2]) / intrinsics[0]
            nx = ny = nz = ZERO
            for k in range(3):
                unit = body[CENTER + k] + z * (body[3 * k] * right + body[3 * k + 1] * down + body[3 * k + 2])
                nx, ny, nz = nx + unit * body[3 * k], ny + unit * body[3 * k + 1], nz + unit * body[3 * k + 2]
            facing = (nx * LIGHT[0] + ny * LIGHT[1] + nz * LIGHT[2]) / math.sqrt(nx * nx + ny * ny + nz * nz)
            light = AMBIENT + (ONE - AMBIENT) * max(facing, ZERO)
            for k in range(3):
                color[y, x, k] = light * colors[i, k]
            alpha[y, x] = ONE


@njit(**PARALLEL)
def project_dots(camera_from_world: Array, intrinsics: Array, means: Array, near: float, dots: Array) -> None:
    """Put centres (N, 3) into the picture: x and y in pixels and z, which is 0 before the near plane."""
    for i in prange(len(means)):
        x, y, z = _place(camera_from_world, means[i])
        visible = z > near
        dots[i, 0] = intrinsics[0] * x / z + intrinsics[2] if visible else ZERO
        dots[i, 1] = intrinsics[1] * y / z + intrinsics[3] if visible else ZERO
        dots[i, 2] = z if visible else ZERO


@njit(**PARALLEL)
def draw_dots(  # noqa: PLR0913 - arrays in, three arrays out
    dots: Array, colors: Array, radius: float, depth: Array, color: Array, alpha: Array, workers: int
) -> None:
    """Draw squares around projected centres; the nearest wins.

    Parameters
    ----------
    dots : (N, 3) float32
        See `project_dots`.
    colors : (N, 3) float32
    radius : float
        Half a square's side in pixels.
    depth, alpha : (H, W) float32
        Filled; 0 where there is nothing.
    color : (H, W, 3) float32
        Filled.
    workers : int
    """
    height, width = depth.shape
    for worker in prange(workers):
        for y in range(worker, height, workers):
            depth[y], color[y], alpha[y] = ZERO, ZERO, ZERO
        for i in range(len(dots)):
            z = dots[i, 2]
            if not (z > ZERO and abs(dots[i, 0]) < F32(1e6) and abs(dots[i, 1]) < F32(1e6)):
                continue
            left, right = max(math.ceil(dots[i, 0] - radius - HALF), 0), math.floor(dots[i, 0] + radius - HALF)
            top, bottom = max(math.ceil(dots[i, 1] - radius - HALF), 0), math.floor(dots[i, 1] + radius - HALF)
            for y in range(top + (worker - top) % workers, min(bottom + 1, height), workers):
                for x in range(left, min(right + 1, width)):
                    if depth[y, x] == ZERO or z < depth[y, x]:
                        depth[y, x], alpha[y, x] = z, ONE
                        for k in range(3):
                            color[y, x, k] = colors[i, k]
