"""Superquadrics with taper (Barr 1981): surface, inside, volume. Arrays over blocks, no textures, no files.

The unit solid is ((|x|^(2/e2) + |y|^(2/e2))^(e2/e1) + |z|^(2/e1)) <= 1. A block stretches it: a point (x, y, z) of the
solid lies at (a (1 + kx z) x, b (1 + ky z) y, c z) in the block's frame, whose z axis is the pole.
"""

from __future__ import annotations

from typing import cast

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FACES = 6
SMALLEST_EXPONENT, LARGEST_EXPONENT = 0.05, 2.0
SMALLEST_FACTOR = 1e-6  # of a cross-section where a taper closes it: inverses stay finite


def cube_grid(divisions: int) -> Floats:
    """Points of the cube [-1, 1]^3 that surfaces and textures are laid out on.

    Lines of a face are equal angles apart, seen from the middle. Faces come in the order +x, -x, +y, -y, +z, -z; the
    axes of rows and columns make each one's outward normal, rows first.

    Parameters
    ----------
    divisions : int
        Squares along each edge.

    Returns
    -------
    (6, divisions + 1, divisions + 1, 3) float64
    """
    return _faces(np.tan(np.linspace(-1, 1, divisions + 1) * np.pi / 4))


def cube_centers(divisions: int) -> Floats:
    """(6, divisions, divisions, 3) float64: middles of the grid's squares, where the texels are."""
    edges = np.linspace(-1, 1, divisions + 1)
    return _faces(np.tan((edges[:-1] + edges[1:]) / 2 * np.pi / 4))


def _faces(steps: Floats) -> Floats:
    row, column = np.meshgrid(steps, steps, indexing="ij")
    one = np.ones_like(row)
    faces = [
        (one, row, column), (-one, column, row),
        (column, one, row), (row, -one, column),
        (row, column, one), (column, row, -one),
    ]  # fmt: skip
    return np.stack([np.stack(face, -1) for face in faces])


def grid_of(directions: Floats) -> tuple[NDArray[np.int64], Floats]:
    """Where directions pass through the cube: face (...,), and row and column (..., 2), each in [-1, 1]."""
    magnitude = np.abs(directions)
    axis = magnitude.argmax(-1)
    along = np.take_along_axis(directions, axis[..., None], -1)[..., 0]
    face = 2 * axis + (along < 0)
    rows, columns = np.array([1, 2, 2, 0, 0, 1]), np.array([2, 1, 0, 2, 1, 0])
    lateral = np.stack([np.take_along_axis(directions, each[face][..., None], -1)[..., 0] for each in (rows, columns)])
    flat = np.arctan(lateral / np.maximum(np.abs(along), 1e-300)) * 4 / np.pi
    return face, np.moveaxis(flat, 0, -1)


def ratios(cube: Floats) -> tuple[Floats, Floats]:
    """What the exponents act on, each in [0, 1]: smaller by larger of |x| and |y|, and of their maximum and |z|."""
    x, y, z = np.moveaxis(np.abs(cube), -1, 0)
    ring = np.maximum(x, y)
    around = np.minimum(x, y) / np.where(ring > 0, ring, 1)
    toward = np.minimum(ring, z) / np.maximum(np.maximum(ring, z), 1e-300)
    return around, toward


def surface(cube: Floats, scales: Floats, exponents: Floats, tapers: Floats) -> Floats:
    """Points of surfaces, in the blocks' frames, for points of the cube.

    The ring around z takes its shape first and the whole is then projected from the middle; so the edges of boxes and
    the rims of cylinders are edges of the grid.

    Parameters
    ----------
    cube : (P, 3) float64
        With a largest coordinate of one.
    scales, exponents, tapers : (B, 3), (B, 2), (B, 2)

    Returns
    -------
    (B, P, 3) float64
    """
    around, toward = ratios(cube)
    widened = norm_of_ratio(around, exponents[:, 1:])
    unit = np.repeat(cube[None], len(scales), axis=0)
    unit[..., :2] /= widened[..., None]
    unit /= norm_of_ratio(toward, exponents[:, :1])[..., None]
    unit[..., :2] *= 1 + tapers[:, None] * unit[..., 2:]
    return unit * scales[:, None]


def norm_of_ratio(ratio: Floats, exponent: Floats) -> Floats:
    """(1 + r^(2/e))^(e/2): the p-norm, p = 2/e, of one and a ratio r in [0, 1]."""
    with np.errstate(divide="ignore"):
        return cast("Floats", np.exp(exponent / 2 * np.log1p(np.exp(2 / exponent * np.log(ratio)))))


def unit_points(local: Floats, scales: Floats, tapers: Floats) -> Floats:
    """Points of blocks' frames (B, P, 3) in the frame of the unit solid; a taper goes on no further than its ends."""
    points = local / scales[:, None]
    factor = 1 + tapers[:, None] * np.clip(points[..., 2:], -1, 1)
    points[..., :2] /= np.maximum(factor, SMALLEST_FACTOR)
    return points


def norm(local: Floats, scales: Floats, exponents: Floats, tapers: Floats) -> Floats:
    """(B, P): below one inside a block, one on its surface, and as many times farther out as it says outside.

    Parameters
    ----------
    local : (B, P, 3) float64
        In each block's frame.
    """
    magnitude = np.abs(unit_points(local, scales, tapers))
    ring = _p_norm(magnitude[..., 0], magnitude[..., 1], exponents[:, 1:])
    return _p_norm(ring, magnitude[..., 2], exponents[:, :1])


def _p_norm(first: Floats, second: Floats, exponent: Floats) -> Floats:
    larger, smaller = np.maximum(first, second), np.minimum(first, second)
    return cast("Floats", larger * norm_of_ratio(smaller / np.maximum(larger, 1e-300), exponent))


def volumes(scales: Floats, exponents: Floats, tapers: Floats) -> Floats:
    """(B,) float64, exact: 2 a b c e1 e2 B(e1/2 + 1, e1) B(e2/2, e2/2) (Jaklic 2000, eq. 2.60), times what tapers do.

    A cross-section at height z grows by (1 + kx z)(1 + ky z); the odd terms cancel between the two halves.
    """
    from scipy.special import betaln

    first, second = exponents[:, 0], exponents[:, 1]
    plain = 2 * scales.prod(1) * first * second
    plain *= np.exp(betaln(first / 2 + 1, first) + betaln(second / 2, second / 2))
    spread = np.exp(betaln(1.5 * first, first + 1) - betaln(0.5 * first, first + 1))
    return cast("Floats", plain * (1 + tapers.prod(1) * spread))
