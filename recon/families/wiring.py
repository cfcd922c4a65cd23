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
ROUNDS = 30  # of k-means
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
    """A part around each cluster of points (N, 3) that lie inside the shapes of a family, in the cube's coordinates.

    There are fewer parts where there are fewer places.
    """
    from scipy.cluster.vq import kmeans2

    most = min(parts, len(np.unique(points, axis=0)))
    owners = kmeans2(points, most, ROUNDS, minit="++", rng=generator)[1]
    normals, offsets = [], []
    for part in np.unique(owners):
        normals.append(_directions(generator))
        offsets.append(np.percentile(points[owners == part] @ normals[-1].T, CROWD, axis=0))
    wiring = np.repeat(np.eye(len(normals), dtype=bool), PLANES, axis=0)
    return Start(np.concatenate(normals), np.concatenate(offsets), wiring)


def _directions(generator: np.random.Generator) -> Floats:
    """(PLANES, 3): towards the faces of a cube, and towards some of its edges and corners."""
    steps = np.array([step for step in product((-1.0, 0.0, 1.0), repeat=3) if any(step)])
    straight = np.abs(steps).sum(1) == 1
    slanted = generator.permutation(steps[~straight])[: PLANES - straight.sum()]
    chosen = np.concatenate([steps[straight], slanted])
    return np.asarray(chosen / np.linalg.norm(chosen, axis=1, keepdims=True))


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
