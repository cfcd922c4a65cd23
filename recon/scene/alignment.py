"""The similarity that brings one set of points closest to another."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recon.scene.similarity import Similarity

Array = NDArray[np.float64]

# Of the widest spread, squared, below which points lie on a line for any pair picked by hand or kept in float32.
NARROWEST = 1e-9


def align(source: Array, target: Array, *, scale: bool = True) -> Similarity:
    """Find the similarity that moves points onto their partners with the least sum of squares.

    Parameters
    ----------
    source, target : (N, 3) float64
        Partners in the same order, neither all on one line.
    scale : bool
        Whether the size may change; the best movement that keeps it is found otherwise.

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
    if any(_on_a_line(centred) for centred in (from_middle, to_middle)):
        raise ValueError("the points lie on one line, which leaves the rotation open")
    left, stretch, right = np.linalg.svd(to_middle.T @ from_middle / len(source))
    signs = np.array([1.0, 1.0, np.sign(np.linalg.det(left) * np.linalg.det(right))])
    rotation = left @ np.diag(signs) @ right
    factor = float((stretch * signs).sum() / from_middle.var(0).sum()) if scale else 1.0
    return Similarity(factor, rotation, middles[1] - factor * rotation @ middles[0])


def _on_a_line(centred: Array) -> bool:
    spreads = np.linalg.svd(centred, compute_uv=False)
    return not bool(spreads[1] ** 2 > NARROWEST * spreads[0] ** 2)
