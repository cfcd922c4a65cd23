"""Levenberg-Marquardt on the distance field of a union: all parts together, each by the samples nearest to it."""

from __future__ import annotations

from itertools import pairwise
from typing import Generic, Protocol, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from recon.shapes.samples import Samples

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

FIRST_DAMPING, LEAST_DAMPING, MOST_DAMPING = 1e-2, 1e-6, 1e4
GIVEN_UP = 1e-4  # a smaller share of the cost saved by a step is none
LEAST_SLOPE = 1e-3  # of a sample that still counts


class Parts(Protocol):
    """Parts of one kind, whose union stands for a solid."""

    @classmethod
    def none(cls) -> Self:
        """No part at all."""

    @classmethod
    def starts(cls, points: Floats, least: float) -> list[Self]:
        """Single parts, about as large as a cloud of points (N, 3) but nowhere smaller than `least`, to begin from."""

    def __len__(self) -> int: ...

    def part(self, rows: NDArray[np.generic]) -> Self:
        """Some of them."""

    def joined(self, others: Self) -> Self:
        """These, and others behind them."""

    def distances(self, points: Floats) -> Floats:
        """(B, P): from world points (P, 3) to each part's surface, world units, negative inside."""

    @property
    def units(self) -> int:
        """How many units move by themselves: a superquadric is one, a polytope has one for each plane."""

    def slopes(self, points: Floats, owners: Ints) -> tuple[Ints, Floats]:
        """The unit (P,) that decides each point's distance from its owner, and the change (P, K) by its steps."""

    def moved(self, steps: Floats) -> Self:
        """Changed by steps (U, K) of the units."""


PartsT = TypeVar("PartsT", bound=Parts)


def union_of(distances: Floats, rest: Floats | None = None) -> Floats:
    """(P,): distance from a union of parts, (B, P) from each, and of what else there is, (P,)."""
    least = distances.min(0, initial=np.inf)
    return np.asarray(least if rest is None else np.minimum(least, rest))


def refined(parts: PartsT, samples: Samples, rest: Floats | None, band: float, iterations: int) -> PartsT:
    """Parts moved so that their union with the rest comes closer to the solid.

    Residuals are differences of tanh(distance / band), so that only what lies near a surface counts. Each sample pulls
    at what decides its distance from the union, hence normal equations fall apart into one small system for each unit.

    Parameters
    ----------
    parts : Parts
    samples : Samples
    rest : (P,) float64, optional
        Distance of each sample from what else the union holds, and stays as it is.
    band : float
        World units.
    iterations : int
        At most; fewer where nothing is gained any more.
    """
    if not len(parts):
        return parts
    truth = np.tanh(samples.distances / band)
    rest = np.full(len(samples), np.inf) if rest is None else rest
    damping, state = FIRST_DAMPING, _State(parts, samples, rest, band, truth)
    for _ in range(iterations):
        matrices, gradients = state.equations()
        better = None
        while better is None and damping < MOST_DAMPING:
            trial = _State(parts.moved(_steps(matrices, gradients, damping)), samples, rest, band, truth)
            better = trial if trial.cost < state.cost else None
            damping = max(damping / 4, LEAST_DAMPING) if better else damping * 4
        if better is None:
            break
        saved = 1 - better.cost / max(state.cost, 1e-300)
        parts, state = better.parts, better
        if saved < GIVEN_UP:
            break
    return parts


class _State(Generic[PartsT]):
    """Parts with their residuals."""

    def __init__(self, parts: PartsT, samples: Samples, rest: Floats, band: float, truth: Floats) -> None:
        self.parts, self.samples = parts, samples
        distances = parts.distances(samples.points)
        self.owners = distances.argmin(0)
        nearest = distances[self.owners, np.arange(len(samples))]
        self.owned = nearest < rest
        squashed = np.tanh(np.where(self.owned, nearest, rest) / band)
        self.residuals = squashed - truth
        self.slopes = (1 - squashed**2) / band
        self.cost = float((samples.weights * self.residuals**2).sum())

    def equations(self) -> tuple[Floats, Floats]:
        """Normal equations of every unit: matrices (U, K, K) and right sides (U, K)."""
        rows = np.flatnonzero(self.owned & (self.slopes * self.samples.spacing > LEAST_SLOPE))
        units, slopes = self.parts.slopes(self.samples.points[rows], self.owners[rows])
        order = np.argsort(units, kind="stable")
        rows, jacobian = rows[order], self.slopes[rows[order], None] * slopes[order]
        weighted = jacobian * self.samples.weights[rows, None]
        bounds = np.searchsorted(units[order], np.arange(self.parts.units + 1))
        pairs = [slice(low, high) for low, high in pairwise(bounds)]
        matrices = np.stack([weighted[pair].T @ jacobian[pair] for pair in pairs])
        return matrices, np.stack([weighted[pair].T @ self.residuals[rows[pair]] for pair in pairs])


def _steps(matrices: Floats, gradients: Floats, damping: float) -> Floats:
    """Solutions (U, K), damped along each parameter by its own curvature (Marquardt 1963)."""
    diagonal = np.einsum("ukk->uk", matrices)
    floor = 1e-6 * diagonal.max(1, keepdims=True) + 1e-12
    damped = matrices + np.einsum("uk,kl->ukl", damping * diagonal + floor, np.eye(matrices.shape[1]))
    return np.asarray(-np.linalg.solve(damped, gradients[..., None])[..., 0])
