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
    FOUR,
    THREE,
    direction,
    write_basis,
)
from recon.render.kernels.rules import CHUNK, F32, GRADIENT_CHANNELS, INLINE, PARALLEL, TWO, ZERO, Array, view_of

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
def clamped_gradient(colours: Array, gradients: Array, i: int) -> Matrix:
    """Gradient of a colour, 0 for the components that were clamped."""
    first = GRADIENT_CHANNELS
    return (
        gradients[i, first] if colours[i, 0] > ZERO else ZERO,
        gradients[i, first + 1] if colours[i, 1] > ZERO else ZERO,
        gradients[i, first + 2] if colours[i, 2] > ZERO else ZERO,
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
def put_harmonics(target: Any, i: int, basis: Array, bands: int, v: Matrix, accumulate: bool) -> None:
    """Write the gradient (K, 3) of one Gaussian's harmonics, or add to it; 0 beyond the bands in use."""
    for k in range(bands):
        for channel in range(3):
            target[i, k, channel] = (target[i, k, channel] if accumulate else ZERO) + basis[k] * v[channel]
    if not accumulate:
        clear(target, i, bands)


@njit(**INLINE)
def clear(target: Any, i: int, first: int) -> None:
    """Zero gradient of one Gaussian's harmonics from the first of some bands on."""
    for k in range(first, target.shape[1]):
        for channel in range(3):
            target[i, k, channel] = ZERO


@njit(**INLINE)
def basis_times(sh: Array, i: int, v: Matrix, bands: int, products: Array) -> None:
    """Gradient of the basis functions: v . sh for each."""
    for k in range(bands):
        products[k] = v[0] * sh[i, k, 0] + v[1] * sh[i, k, 1] + v[2] * sh[i, k, 2]


@njit(**PARALLEL)
def shade_backward(camera: Array, bands: int, depths: Array, sources: Any, targets: Targets) -> None:
    """Gradients of harmonics, means and the camera's centre.

    Parameters
    ----------
    camera, bands, depths
        As for `harmonics.shade`.
    sources : tuple of means (N, 3), sh (N, K, 3), colours (N, 3) and gradients (N, 9 + D), all float32
        What `shade` had and gave, and the gradients as seen in the image, whose first channels are the colour's.
    targets : Targets
        Filled.
    """
    means, sh, colours, gradients = sources
    mean_gradients, sh_gradients, centers, accumulate = targets
    count = len(depths)
    for part in prange((count + CHUNK - 1) // CHUNK):
        basis, products = np.empty(BASIS, np.float32), np.empty(BASIS, np.float32)
        for i in range(part * CHUNK, min((part + 1) * CHUNK, count)):
            if depths[i] > ZERO:
                d, scale = direction(row3(means, i), view_of(camera).center)
                write_basis(d, bands, basis)
                v = clamped_gradient(colours, gradients, i)
                put_harmonics(sh_gradients, i, basis, bands, v, accumulate)
                basis_times(sh, i, v, bands, products)
                along = direction_backward(d, scale, basis_backward(d, bands, products))
                for axis in range(3):
                    mean_gradients[i, axis] += along[axis]
                    if len(centers) > 0:
                        centers[part, axis] -= along[axis]
            elif not accumulate:
                clear(sh_gradients, i, 0)
