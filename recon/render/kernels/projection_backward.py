"""Backward: from ellipses in the image to Gaussians in the world and to the camera's pose.

Notation: v_x is the gradient of the loss by x; h = (xx, xy, yy) is that by the ellipse P P', a symmetric matrix.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from recon.render.kernels.geometry import (
    Matrix,
    clamped_slope,
    gram,
    jacobian,
    minors,
    multiply_2x3,
    multiply_2x3_transposed,
    pixels_from_world,
    rotation,
    rotation_backward,
    row3,
    to_camera,
    transposed_2x3_multiply,
    unit_quaternion,
)
from recon.render.kernels.harmonics import CHUNK
from recon.render.kernels.projection import (
    blurred_determinant,
    compensation,
    covariance_to_image,
    quaternion_axes,
    tangent_axes,
)
from recon.render.kernels.rules import (
    GRADIENT_DEPTH,
    GRADIENT_OPACITY,
    GRADIENT_X,
    GRADIENT_XX,
    GRADIENT_XY,
    GRADIENT_Y,
    GRADIENT_YY,
    HALF,
    INLINE,
    ONE,
    PARALLEL,
    TWO,
    ZERO,
    Array,
    View,
    view_of,
)


class Common(NamedTuple):
    """What the three backward projections share.

    Parameters
    ----------
    means, opacities, depths : (N, 3), (N,), (N,) float32
        As the forward pass had and left them; what has no depth was not drawn.
    gradients : (N, 9 + D) float32
        As seen in the image.
    mean_gradients, opacity_gradients : (N, 3), (N,) float32
        Filled, or added to where `accumulate` is true.
    pose_gradients : (chunks, 12) float64, or (0, 12)
        Zero; rotation row by row, then translation, added to one row per chunk of Gaussians; to be summed, in order.
    accumulate : bool
    """

    means: Array
    opacities: Array
    depths: Array
    gradients: Array
    mean_gradients: Array
    opacity_gradients: Array
    pose_gradients: NDArray[np.float64]
    accumulate: bool


@njit(**INLINE)
def start(common: Common, i: int, shape_gradients: tuple[Array, Array]) -> bool:
    """Clear a Gaussian's gradients for the first camera, and tell whether it is drawn."""
    if not common.accumulate:
        common.mean_gradients[i, :] = ZERO
        common.opacity_gradients[i] = ZERO
        shape_gradients[0][i, :] = ZERO
        shape_gradients[1][i, :] = ZERO
    return common.depths[i] > ZERO


@njit(**INLINE)
def ellipse_backward(view: View, ellipse: Matrix, sharp: np.float32, common: Common, i: int) -> tuple[Any, Any]:
    """Gradient (xx, xy, yy) by the ellipse before blurring, and by its determinant where that counts on its own.

    The compensation r = sqrt(sharp / blurred), blurred = sharp + blur (xx + yy + blur), has
    dr/dsharp = (1 - r^2) / (2 r blurred) and dr/dxx = dr/dyy = -r blur / (2 blurred).
    Also adds to the gradient of the opacity.
    """
    g = common.gradients
    hxx, hxy, hyy = g[i, GRADIENT_XX], g[i, GRADIENT_XY], g[i, GRADIENT_YY]
    blurred = blurred_determinant(ellipse, sharp, view.blur)
    ratio = compensation(view, sharp, blurred)
    common.opacity_gradients[i] += g[i, GRADIENT_OPACITY] * ratio
    v_sharp = ZERO
    if view.antialiased > ZERO:
        v_ratio = g[i, GRADIENT_OPACITY] * common.opacities[i]
        along = HALF * ratio * view.blur * v_ratio / blurred
        hxx, hyy = hxx - along, hyy - along
        v_sharp = v_ratio * (ONE - ratio * ratio) / (TWO * ratio * blurred)
    return (hxx, hxy, hyy), v_sharp


@njit(**INLINE)
def images_backward(p: Matrix, h: Matrix, v_sharp: np.float32) -> Matrix:
    """Gradient of the axes' images P (2, 3) from those of P P' and of the sum of its squared minors."""
    m01, m02, m12 = minors(p)
    v01, v02, v12 = TWO * v_sharp * m01, TWO * v_sharp * m02, TWO * v_sharp * m12
    return (
        TWO * (h[0] * p[0] + h[1] * p[3]) + v01 * p[4] + v02 * p[5],
        TWO * (h[0] * p[1] + h[1] * p[4]) - v01 * p[3] + v12 * p[5],
        TWO * (h[0] * p[2] + h[1] * p[5]) - v02 * p[3] - v12 * p[4],
        TWO * (h[1] * p[0] + h[2] * p[3]) - v01 * p[1] - v02 * p[2],
        TWO * (h[1] * p[1] + h[2] * p[4]) + v01 * p[0] - v12 * p[2],
        TWO * (h[1] * p[2] + h[2] * p[5]) + v02 * p[0] + v12 * p[1],
    )


@njit(**INLINE)
def slope_backward(view: View, point: Matrix, axis: int, focal: np.float32, v: np.float32) -> tuple[Any, Any]:
    """Gradient by x (or y) and by z of the Jacobian's entry -focal slope / z, slope = x / z unless clamped."""
    slope, inside = clamped_slope(view, point, axis)
    per_z = focal / (point[2] * point[2])
    if inside:
        return -v * per_z, TWO * v * slope * per_z
    return ZERO, v * slope * per_z


@njit(**INLINE)
def point_backward(view: View, point: Matrix, v_j: Matrix, g: Array, i: int) -> Matrix:
    """Gradient of a centre in camera coordinates from those of the Jacobian, the image position and the depth."""
    fx, fy = view.focal[0], view.focal[1]
    x, y, z = point
    vx, vy = g[i, GRADIENT_X] * fx / z, g[i, GRADIENT_Y] * fy / z
    vz = g[i, GRADIENT_DEPTH] - (vx * x + vy * y) / z - (v_j[0] * fx + v_j[2] * fy) / (z * z)
    slope_x, slope_xz = slope_backward(view, point, 0, fx, v_j[1])
    slope_y, slope_yz = slope_backward(view, point, 1, fy, v_j[3])
    return vx + slope_x, vy + slope_y, vz + slope_xz + slope_yz


@njit(**INLINE)
def camera_backward(view: View, common: Common, i: int, part: int, v_a: Matrix) -> None:
    """Add to the gradients of a mean and of the pose, given that of A = J R (2, 3)."""
    mean, r = row3(common.means, i), view.rotation
    point = to_camera(view, mean)
    j = jacobian(view, point)
    v_j = (
        v_a[0] * r[0] + v_a[1] * r[1] + v_a[2] * r[2],
        v_a[0] * r[6] + v_a[1] * r[7] + v_a[2] * r[8],
        v_a[3] * r[3] + v_a[4] * r[4] + v_a[5] * r[5],
        v_a[3] * r[6] + v_a[4] * r[7] + v_a[5] * r[8],
    )
    v = point_backward(view, point, v_j, common.gradients, i)
    pose = common.pose_gradients
    for axis in range(3):
        common.mean_gradients[i, axis] += r[axis] * v[0] + r[3 + axis] * v[1] + r[6 + axis] * v[2]
        if len(pose) > 0:
            pose[part, axis] += j[0] * v_a[axis] + v[0] * mean[axis]
            pose[part, 3 + axis] += j[2] * v_a[3 + axis] + v[1] * mean[axis]
            pose[part, 6 + axis] += j[1] * v_a[axis] + j[3] * v_a[3 + axis] + v[2] * mean[axis]
            pose[part, 9 + axis] += v[axis]


@njit(**INLINE)
def axes_backward(view: View, common: Common, i: int, part: int, axes: Matrix) -> Matrix:
    """Gradient (3, 3) of a Gaussian's axes; adds to those of its mean, its opacity and the pose."""
    a = pixels_from_world(view, jacobian(view, to_camera(view, row3(common.means, i))))
    p = multiply_2x3(a, axes)
    m = minors(p)
    sharp = m[0] * m[0] + m[1] * m[1] + m[2] * m[2]
    h, v_sharp = ellipse_backward(view, gram(p), sharp, common, i)
    v_p = images_backward(p, h, v_sharp)
    camera_backward(view, common, i, part, multiply_2x3_transposed(v_p, axes))
    return transposed_2x3_multiply(a, v_p)


@njit(**INLINE)
def part_of(part: int, count: int) -> tuple[int, int]:
    """Gaussians [first, last) of a chunk; its size is fixed, so that sums over chunks do not depend on threads."""
    return part * CHUNK, min((part + 1) * CHUNK, count)


@njit(**INLINE)
def quaternion_backward(camera: Array, common: Common, i: int, part: int, shape: Any, gradients: Any) -> None:
    """Add to the gradients of a quaternion and scales: with M = R diag(s), v_s = diag(R' v_M), v_R = v_M diag(s)."""
    (quaternions, scales), (quaternion_gradients, scale_gradients) = shape, gradients
    q, inverse_length = unit_quaternion(quaternions, i)
    r, s = rotation(q), row3(scales, i)
    m = axes_backward(view_of(camera), common, i, part, quaternion_axes(quaternions, scales, i))
    v_r = (
        m[0] * s[0], m[1] * s[1], m[2] * s[2],
        m[3] * s[0], m[4] * s[1], m[5] * s[2],
        m[6] * s[0], m[7] * s[1], m[8] * s[2],
    )  # fmt: skip
    v_q = rotation_backward(q, inverse_length, v_r)
    for axis in range(3):
        scale_gradients[i, axis] += r[axis] * m[axis] + r[3 + axis] * m[3 + axis] + r[6 + axis] * m[6 + axis]
    for axis in range(4):
        quaternion_gradients[i, axis] += v_q[axis]


@njit(**PARALLEL)
def quaternions_backward(camera: Array, common: Common, shape: Any, gradients: Any) -> None:
    """Backward of `projection.project_quaternions`.

    Parameters
    ----------
    camera : (25,) float32
        See `rules.view_of`.
    common : Common
    shape : tuple of (N, 4) and (N, 3) float32
        Quaternions and scales.
    gradients : the same
        Filled, or added to.
    """
    count = len(common.means)
    for part in prange((count + CHUNK - 1) // CHUNK):
        first, last = part_of(part, count)
        for i in range(first, last):
            if start(common, i, gradients):
                quaternion_backward(camera, common, i, part, shape, gradients)


@njit(**INLINE)
def tangent_backward(camera: Array, common: Common, i: int, part: int, shape: Any, gradients: Any) -> None:
    """Add to the gradients of two tangents, the first two columns of M."""
    m = axes_backward(view_of(camera), common, i, part, tangent_axes(shape[0], shape[1], i))
    for axis in range(3):
        gradients[0][i, axis] += m[3 * axis]
        gradients[1][i, axis] += m[3 * axis + 1]


@njit(**PARALLEL)
def tangents_backward(camera: Array, common: Common, shape: Any, gradients: Any) -> None:
    """Backward of `projection.project_tangents`: as `quaternions_backward`, with two tangents (N, 3)."""
    count = len(common.means)
    for part in prange((count + CHUNK - 1) // CHUNK):
        first, last = part_of(part, count)
        for i in range(first, last):
            if start(common, i, gradients):
                tangent_backward(camera, common, i, part, shape, gradients)


@njit(**INLINE)
def covariance_backward(camera: Array, common: Common, i: int, part: int, s: Array, gradients: Array) -> None:
    """Add to the gradient of a covariance, A' H A for its image A Sigma A' with gradient H."""
    view = view_of(camera)
    a = pixels_from_world(view, jacobian(view, to_camera(view, row3(common.means, i))))
    ellipse = covariance_to_image(a, s, i)
    sharp = ellipse[0] * ellipse[2] - ellipse[1] * ellipse[1]
    h, v_sharp = ellipse_backward(view, ellipse, sharp, common, i)
    hxx, hxy, hyy = h[0] + v_sharp * ellipse[2], h[1] - v_sharp * ellipse[1], h[2] + v_sharp * ellipse[0]
    ha = (
        hxx * a[0] + hxy * a[3], hxx * a[1] + hxy * a[4], hxx * a[2] + hxy * a[5],
        hxy * a[0] + hyy * a[3], hxy * a[1] + hyy * a[4], hxy * a[2] + hyy * a[5],
    )  # fmt: skip
    twice = (
        TWO * s[i, 0], s[i, 1] + s[i, 3], s[i, 2] + s[i, 6],
        s[i, 1] + s[i, 3], TWO * s[i, 4], s[i, 5] + s[i, 7],
        s[i, 2] + s[i, 6], s[i, 5] + s[i, 7], TWO * s[i, 8],
    )  # fmt: skip
    camera_backward(view, common, i, part, multiply_2x3(ha, twice))
    m = transposed_2x3_multiply(a, ha)
    for entry in range(9):
        gradients[i, entry] += m[entry]


@njit(**PARALLEL)
def covariances_backward(camera: Array, common: Common, shape: Any, gradients: Any) -> None:
    """Backward of `projection.project_covariances`: as `quaternions_backward`, with (N, 9) alone; it is symmetric."""
    count = len(common.means)
    for part in prange((count + CHUNK - 1) // CHUNK):
        first, last = part_of(part, count)
        for i in range(first, last):
            if start(common, i, (gradients[0], gradients[0])):
                covariance_backward(camera, common, i, part, shape[0], gradients[0])
