"""Splats that a scene graph puts in their place: matrices that must be similarities, and parts made one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recon.errors import UnreadableFile
from recon.scene import Similarity, Splats
from recon.scene.transforms import transformed

# Matrices are rounded by those who write them, but not by more than this.
EVEN = 1e-4


def placed(path: Path, splats: Splats, matrix: NDArray[np.float64]) -> Splats:
    """Splats where a node's matrix puts them."""
    if np.array_equal(matrix, np.eye(4)):
        return splats
    return transformed(splats, similarity_of(path, matrix))


def similarity_of(path: Path, matrix: NDArray[np.float64]) -> Similarity:
    """The similarity that a node's matrix is.

    Raises
    ------
    UnreadableFile
        If it scales unevenly or mirrors, under which splats are no splats any more.
    """
    scale = float(np.cbrt(np.linalg.det(matrix[:3, :3]))) if np.isfinite(matrix).all() else 0.0
    rotation = matrix[:3, :3] / (scale or 1)
    if not scale > 0 or np.abs(rotation @ rotation.T - np.eye(3)).max() > EVEN:
        raise UnreadableFile(f"{path} places its splats by a matrix that scales unevenly or mirrors them.")
    left, _, right = np.linalg.svd(rotation)
    return Similarity(scale, left @ right, matrix[:3, 3])


def together(parts: list[Splats]) -> Splats:
    """Splats of several nodes as one; those of a lower degree gain harmonics of zero."""
    if len(parts) == 1:
        return parts[0]
    count = max(part.sh.shape[1] for part in parts)
    arrays = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in ("means", "quaternions", "scales", "opacities")
    }
    sh = np.concatenate([np.pad(part.sh, ((0, 0), (0, count - part.sh.shape[1]), (0, 0))) for part in parts])
    return Splats(**arrays, sh=sh, antialiased=all(part.antialiased for part in parts))
