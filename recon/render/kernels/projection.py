"""Forward: Gaussians in the world become ellipses in the image.

Axes M (3, 3) with Sigma = M M' come from quaternion and scale, M = R diag(s), or from two tangents, M = (u v 0).
With A = J R_camera, P = A M holds their images and P P' the ellipse. A covariance goes through A Sigma A' instead.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit, prange

from recon.render.kernels.geometry import (
    Matrix,
    gram,
    jacobian,
    minors,
    multiply_2x3,
    pixels_from_world,
    rotation,
    row3,
    row9,
    to_camera,
    unit_quaternion,
)
from recon.render.kernels.rules import (
    CENTER_X,
    CENTER_Y,
    EXTENT_X,
    EXTENT_Y,
    F32,
    FALL,
    HALF,
    INLINE,
    LOG_255,
    MIN_ALPHA,
    ONE,
    OPACITY,
    PARALLEL,
    ROOT,
    SHEAR,
    THRESHOLD,
    TWO,
    ZERO,
    Array,
    View,
    view_of,
)

LARGEST = F32(1e18)
"""Nothing larger is drawn, so that squares stay finite in float32."""
SMALLEST = F32(1e-24)
"""Least determinant of what is drawn, in pixels^4: a millionth of a pixel across, whose inverse is still finite."""


@njit(**INLINE)
def quaternion_axes(quaternions: Array, scales: Array, i: int) -> Matrix:
    """R diag(s); not a number where the quaternion is zero."""
    q, _ = unit_quaternion(quaternions, i)
    r = rotation(q)
    x, y, z = row3(scales, i)
    return r[0] * x, r[1] * y, r[2] * z, r[3] * x, r[4] * y, r[5] * z, r[6] * x, r[7] * y, r[8] * z


@njit(**INLINE)
def tangent_axes(u: Array, v: Array, i: int) -> Matrix:
    """(u v 0)."""
    return u[i, 0], v[i, 0], ZERO, u[i, 1], v[i, 1], ZERO, u[i, 2], v[i, 2], ZERO


@njit(**INLINE)
def covariance_to_image(a: Matrix, covariance: Matrix) -> Matrix:
    """Entries xx, xy, yy of A Sigma A'."""
    t = multiply_2x3(a, covariance)
    return (
        t[0] * a[0] + t[1] * a[1] + t[2] * a[2],
        HALF * (t[0] * a[3] + t[1] * a[4] + t[2] * a[5] + t[3] * a[0] + t[4] * a[1] + t[5] * a[2]),
        t[3] * a[3] + t[4] * a[4] + t[5] * a[5],
    )


@njit(**INLINE)
def blurred_determinant(ellipse: Matrix, sharp: np.float32, blur: np.float32) -> np.float32:
    """Determinant after blurring, from the one before: nothing cancels."""
    return sharp + blur * (ellipse[0] + ellipse[2] + blur)


@njit(**INLINE)
def compensation(view: View, sharp: np.float32, blurred: np.float32) -> np.float32:
    """Factor of the opacity that undoes the blur's brightening (Mip-Splatting, Yu 2024)."""
    return F32(math.sqrt(sharp / blurred)) if view.antialiased > ZERO else ONE


@njit(**INLINE)
def faces_away(view: View, mean: Matrix, normal: Matrix) -> bool:
    """Whether a normal points away from the camera, or is not a number."""
    c = view.center
    along = normal[0] * (mean[0] - c[0]) + normal[1] * (mean[1] - c[1]) + normal[2] * (mean[2] - c[2])
    return not along < ZERO


@njit(**INLINE)
def shortest_axis(quaternions: Array, scales: Array, i: int) -> Matrix:
    """Direction of the smallest scale, the first of equal ones."""
    q, _ = unit_quaternion(quaternions, i)
    r = rotation(q)
    x, y, z = row3(scales, i)
    if x <= y and x <= z:
        return r[0], r[3], r[6]
    if y <= z:
        return r[1], r[4], r[7]
    return r[2], r[5], r[8]


@njit(**INLINE)
def cross(u: Matrix, v: Matrix) -> Matrix:
    """The vector u x v."""
    return u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]


@njit(**INLINE)
def write_ellipse(  # noqa: PLR0913 - numba kernels take arrays, not objects
    view: View, point: Matrix, ellipse: Matrix, sharp: np.float32, opacity: np.float32, screen: Array, i: int
) -> bool:
    """Fill row i of `screen` and tell whether the Gaussian may touch a pixel.

    Every comparison with not-a-number is false, which leaves out what is not finite.
    """
    xx, xy, yy = ellipse[0] + view.blur, ellipse[1], ellipse[2] + view.blur
    blurred = blurred_determinant(ellipse, sharp, view.blur)
    opacity *= compensation(view, sharp, blurred)
    definite = blurred > SMALLEST and xx > ZERO and xx < LARGEST and yy < LARGEST
    if not (definite and opacity >= MIN_ALPHA and opacity < LARGEST):
        return False
    x = view.focal[0] * point[0] / point[2] + view.principal[0]
    y = view.focal[1] * point[1] / point[2] + view.principal[1]
    threshold = LOG_255 + math.log(opacity)
    reach_x, reach_y = math.sqrt(TWO * threshold * xx), math.sqrt(TWO * threshold * yy)
    screen[i, CENTER_X], screen[i, CENTER_Y] = x, y
    root = math.sqrt(HALF * yy / blurred)
    screen[i, ROOT], screen[i, SHEAR], screen[i, FALL] = root, root * xy / yy, math.sqrt(HALF / yy)
    screen[i, OPACITY], screen[i, THRESHOLD] = opacity, threshold
    screen[i, EXTENT_X], screen[i, EXTENT_Y] = reach_x, reach_y
    in_columns = x + reach_x > ZERO and x - reach_x < view.size[0]
    in_rows = y + reach_y > ZERO and y - reach_y < view.size[1]
    return in_columns and in_rows


@njit(**INLINE)
def project_axes(view: View, mean: Matrix, axes: Matrix, opacity: np.float32, screen: Array, i: int) -> np.float32:
    """Project a Gaussian given by its axes: its depth, or 0 where it is not drawn."""
    point = to_camera(view, mean)
    if not (point[2] >= view.near and point[2] < LARGEST):
        return ZERO
    images = multiply_2x3(pixels_from_world(view, jacobian(view, point)), axes)
    m = minors(images)
    sharp = m[0] * m[0] + m[1] * m[1] + m[2] * m[2]
    return point[2] if write_ellipse(view, point, gram(images), sharp, opacity, screen, i) else ZERO


@njit(**INLINE)
def project_covariance(
    view: View, mean: Matrix, covariance: Matrix, opacity: np.float32, screen: Array, i: int
) -> np.float32:
    """Project a Gaussian given by its covariance: its depth, or 0 where it is not drawn."""
    point = to_camera(view, mean)
    if not (point[2] >= view.near and point[2] < LARGEST):
        return ZERO
    ellipse = covariance_to_image(pixels_from_world(view, jacobian(view, point)), covariance)
    sharp = ellipse[0] * ellipse[2] - ellipse[1] * ellipse[1]
    return point[2] if write_ellipse(view, point, ellipse, sharp, opacity, screen, i) else ZERO


@njit(**PARALLEL)
def project_quaternions(
    camera: Array, means: Array, opacities: Array, shape: Any, screen: Array, depths: Array
) -> None:
    """Project Gaussians given by quaternion and scale.

    Parameters
    ----------
    camera : (29,) float32
        See `rules.view_of`.
    means, opacities : (N, 3), (N,) float32
    shape : tuple of (N, 4) and (N, 3) float32
        Quaternions and scales.
    screen : (N, 9) float32
        Filled where drawn: the columns of a packed Gaussian.
    depths : (N,) float32
        Filled: camera z, or 0 for a Gaussian that is not drawn.
    """
    quaternions, scales = shape
    for i in prange(len(means)):
        view, mean = view_of(camera), row3(means, i)
        axes = quaternion_axes(quaternions, scales, i)
        culled = view.cull_backfaces > ZERO and faces_away(view, mean, shortest_axis(quaternions, scales, i))
        depths[i] = ZERO if culled else project_axes(view, mean, axes, opacities[i], screen, i)


@njit(**PARALLEL)
def project_tangents(camera: Array, means: Array, opacities: Array, shape: Any, screen: Array, depths: Array) -> None:
    """Project Gaussians given by two tangents (N, 3); see `project_quaternions`."""
    u, v = shape
    for i in prange(len(means)):
        view, mean = view_of(camera), row3(means, i)
        culled = view.cull_backfaces > ZERO and faces_away(view, mean, cross(row3(u, i), row3(v, i)))
        depths[i] = ZERO if culled else project_axes(view, mean, tangent_axes(u, v, i), opacities[i], screen, i)


@njit(**PARALLEL)
def project_covariances(
    camera: Array, means: Array, opacities: Array, shape: Any, screen: Array, depths: Array
) -> None:
    """Project Gaussians given by covariance, row by row (N, 9), alone in a tuple; see `project_quaternions`."""
    covariances = shape[0]
    for i in prange(len(means)):
        depths[i] = project_covariance(view_of(camera), row3(means, i), row9(covariances, i), opacities[i], screen, i)
