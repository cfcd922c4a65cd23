"""A movement that is nearly right made right: iterated closest points, from coarse to fine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recon.points.library import open3d, open3d_cloud

Floats = NDArray[np.float64]

NORMAL_NEIGHBOURS = 20
ROUNDS, STILL = 60, 1e-6
TUKEY = 4.685 * 1.4826  # times the median residual: 95 % efficient where residuals are Gaussian (Huber 1981)
SMALLEST_RESIDUAL = 1e-4
# Of the firmest direction, below which a direction is left as it is: a plane says nothing of shifts along it.
FIRM = 1e-6


@dataclass(frozen=True)
class Level:
    """One round of refinement, in sizes of the fixed result.

    Parameters
    ----------
    voxel : float
        Edge of the cubes of which one point each remains.
    reach : float
        How far a point's partner may be.
    """

    voxel: float
    reach: float


def refined(
    moving: Floats, fixed: Floats, start: Floats, levels: Sequence[Level], *, scale: bool
) -> tuple[Floats, int]:
    """Bring points closest to the planes through their nearest neighbours (Chen and Medioni 1991).

    Open3D finds neighbours and normals. Its own steps are not taken: those that change the size go from point to
    point, where nearest neighbours shrink what is moved, and all of them add up in whatever order its threads come.

    Parameters
    ----------
    moving, fixed : (N, 3) float64
        In sizes of the fixed result.
    start : (4, 4) float64
        Fixed from moving.
    levels : sequence of Level
    scale : bool

    Returns
    -------
    (4, 4) float64
        Fixed from moving.
    int
        Steps taken.
    """
    found, steps = start, 0
    for level in levels:
        source = open3d_cloud(moving).voxel_down_sample(level.voxel / _factor(found))
        target = open3d_cloud(fixed).voxel_down_sample(level.voxel)
        target.estimate_normals(open3d().geometry.KDTreeSearchParamKNN(NORMAL_NEIGHBOURS))
        for _ in range(ROUNDS):
            before, found = found, _step(source, target, found, level.reach, scale=scale)
            steps += 1
            if np.abs(found - before).max() < STILL:
                break
    return found, steps


def _factor(matrix: Floats) -> float:
    return float(np.cbrt(np.linalg.det(matrix[:3, :3])))


def _step(source: Any, target: Any, start: Floats, reach: float, *, scale: bool) -> Floats:
    """One step of Gauss and Newton over turn, shift and perhaps scale, about the middle of what has a partner."""
    from scipy.spatial.transform import Rotation

    found = open3d().pipelines.registration.evaluate_registration(source, target, reach, start)
    pairs = np.asarray(found.correspondence_set)
    if len(pairs) < 7:
        return start
    points = np.asarray(source.points)[pairs[:, 0]] @ start[:3, :3].T + start[:3, 3]
    partners, normals = (np.asarray(each)[pairs[:, 1]] for each in (target.points, target.normals))
    middle = points.mean(0)
    arms = points - middle
    residuals = ((points - partners) * normals).sum(1)
    weights = _tukey(residuals, reach)
    slopes = [np.cross(arms, normals), normals, *([(arms * normals).sum(1, keepdims=True)] if scale else [])]
    change = _solved(np.concatenate(slopes, axis=1), residuals, weights)
    step = np.eye(4)
    step[:3, :3] = (np.exp(change[6]) if scale else 1.0) * Rotation.from_rotvec(change[:3]).as_matrix()
    step[:3, 3] = middle + change[3:6] - step[:3, :3] @ middle
    return np.asarray(step @ start)


def _tukey(residuals: Floats, reach: float) -> Floats:
    """Weights of the biweight loss; what is far off compared with the rest counts nothing (Beaton and Tukey 1974)."""
    limit = min(max(TUKEY * float(np.median(np.abs(residuals))), SMALLEST_RESIDUAL), reach)
    return np.asarray(np.clip(1 - (residuals / limit) ** 2, 0, None) ** 2)


def _solved(slopes: Floats, residuals: Floats, weights: Floats) -> Floats:
    """The least squares of slopes @ change = -residuals, without movement in directions that nothing speaks for."""
    weighted = slopes * weights[:, None]
    values, vectors = np.linalg.eigh(weighted.T @ slopes)
    firm = values > FIRM * values[-1]
    return np.asarray(-(vectors[:, firm] / values[firm]) @ (vectors[:, firm].T @ (weighted.T @ residuals)))
