"""Which planes bound which part: BSP-Net's binary matrix, where it starts, and what it loses once planes are known."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Matrix = NDArray[np.bool_]

PLANES = 10  # of each part to begin with
CROWD = 90.0  # per cent of a cluster that each of its planes has behind it to begin with
ROUNDS = 30  # of moving the middles of clusters
SAME_TURN, SAME_PLACE = 0.995, 0.015  # cosine of the angle between planes that are one, and their distance


@dataclass(frozen=True, eq=False)
class Start:
    """Planes before anything has been learned, the same for each shape.

    Parameters
    ----------
    normals : (P, 3) float64
        Unit length, outwards.
    offsets : (P,) float64
    wiring : (P, C) bool
        Whether a plane bounds a part.
    """

    normals: Floats
    offsets: Floats
    wiring: Matrix


def start_of(points: Floats, parts: int, generator: np.random.Generator) -> Start:
    """A part around each cluster of points (N, 3) that lie inside the shapes of a family, in the cube's coordinates."""
    owners = _clusters(points, parts, generator)
    normals, offsets = np.zeros((parts, PLANES, 3)), np.zeros((parts, PLANES))
    for part in range(parts):
        normals[part] = _directions(generator)
        offsets[part] = np.percentile(points[owners == part] @ normals[part].T, CROWD, axis=0)
    wiring = np.repeat(np.eye(parts, dtype=bool), PLANES, axis=0)
    return Start(normals.reshape(-1, 3), offsets.ravel(), wiring)


def _directions(generator: np.random.Generator) -> Floats:
    """(PLANES, 3): towards the faces of a cube, and towards some of its edges and corners."""
    steps = np.array([step for step in product((-1.0, 0.0, 1.0), repeat=3) if any(step)])
    straight = np.abs(steps).sum(1) == 1
    slanted = generator.permutation(steps[~straight])[: PLANES - straight.sum()]
    chosen = np.concatenate([steps[straight], slanted])
    return np.asarray(chosen / np.linalg.norm(chosen, axis=1, keepdims=True))


def _clusters(points: Floats, count: int, generator: np.random.Generator) -> NDArray[np.intp]:
    """The cluster (N,) of each point, by k-means from middles that are far from each other; none is empty."""
    from scipy.spatial import KDTree

    middles = points[generator.integers(len(points), size=1)]
    while len(middles) < count:
        away = KDTree(middles).query(points)[0] ** 2
        middles = np.concatenate([middles, points[generator.choice(len(points), 1, p=away / away.sum())]])
    for _ in range(ROUNDS):
        owners = KDTree(middles).query(points)[1]
        sizes = np.bincount(owners, minlength=count)[:, None]
        sums = np.stack([np.bincount(owners, points[:, axis], minlength=count) for axis in range(3)], axis=1)
        middles = np.where(sizes > 0, sums / np.maximum(sizes, 1), middles)
    return np.asarray(KDTree(middles).query(points)[1])


def shared(wiring: Matrix, normals: Floats, offsets: Floats) -> Matrix:
    """Let parts have a plane in common where two of theirs are the same in every shape.

    Parameters
    ----------
    wiring : (P, C) bool
    normals : (S, P, 3) float64
        In each of S shapes.
    offsets : (S, P) float64

    Returns
    -------
    (P, C) bool
        Planes that were replaced bound nothing.
    """
    wiring = wiring.copy()
    for plane in np.flatnonzero(wiring.any(1)):
        if not wiring[plane].any():
            continue  # another stands for it already
        turns = (normals * normals[:, plane : plane + 1]).sum(2).min(0)
        away = np.abs(offsets - offsets[:, plane : plane + 1]).max(0)
        same = (turns > SAME_TURN) & (away < SAME_PLACE) & wiring.any(1)
        wiring[plane] = wiring[same].any(0)
        same[plane] = False
        wiring[same] = False
    return wiring


def lists_of(wiring: Matrix) -> NDArray[np.int64]:
    """(C, K) int64: the planes of each part; P, which is none, where a part has fewer than others."""
    count = max(int(wiring.sum(0).max()), 1)
    lists = np.full((wiring.shape[1], count), len(wiring), np.int64)
    for part, column in enumerate(wiring.T):
        planes = np.flatnonzero(column)
        lists[part, : len(planes)] = planes
    return lists
