"""The kernel that lets a photograph paint the texels that it sees."""

from __future__ import annotations

from typing import Any

from numba import njit, prange

from recon.render.kernels.rules import F32, HALF, INLINE, ONE, PARALLEL, ZERO, Array

TOLERANCE = F32(0.005)
"""Of the depth: what lies no farther behind the surface that a photograph sees is that surface."""


@njit(**INLINE)
def _bilinear(image: Array, row: int, column: int, y: Any, x: Any, channel: int) -> Any:
    top = image[row, column, channel] * (ONE - x) + image[row, column + 1, channel] * x
    bottom = image[row + 1, column, channel] * (ONE - x) + image[row + 1, column + 1, channel] * x
    return top * (ONE - y) + bottom * y


@njit(**INLINE)
def _paint(point: Any, normal: Any, camera: Any, photograph: Any, total: Any) -> None:
    pose, k, power = camera
    color, depth, feather = photograph
    height, width = depth.shape
    x = pose[0, 0] * point[0] + pose[0, 1] * point[1] + pose[0, 2] * point[2] + pose[0, 3]
    y = pose[1, 0] * point[0] + pose[1, 1] * point[1] + pose[1, 2] * point[2] + pose[1, 3]
    z = pose[2, 0] * point[0] + pose[2, 1] * point[1] + pose[2, 2] * point[2] + pose[2, 3]
    if z <= ZERO:
        return
    u, v = x / z * k[0] + k[2] - HALF, y / z * k[1] + k[3] - HALF
    if not (u >= ZERO and v >= ZERO and u < width - 1 and v < height - 1):
        return
    column, row = int(u), int(v)
    farthest = max(depth[row, column], depth[row, column + 1], depth[row + 1, column], depth[row + 1, column + 1])
    if z > farthest * (ONE + TOLERANCE):
        return
    nx = pose[0, 0] * normal[0] + pose[0, 1] * normal[1] + pose[0, 2] * normal[2]
    ny = pose[1, 0] * normal[0] + pose[1, 1] * normal[1] + pose[1, 2] * normal[2]
    nz = pose[2, 0] * normal[0] + pose[2, 1] * normal[1] + pose[2, 2] * normal[2]
    cosine = -(nx * x + ny * y + nz * z) / F32((x * x + y * y + z * z) ** 0.5)
    if cosine <= ZERO:
        return
    weight = F32(cosine**power) / (z * z) * feather[int(v + HALF), int(u + HALF)]
    for channel in range(3):
        total[channel] += weight * _bilinear(color, row, column, v - row, u - column, channel)
    total[3] += weight


@njit(**PARALLEL)
def paint(positions: Array, normals: Array, camera: Any, photograph: Any, totals: Array) -> None:
    """Add what one photograph shows to all texels that it sees.

    Parameters
    ----------
    positions, normals : (T, 3) float32
        World coordinates.
    camera : tuple of (3, 4) float32, (4,) float32, float32
        camera_from_world, intrinsics, and the power of the cosine in weights.
    photograph : tuple of (H, W, 3), (H, W), (H, W) float32
        Colours, depth of the mesh (0 where it is not), and how much each pixel counts.
    totals : (T, 4) float32
        Colours times weights, and weights; added to.
    """
    for t in prange(len(positions)):
        _paint(positions[t], normals[t], camera, photograph, totals[t])
