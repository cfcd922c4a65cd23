"""Forward: colours by direction, in the basis, signs and order of the 3DGS PLY, degree 0 to 3."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit, prange

from recon.render.kernels.geometry import Matrix, row3
from recon.render.kernels.rules import CHUNK, F32, HALF, INLINE, ONE, PARALLEL, TWO, ZERO, Array, view_of

C0 = F32(0.28209479177387814)
C1 = F32(0.4886025119029199)
C2_XY = F32(1.0925484305920792)
C2_ZZ = F32(0.31539156525252005)
C2_XX = F32(0.5462742152960396)
C3_Y = F32(0.5900435899266435)
C3_XYZ = F32(2.890611442640554)
C3_YZZ = F32(0.4570457994644658)
C3_ZZZ = F32(0.3731763325901154)
C3_ZXX = F32(1.445305721320277)
THREE, FOUR = F32(3.0), F32(4.0)
BASIS = 16
LARGEST_VALUE = F32(1e18)


@njit(**INLINE)
def direction(mean: Matrix, center: Matrix) -> tuple[Any, np.float32]:
    """Unit vector from the camera to a mean, and one over their distance."""
    x, y, z = mean[0] - center[0], mean[1] - center[1], mean[2] - center[2]
    scale = ONE / math.sqrt(x * x + y * y + z * z)
    return (x * scale, y * scale, z * scale), scale


@njit(**INLINE)
def write_basis(d: Matrix, bands: int, basis: Array) -> None:
    """Fill basis[: bands] for a unit direction; `bands` is 1, 4, 9 or 16."""
    x, y, z = d
    basis[0] = C0
    if bands > 1:
        basis[1], basis[2], basis[3] = -C1 * y, C1 * z, -C1 * x
    if bands > 4:
        xx, yy, zz = x * x, y * y, z * z
        basis[4], basis[5], basis[7] = C2_XY * x * y, -C2_XY * y * z, -C2_XY * x * z
        basis[6] = C2_ZZ * (TWO * zz - xx - yy)
        basis[8] = C2_XX * (xx - yy)
        if bands > 9:
            basis[9] = -C3_Y * y * (THREE * xx - yy)
            basis[10] = C3_XYZ * x * y * z
            basis[11] = -C3_YZZ * y * (FOUR * zz - xx - yy)
            basis[12] = C3_ZZZ * z * (TWO * zz - THREE * xx - THREE * yy)
            basis[13] = -C3_YZZ * x * (FOUR * zz - xx - yy)
            basis[14] = C3_ZXX * z * (xx - yy)
            basis[15] = -C3_Y * x * (xx - THREE * yy)


@njit(**INLINE)
def colour(sh: Array, i: int, bands: int, basis: Array) -> Matrix:
    """Red, green, blue before clamping."""
    red, green, blue = HALF, HALF, HALF
    for k in range(bands):
        red += basis[k] * sh[i, k, 0]
        green += basis[k] * sh[i, k, 1]
        blue += basis[k] * sh[i, k, 2]
    return red, green, blue


@njit(**PARALLEL)
def shade(means: Array, camera: Array, sh: Array, bands: int, depths: Array, colours: Array) -> None:
    """Evaluate the colours of what is drawn.

    Parameters
    ----------
    means : (N, 3) float32
    camera : (29,) float32
        See `rules.view_of`.
    sh : (N, K, 3) float32
    bands : int
        How many of the K coefficients count: 1, 4, 9 or 16.
    depths : (N,) float32
        Set to 0 (not drawn) where a colour is not finite.
    colours : (N, 3) float32
        Filled where drawn: 0.5 added, clamped at 0 from below.
    """
    count = len(means)
    for part in prange((count + CHUNK - 1) // CHUNK):
        basis = np.empty(BASIS, np.float32)
        center = view_of(camera).center
        for i in range(part * CHUNK, min((part + 1) * CHUNK, count)):
            if depths[i] > ZERO:
                d, _ = direction(row3(means, i), center)
                write_basis(d, bands, basis)
                rgb = colour(sh, i, bands, basis)
                if not abs(rgb[0]) + abs(rgb[1]) + abs(rgb[2]) < LARGEST_VALUE:
                    depths[i] = ZERO
                colours[i, 0], colours[i, 1], colours[i, 2] = max(rgb[0], ZERO), max(rgb[1], ZERO), max(rgb[2], ZERO)


@njit(**PARALLEL)
def leave_out_infinite(features: Array, depths: Array) -> None:
    """Set the depth of Gaussians to 0 (not drawn) whose features (N, D) are not finite."""
    for i in prange(len(features)):
        total = ZERO
        for channel in range(features.shape[1]):
            total += abs(features[i, channel])
        if not total < LARGEST_VALUE:
            depths[i] = ZERO
