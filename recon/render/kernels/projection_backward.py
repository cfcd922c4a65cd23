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
    gram,
    jacobian,
    minors,
    multiply_2x3,
    multiply_2x3_transposed,
    pixels_from_world,
    rotation,
    rotation_backward,
    row3,
    row9,
    to_camera,
    transposed_2x3_multiply,
    unit_quaternion,
)
from recon.render.kernels.projection import (
    blurred_determinant,
    compensation,
    covariance_to_image,
    quaternion_axes,
    tangent_axes,
)
from recon.render.kernels.rules import (
    CHUNK,
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
    mean_gradients, opacity_gradients : (N, 3), (N, 1) float32
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


class Seen(NamedTuple):
    """One Gaussian's gradients as seen in the image.

    Parameters
    ----------
    center : tuple of 2
    ellipse : tuple of 3
        xx, xy, yy, of the blurred ellipse.
    opacity : float
        Of the opacity after compensation.
    depth : float
    """

    center: Matrix
    ellipse: Matrix
    opacity: np.float32
    depth: np.float32


@njit(**INLINE)
def seen(gradients: Array, i: int) -> Seen:
    """Read one Gaussian's gradients."""
    return Seen(
        (gradients[i, GRADIENT_X], gradients[i, GRADIENT_Y]),
        (gradients[i, GRADIENT_XX], gradients[i, GRADIENT_XY], gradients[i, GRADIENT_YY]),
        gradients[i, GRADIENT_OPACITY],
        gradients[i, GRADIENT_DEPTH],
    )


@njit(**INLINE)
def ellipse_backward(view: View, ellipse: Matrix, sharp: np.float32, opacity: np.float32, given: Seen) -> Any:
    """Gradients (xx, xy, yy) by the ellipse before blurring, by its determinant on its own, and by the opacity.

    The compensation r = sqrt(sharp / blurred), blurred = sharp + blur (xx + yy + blur), has
    dr/dsharp = (1 - r^2) / (2 r blurred) and dr/dxx = dr/dyy = -r blur / (2 blurred).
    """
    if not view.antialiased > ZERO:
        return given.ellipse, ZERO, given.opacity
    xx, xy, yy = given.ellipse
    blurred = blurred_determinant(ellipse, sharp, view.blur)
    ratio = compensation(view, sharp, blurred)
    per_blurred = HALF * given.opacity * opacity / blurred
    along = ratio * view.blur * per_blurred
    v_sharp = (ONE - ratio * ratio) / ratio * per_blurred
    return (xx - along, xy, yy - along), v_sharp, given.opacity * ratio


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
def slope_backward(view: View, point: Matrix, axis: int, v: np.float32) -> tuple[Any, Any]:
    """Gradient by x (or y) and by z of the Jacobian's entry -focal slope / z, slope = x / z unless clamped."""
    per_z = ONE / point[2]
    slope = point[axis] * per_z
    v_slope = v * view.focal[axis] * per_z * per_z
    if slope < view.lowest[axis]:
        return ZERO, v_slope * view.lowest[axis]
    if slope > view.highest[axis]:
        return ZERO, v_slope * view.highest[axis]
    return -v_slope, TWO * v_slope * slope


@njit(**INLINE)
def point_backward(view: View, point: Matrix, v_a: Matrix, given: Seen) -> Matrix:
    """Gradient of a centre in camera coordinates from those of A = J R (2, 3), of the image position and the depth."""
    r, (fx, fy), per_z = view.rotation, view.focal, ONE / point[2]
    v_xx = v_a[0] * r[0] + v_a[1] * r[1] + v_a[2] * r[2]
    v_xz = v_a[0] * r[6] + v_a[1] * r[7] + v_a[2] * r[8]
    v_yy = v_a[3] * r[3] + v_a[4] * r[4] + v_a[5] * r[5]
    v_yz = v_a[3] * r[6] + v_a[4] * r[7] + v_a[5] * r[8]
    vx, vy = given.center[0] * fx * per_z, given.center[1] * fy * per_z
    vz = given.depth - (vx * point[0] + vy * point[1]) * per_z - (v_xx * fx + v_yy * fy) * per_z * per_z
    slope_x, slope_xz = slope_backward(view, point, 0, v_xz)
    slope_y, slope_yz = slope_backward(view, point, 1, v_yz)
    return vx + slope_x, vy + slope_y, vz + slope_xz + slope_yz


@njit(**INLINE)
def pose_backward(j: Matrix, v_a: Matrix, mean: Matrix, v_point: Matrix) -> Matrix:
    """Gradient (12) by camera_from_world: through A = J R, and through the centre R mean + t."""
    x, y, z = v_point
    return (
        j[0] * v_a[0] + x * mean[0], j[0] * v_a[1] + x * mean[1], j[0] * v_a[2] + x * mean[2],
        j[2] * v_a[3] + y * mean[0], j[2] * v_a[4] + y * mean[1], j[2] * v_a[5] + y * mean[2],
        j[1] * v_a[0] + j[3] * v_a[3] + z * mean[0],
        j[1] * v_a[1] + j[3] * v_a[4] + z * mean[1],
        j[1] * v_a[2] + j[3] * v_a[5] + z * mean[2],
        x, y, z,
    )  # fmt: skip


class World(NamedTuple):
    """One Gaussian's gradients in the world.

    Parameters
    ----------
    shape : tuple of 9
        Of its axes or its covariance.
    mean : tuple of 3
    opacity : tuple of 1
    pose : tuple of 12
        Its part in that of camera_from_world.
    """

    shape: Matrix
    mean: Matrix
    opacity: Matrix
    pose: Matrix


@njit(**INLINE)
def nothing() -> World:
    """Gradients of a Gaussian that is not drawn."""
    z = ZERO
    return World((z, z, z, z, z, z, z, z, z), (z, z, z), (z,), (z, z, z, z, z, z, z, z, z, z, z, z))


@njit(**INLINE)
def to_world(view: View, mean: Matrix, v_a: Matrix, v_shape: Matrix, v_opacity: np.float32, given: Seen) -> World:
    """Put together a Gaussian's gradients, given that of A = J R (2, 3)."""
    point = to_camera(view, mean)
    v_point = point_backward(view, point, v_a, given)
    r, (x, y, z) = view.rotation, v_point
    v_mean = r[0] * x + r[3] * y + r[6] * z, r[1] * x + r[4] * y + r[7] * z, r[2] * x + r[5] * y + r[8] * z
    return World(v_shape, v_mean, (v_opacity,), pose_backward(jacobian(view, point), v_a, mean, v_point))


@njit(**INLINE)
def axes_backward(view: View, mean: Matrix, axes: Matrix, opacity: np.float32, given: Seen) -> World:
    """Gradients of a Gaussian given by its axes."""
    a = pixels_from_world(view, jacobian(view, to_camera(view, mean)))
    p = multiply_2x3(a, axes)
    m = minors(p)
    sharp = m[0] * m[0] + m[1] * m[1] + m[2] * m[2]
    h, v_sharp, v_opacity = ellipse_backward(view, gram(p), sharp, opacity, given)
    v_p = images_backward(p, h, v_sharp)
    v_a = multiply_2x3_transposed(v_p, axes)
    return to_world(view, mean, v_a, transposed_2x3_multiply(a, v_p), v_opacity, given)


@njit(**INLINE)
def covariance_backward(view: View, mean: Matrix, s: Matrix, opacity: np.float32, given: Seen) -> World:
    """Gradients of a Gaussian given by its covariance: A' H A for its image A Sigma A' with gradient H."""
    a = pixels_from_world(view, jacobian(view, to_camera(view, mean)))
    ellipse = covariance_to_image(a, s)
    sharp = ellipse[0] * ellipse[2] - ellipse[1] * ellipse[1]
    h, v_sharp, v_opacity = ellipse_backward(view, ellipse, sharp, opacity, given)
    xx, xy, yy = h[0] + v_sharp * ellipse[2], h[1] - v_sharp * ellipse[1], h[2] + v_sharp * ellipse[0]
    ha = (
        xx * a[0] + xy * a[3], xx * a[1] + xy * a[4], xx * a[2] + xy * a[5],
        xy * a[0] + yy * a[3], xy * a[1] + yy * a[4], xy * a[2] + yy * a[5],
    )  # fmt: skip
    twice = (
        TWO * s[0], s[1] + s[3], s[2] + s[6],
        s[1] + s[3], TWO * s[4], s[5] + s[7],
        s[2] + s[6], s[5] + s[7], TWO * s[8],
    )  # fmt: skip
    v_a = multiply_2x3(ha, twice)
    return to_world(view, mean, v_a, transposed_2x3_multiply(a, ha), v_opacity, given)


@njit(**INLINE)
def axes_to_quaternion(m: Matrix, q: Matrix, inverse_length: np.float32, s: Matrix) -> tuple[Any, Any]:
    """Gradients of a quaternion and its scales: with M = R diag(s), v_s = diag(R' v_M) and v_R = v_M diag(s)."""
    r = rotation(q)
    v_r = (
        m[0] * s[0], m[1] * s[1], m[2] * s[2],
        m[3] * s[0], m[4] * s[1], m[5] * s[2],
        m[6] * s[0], m[7] * s[1], m[8] * s[2],
    )  # fmt: skip
    v_scale = (
        r[0] * m[0] + r[3] * m[3] + r[6] * m[6],
        r[1] * m[1] + r[4] * m[4] + r[7] * m[7],
        r[2] * m[2] + r[5] * m[5] + r[8] * m[8],
    )
    return rotation_backward(q, inverse_length, v_r), v_scale


@njit(**INLINE)
def put(array: Array, i: int, values: Matrix, accumulate: bool) -> None:
    """Write a row of gradients, or add to it."""
    for column in range(len(values)):
        array[i, column] = (array[i, column] if accumulate else ZERO) + values[column]


@njit(**INLINE)
def add_pose(poses: Any, part: int, values: Matrix) -> None:
    """Add to one row of the pose's gradients, if they are wanted."""
    if len(poses) > 0:
        for column in range(12):
            poses[part, column] += values[column]


# In the kernels, tuples are taken apart before the loop: inside it, numba would count references at every use.


@njit(**PARALLEL)
def quaternions_backward(camera: Array, common: Common, shape: Any, shape_gradients: Any) -> None:
    """Backward of `projection.project_quaternions`.

    Parameters
    ----------
    camera : (29,) float32
        See `rules.view_of`.
    common : Common
    shape : tuple of (N, 4) and (N, 3) float32
        Quaternions and scales.
    shape_gradients : the same
        Filled, or added to.
    """
    means, opacities, depths, gradients, mean_gradients, opacity_gradients, poses, accumulate = common
    (quaternions, scales), (quaternion_gradients, scale_gradients) = shape, shape_gradients
    count = len(means)
    for part in prange((count + CHUNK - 1) // CHUNK):
        for i in range(part * CHUNK, min((part + 1) * CHUNK, count)):
            world, v_quaternion, v_scale = nothing(), (ZERO, ZERO, ZERO, ZERO), (ZERO, ZERO, ZERO)
            if depths[i] > ZERO:
                q, inverse_length = unit_quaternion(quaternions, i)
                axes = quaternion_axes(quaternions, scales, i)
                world = axes_backward(view_of(camera), row3(means, i), axes, opacities[i], seen(gradients, i))
                v_quaternion, v_scale = axes_to_quaternion(world.shape, q, inverse_length, row3(scales, i))
                add_pose(poses, part, world.pose)
            put(quaternion_gradients, i, v_quaternion, accumulate)
            put(scale_gradients, i, v_scale, accumulate)
            put(mean_gradients, i, world.mean, accumulate)
            put(opacity_gradients, i, world.opacity, accumulate)


@njit(**PARALLEL)
def tangents_backward(camera: Array, common: Common, shape: Any, shape_gradients: Any) -> None:
    """Backward of `projection.project_tangents`: as `quaternions_backward`, with two tangents (N, 3).

    They are the first two columns of M.
    """
    means, opacities, depths, gradients, mean_gradients, opacity_gradients, poses, accumulate = common
    (u, v), (u_gradients, v_gradients) = shape, shape_gradients
    count = len(means)
    for part in prange((count + CHUNK - 1) // CHUNK):
        for i in range(part * CHUNK, min((part + 1) * CHUNK, count)):
            world = nothing()
            if depths[i] > ZERO:
                axes = tangent_axes(u, v, i)
                world = axes_backward(view_of(camera), row3(means, i), axes, opacities[i], seen(gradients, i))
                add_pose(poses, part, world.pose)
            m = world.shape
            put(u_gradients, i, (m[0], m[3], m[6]), accumulate)
            put(v_gradients, i, (m[1], m[4], m[7]), accumulate)
            put(mean_gradients, i, world.mean, accumulate)
            put(opacity_gradients, i, world.opacity, accumulate)


@njit(**PARALLEL)
def covariances_backward(camera: Array, common: Common, shape: Any, shape_gradients: Any) -> None:
    """Backward of `projection.project_covariances`: as `quaternions_backward`, with (N, 9) alone; it is symmetric."""
    means, opacities, depths, gradients, mean_gradients, opacity_gradients, poses, accumulate = common
    covariances, covariance_gradients = shape[0], shape_gradients[0]
    count = len(means)
    for part in prange((count + CHUNK - 1) // CHUNK):
        for i in range(part * CHUNK, min((part + 1) * CHUNK, count)):
            world = nothing()
            if depths[i] > ZERO:
                covariance = row9(covariances, i)
                world = covariance_backward(
                    view_of(camera), row3(means, i), covariance, opacities[i], seen(gradients, i)
                )
                add_pose(poses, part, world.pose)
            put(covariance_gradients, i, world.shape, accumulate)
            put(mean_gradients, i, world.mean, accumulate)
            put(opacity_gradients, i, world.opacity, accumulate)
