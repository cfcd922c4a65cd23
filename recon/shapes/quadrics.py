"""Superquadrics that are fitted: how far points are from them, and how that changes with their parameters.

`recon.scene.superquadrics` has the formula of the solid. With u the coordinates in its unit frame, norm N(u) is one on
the surface; the distance is (N - 1) / |grad N| (Taubin 1991), exact to first order there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

PARAMETERS = 13  # place 3, rotation 3, logarithms of half sizes 3, exponents 2, tapers 2
LOW_EXPONENT, HIGH_EXPONENT = 0.1, 1.6
LARGEST_TAPER = 0.95
LARGEST_STEP = np.array([np.inf] * 3 + [0.4] * 6 + [0.3] * 4)
POLES = ([0, 1, 2], [1, 2, 0], [2, 0, 1])
START_SIZE, START_EXPONENT = 1.5, 0.7  # half sizes in standard deviations of a cloud
FAR = 0.6  # of the largest half size, from the box around: where the exact distance matters no more
SMALLEST_FACTOR = 0.02  # of a cross-section that a taper closes
SMALLEST_UNIT = 1e-6  # of coordinates whose logarithms are taken
STEEPEST = 60.0  # exponents of e beyond which a share is one or nothing


@dataclass(frozen=True, eq=False)
class Quadrics:
    """B superquadrics with taper.

    Parameters
    ----------
    centers : (B, 3) float64
        World coordinates.
    axes : (B, 3, 3) float64
        Rotations world_from_block.
    scales : (B, 3) float64
        Half sizes, world units.
    exponents, tapers : (B, 2) float64
        As in `recon.scene.Blocks`.
    """

    centers: Floats
    axes: Floats
    scales: Floats
    exponents: Floats
    tapers: Floats

    @classmethod
    def none(cls) -> Self:
        """No superquadric at all."""
        return cls(np.zeros((0, 3)), np.zeros((0, 3, 3)), np.zeros((0, 3)), np.zeros((0, 2)), np.zeros((0, 2)))

    @classmethod
    def starts(cls, points: Floats, least: float) -> list[Self]:
        """Three about as large as a cloud of points (N, 3), along its axes, each of which is the pole of one."""
        center = points.mean(0)
        spread, axes = np.linalg.eigh(np.cov(points.T) if len(points) > 3 else np.eye(3))
        axes[:, 0] *= np.linalg.det(axes)
        half = np.maximum(START_SIZE * np.sqrt(np.maximum(spread, 0)), least)
        round_, plain = np.full((1, 2), START_EXPONENT), np.zeros((1, 2))
        return [cls(center[None], axes[None, :, order], half[None, order], round_, plain) for order in POLES]

    def __len__(self) -> int:
        return len(self.centers)

    def _arrays(self) -> tuple[Floats, ...]:
        return self.centers, self.axes, self.scales, self.exponents, self.tapers

    def part(self, rows: NDArray[np.generic]) -> Self:
        """Some of them."""
        return type(self)(*(array[rows] for array in self._arrays()))

    def joined(self, others: Self) -> Self:
        """These, and others behind them."""
        pairs = zip(self._arrays(), others._arrays(), strict=True)
        return type(self)(*(np.concatenate(pair) for pair in pairs))

    def distances(self, points: Floats) -> Floats:
        """(B, P): from world points (P, 3) to each surface, world units, negative inside; far away, to a box around."""
        made = [self.part(np.array([part]))._distances_of_one(points) for part in range(len(self))]
        return np.stack(made) if made else np.zeros((0, len(points)))

    def _distances_of_one(self, points: Floats) -> Floats:
        reach = self.scales[0].copy()
        reach[:2] *= 1 + np.abs(self.tapers[0])
        beyond = np.maximum(np.abs((points - self.centers[0]) @ self.axes[0]) - reach, 0)
        distances = np.sqrt((beyond**2).sum(1))
        near = distances < FAR * reach.max()
        distances[near] = _Field(self, points[near]).distances
        return np.asarray(distances)

    @property
    def units(self) -> int:
        """Each moves as a whole."""
        return len(self)

    def slopes(self, points: Floats, owners: Ints) -> tuple[Ints, Floats]:
        """The owners, and the change (P, 13) of each point's distance from its own by that one's parameters."""
        return owners, _Field(self.part(owners), points).slopes() if len(points) else np.zeros((0, PARAMETERS))

    def moved(self, steps: Floats) -> Self:
        """Changed by (B, 13) steps, kept within bounds."""
        from scipy.spatial.transform import Rotation

        steps = np.clip(steps, -LARGEST_STEP, LARGEST_STEP)
        turns = Rotation.from_rotvec(steps[:, 3:6]).as_matrix()
        return type(self)(
            self.centers + steps[:, :3],
            self.axes @ turns,
            self.scales * np.exp(steps[:, 6:9]),
            np.clip(self.exponents + steps[:, 9:11], LOW_EXPONENT, HIGH_EXPONENT),
            np.clip(self.tapers + steps[:, 11:], -LARGEST_TAPER, LARGEST_TAPER),
        )


class _Field:
    """Norms of points and what they are made of: each point against its own superquadric, or all against one."""

    def __init__(self, quadrics: Quadrics, points: Floats) -> None:
        self.quadrics = quadrics
        self.local = np.einsum(
            "pi,pij->pj", points - quadrics.centers, np.broadcast_to(quadrics.axes, (len(points), 3, 3))
        )
        unit = self.local / quadrics.scales
        self.height = np.clip(unit[:, 2:], -1, 1)
        self.factor = np.maximum(1 + quadrics.tapers * self.height, SMALLEST_FACTOR)
        flat = unit[:, :2] / self.factor
        self.unit = np.concatenate([flat, unit[:, 2:]], axis=1)
        self.unit = np.where(self.unit < 0, -1.0, 1.0) * np.maximum(np.abs(self.unit), SMALLEST_UNIT)
        logs = np.log(np.abs(self.unit))
        ring, self.share_x = _log_norm(logs[:, 0], logs[:, 1], quadrics.exponents[:, 1])
        log_norm, self.share_ring = _log_norm(ring, logs[:, 2], quadrics.exponents[:, 0])
        self.norm = np.exp(log_norm)
        # How the norm changes with the logarithm of each unit coordinate.
        along = np.stack([self.share_ring * self.share_x, self.share_ring * (1 - self.share_x)], axis=1)
        self.by_log = self.norm[:, None] * np.concatenate([along, 1 - self.share_ring[:, None]], axis=1)
        by_local = self.by_log / self.unit
        by_local[:, :2] /= self.factor
        free = np.abs(unit[:, 2]) < 1
        by_local[:, 2] -= free * (self.by_log[:, :2] * quadrics.tapers / self.factor).sum(1)
        self.gradient = by_local / quadrics.scales
        self.steepness = np.maximum(np.linalg.norm(self.gradient, axis=1), 1e-12)
        self.distances = (self.norm - 1) / self.steepness

    def slopes(self) -> Floats:
        """(P, 13)."""
        quadrics = self.quadrics
        by_place = -np.einsum("pij,pj->pi", np.broadcast_to(quadrics.axes, (len(self.local), 3, 3)), self.gradient)
        by_turn = np.cross(self.gradient, self.local)
        by_size = np.concatenate([-self.by_log[:, :2], -self.local[:, 2:] * self.gradient[:, 2:]], axis=1)
        by_pole = self.norm * _entropy(self.share_ring) / 2
        by_ring = self.norm * self.share_ring * _entropy(self.share_x) / 2
        by_taper = -self.by_log[:, :2] * self.height / self.factor
        columns = [by_place, by_turn, by_size, by_pole[:, None], by_ring[:, None], by_taper]
        return np.asarray(np.concatenate(columns, axis=1) / self.steepness[:, None])


def _log_norm(first: Floats, second: Floats, exponent: Floats) -> tuple[Floats, Floats]:
    """Logarithm of the p-norm, p = 2/e, of two numbers given by theirs, and the first one's share in it."""
    ahead = np.clip(2 / exponent * (first - second), -STEEPEST, STEEPEST)
    fading = np.exp(-np.abs(ahead))
    share = np.where(ahead > 0, 1, fading) / (1 + fading)
    return np.maximum(first, second) + exponent / 2 * np.log1p(fading), share


def _entropy(share: Floats) -> Floats:
    rest = 1 - share
    return np.asarray(-share * np.log(np.maximum(share, 1e-300)) - rest * np.log(np.maximum(rest, 1e-300)))
