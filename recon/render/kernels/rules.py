"""What all kernels agree on: types, the rules of blending, the tile, and how they are compiled."""

from __future__ import annotations

from math import log
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

F32 = np.float32
Array = NDArray[np.float32]

ZERO, HALF, ONE, TWO = F32(0.0), F32(0.5), F32(1.0), F32(2.0)

MIN_ALPHA = F32(1 / 255)
"""A pixel skips what it could not show in eight bits (3DGS, Kerbl 2023)."""
MAX_ALPHA = F32(0.999)
"""No Gaussian hides all: gradients divide by 1 - alpha."""
MIN_TRANSMITTANCE = F32(1e-4)
"""A pixel ends before the Gaussian that would bring it here or below."""
LOG_255 = F32(log(255.0))
JACOBIAN_MARGIN = 0.15
"""Share of the image's size beyond its border up to which the projection's Jacobian is followed (as gsplat does)."""

TILE = 16
"""Pixels along a tile's side. 8 and 32 were 15 to 40 % slower; 16 float32 are one AVX-512 or two AVX2 registers."""
TILE_PIXELS = TILE * TILE

CHUNK = 256
"""Gaussians that share scratch memory and one partial sum: a fixed number, so that sums do not depend on threads."""

# No "nnan" or "ninf": not-a-number must stay visible to comparisons, and the exponential overflows where it is masked.
FASTMATH = {"nsz", "contract", "arcp", "reassoc", "afn"}
PARALLEL = {"parallel": True, "fastmath": FASTMATH, "cache": True, "nogil": True, "error_model": "numpy"}
SERIAL = {"fastmath": FASTMATH, "cache": True, "nogil": True, "error_model": "numpy"}
INLINE = {
    "fastmath": FASTMATH,
    "forceinline": True,
    "error_model": "numpy",
    "no_cpython_wrapper": True,
    "no_cfunc_wrapper": True,
}

# A packed Gaussian: one row of float32. Its alpha is opacity exp(-s) where s <= threshold, with
# s = (root dx - shear dy)^2 + (fall dy)^2: a sum of squares, because a dx^2 / 2 + b dx dy + c dy^2 / 2 loses the small
# difference of large terms when a Gaussian is long and thin.
CENTER_X, CENTER_Y, ROOT, SHEAR, FALL, OPACITY, THRESHOLD, EXTENT_X, EXTENT_Y = range(9)
PACKED = 9

# The gradient of a Gaussian as seen in the image: of its centre, its blurred ellipse (2, 2), its opacity after
# compensation, the absolute ones, its depth, and then one column per channel.
(
    GRADIENT_X,
    GRADIENT_Y,
    GRADIENT_XX,
    GRADIENT_XY,
    GRADIENT_YY,
    GRADIENT_OPACITY,
    ABSOLUTE_X,
    ABSOLUTE_Y,
    GRADIENT_DEPTH,
) = range(9)
GRADIENT_CHANNELS = 9


class View(NamedTuple):
    """One camera and how to draw; all numbers float32.

    Parameters
    ----------
    rotation : tuple of 9
        camera_from_world, row by row.
    translation : tuple of 3
        camera_from_world, world units.
    center : tuple of 3
        Of projection, in world coordinates: -R't.
    focal, principal, size : tuple of 2
        Along x and y, in pixels.
    lowest, highest : tuple of 2
        x / z and y / z up to which the projection's Jacobian is followed.
    near : float
        World units.
    blur : float
        Square pixels.
    antialiased, cull_backfaces : float
        0 for no.
    """

    rotation: tuple[np.float32, ...]
    translation: tuple[np.float32, ...]
    center: tuple[np.float32, ...]
    focal: tuple[np.float32, ...]
    principal: tuple[np.float32, ...]
    size: tuple[np.float32, ...]
    lowest: tuple[np.float32, ...]
    highest: tuple[np.float32, ...]
    near: np.float32
    blur: np.float32
    antialiased: np.float32
    cull_backfaces: np.float32


VIEW = 29


@njit(**INLINE)
def view_of(n: Array) -> View:
    """The view in VIEW numbers, its fields one after the other: parallel loops take arrays, not nested tuples."""
    return View(
        (n[0], n[1], n[2], n[3], n[4], n[5], n[6], n[7], n[8]),
        (n[9], n[10], n[11]),
        (n[12], n[13], n[14]),
        (n[15], n[16]),
        (n[17], n[18]),
        (n[19], n[20]),
        (n[21], n[22]),
        (n[23], n[24]),
        n[25],
        n[26],
        n[27],
        n[28],
    )
