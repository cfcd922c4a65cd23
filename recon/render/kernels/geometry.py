"""Small pieces of geometry that the projection and its gradient share; matrices are tuples, row by row."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit

from recon.render.kernels.rules import INLINE, ONE, TWO, Array, View

Matrix = tuple[np.float32, ...]


@njit(**INLINE)
def to_camera(view: View, mean: Matrix) -> Matrix:
    """Camera coordinates (3) of a world point."""
    r, t = view.rotation, view.translation
    return (
        r[0] * mean[0] + r[1] * mean[1] + r[2] * mean[2] + t[0],
        r[3] * mean[0] + r[4] * mean[1] + r[5] * mean[2] + t[1],
        r[6] * mean[0] + r[7] * mean[1] + r[8] * mean[2] + t[2],
    )


@njit(**INLINE)
def jacobian(view: View, point: Matrix) -> Matrix:
    """Non-zero entries of d pixel / d camera coordinates: xx, xz, yy, yz (EWA splatting, Zwicker 2001)."""
    per_z = ONE / point[2]
    x, y = view.focal[0] * per_z, view.focal[1] * per_z
    slope_x = min(max(point[0] * per_z, view.lowest[0]), view.highest[0])
    slope_y = min(max(point[1] * per_z, view.lowest[1]), view.highest[1])
    return x, -x * slope_x, y, -y * slope_y


@njit(**INLINE)
def pixels_from_world(view: View, j: Matrix) -> Matrix:
    """(2, 3): the Jacobian times the camera's rotation."""
    r = view.rotation
    return (
        j[0] * r[0] + j[1] * r[6],
        j[0] * r[1] + j[1] * r[7],
        j[0] * r[2] + j[1] * r[8],
        j[2] * r[3] + j[3] * r[6],
        j[2] * r[4] + j[3] * r[7],
        j[2] * r[5] + j[3] * r[8],
    )


@njit(**INLINE)
def multiply_2x3(a: Matrix, m: Matrix) -> Matrix:
    """(2, 3) times (3, 3)."""
    return (
        a[0] * m[0] + a[1] * m[3] + a[2] * m[6],
        a[0] * m[1] + a[1] * m[4] + a[2] * m[7],
        a[0] * m[2] + a[1] * m[5] + a[2] * m[8],
        a[3] * m[0] + a[4] * m[3] + a[5] * m[6],
        a[3] * m[1] + a[4] * m[4] + a[5] * m[7],
        a[3] * m[2] + a[4] * m[5] + a[5] * m[8],
    )


@njit(**INLINE)
def multiply_2x3_transposed(a: Matrix, m: Matrix) -> Matrix:
    """(2, 3) times the transpose of (3, 3)."""
    return (
        a[0] * m[0] + a[1] * m[1] + a[2] * m[2],
        a[0] * m[3] + a[1] * m[4] + a[2] * m[5],
        a[0] * m[6] + a[1] * m[7] + a[2] * m[8],
        a[3] * m[0] + a[4] * m[1] + a[5] * m[2],
        a[3] * m[3] + a[4] * m[4] + a[5] * m[5],
        a[3] * m[6] + a[4] * m[7] + a[5] * m[8],
    )


@njit(**INLINE)
def transposed_2x3_multiply(a: Matrix, v: Matrix) -> Matrix:
    """Transpose of (2, 3) times (2, 3): (3, 3)."""
    return (
        a[0] * v[0] + a[3] * v[3],
        a[0] * v[1] + a[3] * v[4],
        a[0] * v[2] + a[3] * v[5],
        a[1] * v[0] + a[4] * v[3],
        a[1] * v[1] + a[4] * v[4],
        a[1] * v[2] + a[4] * v[5],
        a[2] * v[0] + a[5] * v[3],
        a[2] * v[1] + a[5] * v[4],
        a[2] * v[2] + a[5] * v[5],
    )


@njit(**INLINE)
def gram(p: Matrix) -> Matrix:
    """xx, xy, yy of P P' for (2, 3) P."""
    return (
        p[0] * p[0] + p[1] * p[1] + p[2] * p[2],
        p[0] * p[3] + p[1] * p[4] + p[2] * p[5],
        p[3] * p[3] + p[4] * p[4] + p[5] * p[5],
    )


@njit(**INLINE)
def minors(p: Matrix) -> Matrix:
    """The 2 x 2 determinants of columns 01, 02 and 12 of (2, 3) P.

    Their squares add up to det(P P') (Cauchy-Binet) without the cancellation of xx yy - xy^2, which would leave
    nothing of it for a flat Gaussian seen from its edge.
    """
    return p[0] * p[4] - p[1] * p[3], p[0] * p[5] - p[2] * p[3], p[1] * p[5] - p[2] * p[4]


@njit(**INLINE)
def unit_quaternion(quaternions: Array, i: int) -> tuple[Any, np.float32]:
    """The i-th quaternion at unit length, and one over the length it had."""
    w, x, y, z = quaternions[i, 0], quaternions[i, 1], quaternions[i, 2], quaternions[i, 3]
    scale = ONE / math.sqrt(w * w + x * x + y * y + z * z)
    return (w * scale, x * scale, y * scale, z * scale), scale


@njit(**INLINE)
def rotation(q: Matrix) -> Matrix:
    """(3, 3) of a unit quaternion w, x, y, z."""
    w, x, y, z = q
    return (
        ONE - TWO * (y * y + z * z),
        TWO * (x * y - w * z),
        TWO * (x * z + w * y),
        TWO * (x * y + w * z),
        ONE - TWO * (x * x + z * z),
        TWO * (y * z - w * x),
        TWO * (x * z - w * y),
        TWO * (y * z + w * x),
        ONE - TWO * (x * x + y * y),
    )


@njit(**INLINE)
def rotation_backward(q: Matrix, scale: np.float32, m: Matrix) -> Matrix:
    """Gradient of a quaternion from that of its rotation matrix.

    Parameters
    ----------
    q : (4,)
        Unit quaternion.
    scale : float32
        One over the length of the quaternion that was given.
    m : (3, 3)
        Gradient of the loss by the rotation matrix.
    """
    w, x, y, z = q
    vw = TWO * (x * (m[7] - m[5]) + y * (m[2] - m[6]) + z * (m[3] - m[1]))
    vx = TWO * (y * (m[3] + m[1]) + z * (m[6] + m[2]) + w * (m[7] - m[5]) - TWO * x * (m[4] + m[8]))
    vy = TWO * (x * (m[3] + m[1]) + z * (m[7] + m[5]) + w * (m[2] - m[6]) - TWO * y * (m[0] + m[8]))
    vz = TWO * (x * (m[6] + m[2]) + y * (m[7] + m[5]) + w * (m[3] - m[1]) - TWO * z * (m[0] + m[4]))
    along = vw * w + vx * x + vy * y + vz * z  # the length of a quaternion turns nothing
    return (vw - along * w) * scale, (vx - along * x) * scale, (vy - along * y) * scale, (vz - along * z) * scale


@njit(**INLINE)
def row3(array: Array, i: int) -> Matrix:
    """The i-th row of (N, 3)."""
    return array[i, 0], array[i, 1], array[i, 2]


@njit(**INLINE)
def row9(array: Array, i: int) -> Matrix:
    """The i-th row of (N, 9)."""
    a = array
    return a[i, 0], a[i, 1], a[i, 2], a[i, 3], a[i, 4], a[i, 5], a[i, 6], a[i, 7], a[i, 8]
