"""Kernels of the planes that flat splats lie in, and of their gradients: torch takes forty small steps for the same."""

from __future__ import annotations

from typing import Any

from numba import njit, prange

from recon.render.kernels.rules import F32, INLINE, ONE, PARALLEL, TWO, ZERO, Array

FOUR = F32(4)
SMALLEST = F32(1e-12)  # length of a quaternion


@njit(**INLINE)
def _unit(quaternion: Any) -> Any:
    w, x, y, z = quaternion[0], quaternion[1], quaternion[2], quaternion[3]
    length = max(F32((w * w + x * x + y * y + z * z) ** 0.5), SMALLEST)
    return w / length, x / length, y / length, z / length, length


@njit(**INLINE)
def _axis(q: Any, k: int) -> Any:
    """Column k of the rotation."""
    w, x, y, z = q[0], q[1], q[2], q[3]
    if k == 0:
        return ONE - TWO * (y * y + z * z), TWO * (x * y + w * z), TWO * (x * z - w * y)
    if k == 1:
        return TWO * (x * y - w * z), ONE - TWO * (x * x + z * z), TWO * (y * z + w * x)
    return TWO * (x * z + w * y), TWO * (y * z - w * x), ONE - TWO * (x * x + y * y)


@njit(**INLINE)
def _axis_backward(q: Any, k: int, g: Any) -> Any:
    """Gradient by the unit quaternion."""
    w, x, y, z = q[0], q[1], q[2], q[3]
    a, b, c = g[0], g[1], g[2]
    if k == 0:
        first, second = TWO * (b * z - c * y), TWO * (b * y + c * z)
        return first, second, TWO * (b * x - c * w) - FOUR * a * y, TWO * (b * w + c * x) - FOUR * a * z
    if k == 1:
        first, second = TWO * (c * x - a * z), TWO * (a * y + c * w) - FOUR * b * x
        return first, second, TWO * (a * x + c * z), TWO * (c * y - a * w) - FOUR * b * z
    first, second = TWO * (a * y - b * x), TWO * (a * z - b * w) - FOUR * c * x
    return first, second, TWO * (a * w + b * z) - FOUR * c * y, TWO * (a * x + b * y)


@njit(**INLINE)
def _turned(pose: Array, v: Any) -> Any:
    x = pose[0, 0] * v[0] + pose[0, 1] * v[1] + pose[0, 2] * v[2]
    y = pose[1, 0] * v[0] + pose[1, 1] * v[1] + pose[1, 2] * v[2]
    z = pose[2, 0] * v[0] + pose[2, 1] * v[1] + pose[2, 2] * v[2]
    return x, y, z


@njit(**INLINE)
def _turned_back(pose: Array, v: Any) -> Any:
    x = pose[0, 0] * v[0] + pose[1, 0] * v[1] + pose[2, 0] * v[2]
    y = pose[0, 1] * v[0] + pose[1, 1] * v[1] + pose[2, 1] * v[2]
    z = pose[0, 2] * v[0] + pose[1, 2] * v[1] + pose[2, 2] * v[2]
    return x, y, z


@njit(**INLINE)
def _plane(mean: Any, quaternion: Any, k: int, pose: Array) -> Any:
    """Unit quaternion, its former length, normal and centre as the camera sees them, and n . mu, not yet turned."""
    w, x, y, z, length = _unit(quaternion)
    normal = _turned(pose, _axis((w, x, y, z), k))
    turned = _turned(pose, mean)
    center = turned[0] + pose[0, 3], turned[1] + pose[1, 3], turned[2] + pose[2, 3]
    distance = normal[0] * center[0] + normal[1] * center[1] + normal[2] * center[2]
    return (w, x, y, z), length, normal, center, distance


@njit(**PARALLEL)
def planes(means: Array, quaternions: Array, shortest: Any, pose: Array, drawn: Array) -> None:
    """See `recon.methods.surfacing.planes.plane_channels`.

    Parameters
    ----------
    means, quaternions : (N, 3), (N, 4) float32
    shortest : (N,) int64
        Axis that is the normal.
    pose : (4, 4) float32
        camera_from_local.
    drawn : (N, 4) float32
        Filled.
    """
    for i in prange(len(means)):
        _, _, normal, _, distance = _plane(means[i], quaternions[i], shortest[i], pose)
        sign = -ONE if distance > ZERO else ONE
        for c in range(3):
            drawn[i, c] = sign * normal[c]
        drawn[i, 3] = sign * distance


@njit(**PARALLEL)
def planes_backward(means: Array, quaternions: Array, shortest: Any, pose: Array, given: Array, found: Any) -> None:
    """Gradients of `planes`.

    Parameters
    ----------
    means, quaternions, shortest, pose
        As they were.
    given : (N, 4) float32
        By what was drawn.
    found : tuple of (N, 3), (N, 4) float32
        By means and quaternions; filled.
    """
    by_means, by_quaternions = found
    for i in prange(len(means)):
        q, length, normal, center, distance = _plane(means[i], quaternions[i], shortest[i], pose)
        sign = -ONE if distance > ZERO else ONE
        along = sign * given[i, 3]
        by_center = _turned_back(pose, (along * normal[0], along * normal[1], along * normal[2]))
        by_normal = _turned_back(
            pose,
            (
                sign * given[i, 0] + along * center[0],
                sign * given[i, 1] + along * center[1],
                sign * given[i, 2] + along * center[2],
            ),
        )
        by_unit = _axis_backward(q, shortest[i], by_normal)
        inward = q[0] * by_unit[0] + q[1] * by_unit[1] + q[2] * by_unit[2] + q[3] * by_unit[3]
        for c in range(3):
            by_means[i, c] = by_center[c]
        for c in range(4):
            by_quaternions[i, c] = (by_unit[c] - q[c] * inward) / length
