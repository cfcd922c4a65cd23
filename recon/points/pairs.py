"""The movement that pairs of picked points say."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from recon.errors import InputError
from recon.scene import Similarity
from recon.scene.alignment import align

FEWEST = 3


def similarity_of_pairs(moving: ArrayLike, fixed: ArrayLike, *, scale: bool = True) -> Similarity:
    """The movement of a result onto another that brings picked points closest to their partners.

    Parameters
    ----------
    moving, fixed : (N, 3) array
        Partners in the same order, at least three, neither all on one line; world coordinates of either result.
    scale : bool
        Whether the size may change.

    Raises
    ------
    InputError
        If they are too few, not finite, or leave the rotation open.
    """
    source, target = (np.asarray(points, np.float64).reshape(-1, 3) for points in (moving, fixed))
    if len(source) != len(target):
        raise InputError(
            f"Points come in pairs, and there are {len(source)} on one result and {len(target)} on the other."
        )
    if len(source) < FEWEST:
        raise InputError(f"At least {FEWEST} pairs of points are needed, and there are {len(source)}. Pick more.")
    if not (np.isfinite(source).all() and np.isfinite(target).all()):
        raise InputError("A pair of points holds a number that is not finite.")
    try:
        return align(source, target, scale=scale)
    except ValueError as error:
        raise InputError(
            "The picked points lie on one line, or in one place, which leaves open how the result is turned. "
            "Pick at least three that form a triangle, on both results."
        ) from error


def off_by(movement: Similarity, moving: ArrayLike, fixed: ArrayLike) -> NDArray[np.float64]:
    """How far each pair is apart after the movement, (N,) float64, units of the fixed result."""
    return np.asarray(np.linalg.norm(movement.apply(moving) - np.asarray(fixed, np.float64), axis=1))
