"""Real spherical harmonics in the basis and order of the 3DGS PLY, and what a rotation does to their coefficients."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LARGEST_DEGREE = 3
# The function of degree 0 is C0, those of degree 1 are -C1 y, C1 z and -C1 x.
SH_C0, SH_C1 = 0.28209479177387814, 0.4886025119029199
# A rotation by half or a quarter turn only swaps and flips coefficients; rounding keeps it exactly so.
DECIMALS = 14


def basis(directions: NDArray[np.floating]) -> Floats:
    """Evaluate all sixteen functions of degree 0 to 3.

    Parameters
    ----------
    directions : (N, 3)
        Unit vectors.

    Returns
    -------
    (N, 16) float64
        Orthonormal over the sphere, with the Condon-Shortley sign; degree l holds the columns l^2 to (l + 1)^2.

    Notes
    -----
    The polynomials of Sloan, "Efficient Spherical Harmonic Evaluation", JCGT 2013.
    """
    x, y, z = np.asarray(directions, np.float64).T
    xx, yy, zz = x * x, y * y, z * z
    functions = [
        math.sqrt(1 / 4) * np.ones_like(x),
        -math.sqrt(3 / 4) * y,
        math.sqrt(3 / 4) * z,
        -math.sqrt(3 / 4) * x,
        math.sqrt(15 / 4) * x * y,
        -math.sqrt(15 / 4) * y * z,
        math.sqrt(5 / 16) * (2 * zz - xx - yy),
        -math.sqrt(15 / 4) * x * z,
        math.sqrt(15 / 16) * (xx - yy),
        -math.sqrt(35 / 32) * y * (3 * xx - yy),
        math.sqrt(105 / 4) * x * y * z,
        -math.sqrt(21 / 32) * y * (4 * zz - xx - yy),
        math.sqrt(7 / 16) * z * (2 * zz - 3 * xx - 3 * yy),
        -math.sqrt(21 / 32) * x * (4 * zz - xx - yy),
        math.sqrt(105 / 16) * z * (xx - yy),
        -math.sqrt(35 / 32) * x * (xx - 3 * yy),
    ]
    return np.stack(functions, axis=1) / math.sqrt(math.pi)


def first_terms(places: NDArray[np.floating], eye: NDArray[np.floating]) -> NDArray[np.float32]:
    """Evaluate degrees 0 and 1 along the directions from an eye to some places.

    Parameters
    ----------
    places : (N, 3)
    eye : (3,)
        In the same frame.

    Returns
    -------
    (N, 4) float32
        The first columns of `basis`.
    """
    x, y, z = places.T - np.reshape(eye, (3, 1))
    scale = SH_C1 / np.maximum(np.sqrt(x * x + y * y + z * z), 1e-12)
    return np.stack([np.full_like(scale, SH_C0), -y * scale, z * scale, -x * scale], axis=1).astype(np.float32)


def rotation_of_harmonics(rotation: NDArray[np.floating]) -> tuple[Floats, ...]:
    """The matrices that turn coefficients along with a scene.

    A function f becomes g with g(R d) = f(d). Within each degree the new coefficients are a linear image of the old
    ones, found here by solving for it on fixed directions; there are more of them than functions, and the solution is
    exact.

    Parameters
    ----------
    rotation : (3, 3)
        R, target_from_source.

    Returns
    -------
    tuple of (2l + 1, 2l + 1) float64
        For l = 0 to 3: `new = matrix @ old`.
    """
    directions = _directions()
    turned = basis(directions @ np.asarray(rotation, np.float64))
    still = basis(directions)
    matrices = []
    for degree in range(LARGEST_DEGREE + 1):
        part = slice(degree**2, (degree + 1) ** 2)
        solution = np.linalg.lstsq(still[:, part], turned[:, part], rcond=None)[0]
        matrices.append(np.round(solution, DECIMALS))
    return tuple(matrices)


def _directions() -> Floats:
    """Thirty-two directions spread evenly over the sphere, on a Fibonacci spiral."""
    index = np.arange(32) + 0.5
    z = 1 - index / 16
    angle = math.pi * (1 + math.sqrt(5)) * index
    radius = np.sqrt(1 - z * z)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle), z], axis=1)
