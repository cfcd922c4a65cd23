"""Backward: from the gradient of colours to that of harmonics, and through the view direction to means and camera."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit, prange

from recon.render.kernels.geometry import Matrix, row3
from recon.render.kernels.harmonics import (
    BASIS,
    C1,
    C2_XX,
    C2_XY,
    C2_ZZ,
    C3_XYZ,
    C3_Y,
    C3_YZZ,
    C3_ZXX,
    C3_ZZZ,
    CHUNK,
    FOUR,
    THREE,
    colour,
    direction,
    write_basis,
)
from recon.render.kernels.rules import F32, GRADIENT_CHANNELS, INLINE, PARALLEL, TWO, ZERO, Array, view_of

SIX, EIGHT = F32(6.0), F32(8.0)


@njit(**INLINE)
def basis_backward(d: Matrix, bands: int, e: Array) -> Matrix:
    """Sum over k of e[k] times the derivative of the k-th basis function by the direction (not yet of unit length)."""
    x, y, z = d
    vx, vy, vz = ZERO, ZERO, ZERO
    if bands > 1:
        vx, vy, vz = -C1 * e[3], -C1 * e[1], C1 * e[2]
    if bands > 4:
        vx += C2_XY * (y * e[4] - z * e[7]) + TWO * x * (C2_XX * e[8] - C2_ZZ * e[6])
        vy += C2_XY * (x * e[4] - z * e[5]) - TWO * y * (C2_XX * e[8] + C2_ZZ * e[6])
        vz += FOUR * C2_ZZ * z * e[6] - C2_XY * (y * e[5] + x * e[7])
    if bands > 9:
        xx, yy, zz, xy, yz, xz = x * x, y * y, z * z, x * y, y * z, x * z
        vx += -SIX * C3_Y * xy * e[9] + C3_XYZ * yz * e[10] + TWO * C3_YZZ * xy * e[11] - SIX * C3_ZZZ * xz * e[12]
        vx += -C3_YZZ * (FOUR * zz - THREE * xx - yy) * e[13] + TWO * C3_ZXX * xz * e[14]
        vx -= THREE * C3_Y * (xx - yy) * e[15]
        vy += -THREE * C3_Y * (xx - yy) * e[9] + C3_XYZ * xz * e[10] - C3_YZZ * (FOUR * zz - xx - THREE * yy) * e[11]
        vy += -SIX * C3_ZZZ * yz * e[12] + TWO * C3_YZZ * xy * e[13] - TWO * C3_ZXX * yz * e[14]
        vy += SIX * C3_Y * xy * e[15]
        vz += C3_XYZ * xy * e[10] - EIGHT * C3_YZZ * (yz * e[11] + xz * e[13])
        vz += THREE * C3_ZZZ * (TWO * zz - xx - yy) * e[12] + C3_ZXX * (xx - yy) * e[14]
    return vx, vy, vz


@njit(**INLINE)
def clamped_gradient(rgb: Matrix, gradients: Array, i: int) -> Matrix:
    """Gradient of a colour, 0 for the components that were clamped."""
    first = GRADIENT_CHANNELS
    return (
        gradients[i, first] if rgb[0] > ZERO else ZERO,
        gradients[i, first + 1] if rgb[1] > ZERO else ZERO,
        gradients[i, first + 2] if rgb[2] > ZERO else ZERO,
    )


@njit(**INLINE)
def direction_backward(d: Matrix, scale: np.float32, v: Matrix) -> Matrix:
    """Gradient of the vector whose unit vector d is, one over its length being `scale`."""
    along = d[0] * v[0] + d[1] * v[1] + d[2] * v[2]
    return (v[0] - along * d[0]) * scale, (v[1] - along * d[1]) * scale, (v[2] - along * d[2]) * scale


class Targets(NamedTuple):
    """Where gradients go.

    Parameters
    ----------
    means : (N, 3) float32
        Added to.
    sh : (N, K, 3) float32
        Filled, or added to with `accumulate`.
    centers : (chunks, 3) float64, or (0, 3)
        Zero; that of the camera's centre is added to one row per chunk of Gaussians; to be summed, in order.
    accumulate : bool
    """

    means: Array
    sh: Array
    centers: Any
    accumulate: bool


@njit(**INLINE)
def shade_one_backward(  # noqa: PLR0913 - numba kernels take arrays, not objects
    mean: Matrix, center: Matrix, sh: Array, bands: int, gradients: Array, i: int, scratch: Array
) -> tuple[Any, Any]:
    """Gradients of a Gaussian's colour (not clamped) and of the vector from the camera to its mean.

    Leaves the basis in scratch[0]; scratch is (2, 16).
    """
    basis, products = scratch[0], scratch[1]
    d, scale = direction(mean, center)
    write_basis(d, bands, basis)
    v = clamped_gradient(colour(sh, i, bands, basis), gradients, i)
    for k in range(bands):
        products[k] = v[0] * sh[i, k, 0] + v[1] * sh[i, k, 1] + v[2] * sh[i, k, 2]
    return v, direction_backward(d, scale, basis_backward(d, bands, products))


@njit(**INLINE)
def clear(targets: Targets, i: int) -> None:
    """Zero gradient of a Gaussian's harmonics."""
    targets.sh[i, :, :] = ZERO


@njit(**INLINE)
def write_gradients(v: Matrix, along: Matrix, basis: Array, bands: int, targets: Targets, i: int, part: int) -> None:  # noqa: PLR0913 - numba kernels take arrays, not objects
    """Add what `shade_one_backward` found to all that it concerns."""
    for k in range(bands):
        for channel in range(3):
            targets.sh[i, k, channel] += basis[k] * v[channel]
    for axis in range(3):
        targets.means[i, axis] += along[axis]
        if len(targets.centers) > 0:
            targets.centers[part, axis] -= along[axis]


@njit(**PARALLEL)
def shade_backward(  # noqa: PLR0913 - numba kernels take arrays, not objects
    means: Array, camera: Array, sh: Array, bands: int, depths: Array, gradients: Array, targets: Targets
) -> None:
    """Gradients of harmonics, means and the camera's centre.

    Parameters
    ----------
    means, camera, sh, bands, depths
        As for `harmonics.shade`.
    gradients : (N, 9 + D) float32
        As seen in the image; the first three channels are the colour's.
    targets : Targets
        Filled.
    """
    count = len(means)
    for part in prange((count + CHUNK - 1) // CHUNK):
        scratch = np.empty((2, BASIS), np.float32)
        center = view_of(camera).center
        for i in range(part * CHUNK, min((part + 1) * CHUNK, count)):
            if not targets.accumulate:
                clear(targets, i)
            if depths[i] > ZERO:
                v, along = shade_one_backward(row3(means, i), center, sh, bands, gradients, i, scratch)
                write_gradients(v, along, scratch[0], bands, targets, i, part)
