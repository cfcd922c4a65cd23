"""Convex polytopes that are fitted, each by planes of its own (after CvxNet, Deng et al. 2020).

The largest of a point's distances from the planes is its distance from the polytope, exact inside.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

LARGEST_TURN = 0.3  # of a normal, in one step
CROWD = 98.0  # per cent of a cloud's points that a plane has behind it to begin with


def _directions() -> Floats:
    """(26, 3): towards the faces, edges and corners of a cube."""
    steps = np.array([step for step in product((-1, 0, 1), repeat=3) if any(step)], np.float64)
    return np.asarray(steps / np.linalg.norm(steps, axis=1, keepdims=True))


DIRECTIONS = _directions()


@dataclass(frozen=True, eq=False)
class Convexes:
    """B intersections of K half-spaces each: n . (x - c) <= o.

    Parameters
    ----------
    centers : (B, 3) float64
        World coordinates c, about which planes are turned.
    normals : (B, K, 3) float64
        Unit length, outwards.
    offsets : (B, K) float64
        Distances o of the planes from the centre, world units; infinite where a plane takes no part.
    """

    centers: Floats
    normals: Floats
    offsets: Floats

    @classmethod
    def none(cls) -> Self:
        """No polytope at all."""
        planes = len(DIRECTIONS)
        return cls(np.zeros((0, 3)), np.zeros((0, planes, 3)), np.zeros((0, planes)))

    @classmethod
    def starts(cls, points: Floats, least: float) -> list[Self]:
        """Two around most of a cloud of points (N, 3): turned as the world is, and along its axes."""
        center = points.mean(0)
        _, axes = np.linalg.eigh(np.cov(points.T) if len(points) > 3 else np.eye(3))
        made = []
        for turn in (np.eye(3), axes):
            normals = DIRECTIONS @ turn.T
            offsets = np.percentile((points - center) @ normals.T, CROWD, axis=0)
            made.append(cls(center[None], normals[None], np.maximum(offsets, least)[None]))
        return made

    def __len__(self) -> int:
        return len(self.centers)

    @property
    def units(self) -> int:
        """Planes of all: each moves by itself."""
        return self.offsets.size

    def part(self, rows: NDArray[np.generic]) -> Self:
        """Some of them."""
        return type(self)(self.centers[rows], self.normals[rows], self.offsets[rows])

    def joined(self, others: Self) -> Self:
        """These, and others behind them."""
        return type(self)(
            np.concatenate([self.centers, others.centers]),
            np.concatenate([self.normals, others.normals]),
            np.concatenate([self.offsets, others.offsets]),
        )

    def distances(self, points: Floats) -> Floats:
        """(B, P): from world points (P, 3) to each surface, world units, negative inside."""
        made = [
            ((points - center) @ normals.T - offsets).max(1)
            for center, normals, offsets in zip(self.centers, self.normals, self.offsets, strict=True)
        ]
        return np.stack(made) if made else np.zeros((0, len(points)))

    def slopes(self, points: Floats, owners: Ints) -> tuple[Ints, Floats]:
        """The plane (P,) that decides each point's distance from its owner, and the change (P, 4) by that plane."""
        away = points - self.centers[owners]
        planes = np.empty(len(points), np.intp)
        for part in range(len(self)):
            mine = owners == part
            planes[mine] = (away[mine] @ self.normals[part].T - self.offsets[part]).argmax(1)
        normals = self.normals[owners, planes]
        # A normal keeps its length: only what turns it counts.
        turning = away - (away * normals).sum(1, keepdims=True) * normals
        return owners * self.offsets.shape[1] + planes, np.concatenate([turning, -np.ones((len(points), 1))], axis=1)

    def moved(self, steps: Floats) -> Self:
        """Changed by (B K, 4) steps of normals and offsets."""
        turned = np.clip(steps[:, :3], -LARGEST_TURN, LARGEST_TURN).reshape(self.normals.shape)
        normals = self.normals + turned
        length = np.linalg.norm(normals, axis=2, keepdims=True)
        return type(self)(self.centers, normals / length, self.offsets + steps[:, 3].reshape(self.offsets.shape))
