"""The similarity that brings one set of points closest to another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Similarity:
    """x -> scale * rotation @ x + translation.

    Parameters
    ----------
    scale : float
    rotation : (3, 3) float64
    translation : (3,) float64
    """

    scale: float
    rotation: Array
    translation: Array

    def __call__(self, points: Array) -> Array:
        """(N, 3) points, moved."""
        return np.asarray(self.scale * points @ self.rotation.T + self.translation)


def align(source: Array, target: Array) -> Similarity:
    """Find the similarity that moves points onto their partners with the least sum of squares.

    Parameters
    ----------
    source, target : (N, 3) float64
        Partners in the same order, not all on one line.

    Returns
    -------
    Similarity
        Of source onto target, without reflection.

    Raises
    ------
    ValueError
        If there are fewer than three, or they leave the rotation open.

    Notes
    -----
    Umeyama, "Least-squares estimation of transformation parameters between two point patterns", 1991, equations 40-42.
    """
    if source.shape != target.shape or source.ndim != 2 or source.shape[1] != 3 or len(source) < 3:
        raise ValueError(f"alignment needs two arrays of at least 3 points, got {source.shape} and {target.shape}")
    middles = source.mean(0), target.mean(0)
    from_middle, to_middle = source - middles[0], target - middles[1]
    covariance = to_middle.T @ from_middle / len(source)
    left, stretch, right = np.linalg.svd(covariance)
    if not stretch[1] > 1e-12 * stretch[0]:
        raise ValueError("the points lie on one line, which leaves the rotation open")
    signs = np.array([1.0, 1.0, np.sign(np.linalg.det(left) * np.linalg.det(right))])
    rotation = left @ np.diag(signs) @ right
    scale = float((stretch * signs).sum() / from_middle.var(0).sum())
    return Similarity(scale, rotation, middles[1] - scale * rotation @ middles[0])
