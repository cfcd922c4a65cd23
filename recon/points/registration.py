"""One result brought into the frame of another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recon.errors import MethodError
from recon.parameters import check, parameter
from recon.points.cloud import Cloud
from recon.points.features import guesses
from recon.points.refinement import Level, refined
from recon.scene import Similarity

Floats = NDArray[np.float64]
Report = Callable[[str, float | None], None]

# In sizes of the fixed result; see `_size`.
LEVELS = (Level(0.04, 0.12), Level(0.02, 0.06), Level(0.01, 0.03))
NEAR, SPACINGS = 0.02, 2.0  # or so many times as far as neighbours are apart, where points are few
SMALLEST_CHANGE, LARGEST_CHANGE = 0.5, 2.0  # of size, by refinement
LEAST_BACK = 0.05
PICK = "Pick three or more pairs of points by hand."
PICK_ANEW = "Pick the pairs anew, far apart from each other and at the same places on both results."


@dataclass(frozen=True)
class RegisterOptions:
    """How results are registered.

    Raises
    ------
    InvalidParameter
        If a value is out of its range.
    """

    scale: bool = parameter(True, "Whether the size may change.")
    least_fitness: float = parameter(0.5, "Share of points that must find their place.", low=0.0, high=1.0)
    seed: int = parameter(0, "Of the random numbers of a search without pairs.", low=0)

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True, eq=False)
class Registration:
    """How one result is moved onto another, and how well that fits.

    Parameters
    ----------
    similarity : Similarity
        World of the fixed result from that of the moved one.
    fitness : float
        Share of the points that come to lie within `near` of the other result: of the moved result's points or of the
        fixed one's, whichever is larger, for one of them may show more than the other.
    rmse : float
        Root mean square distance of those points to the nearest of the other result, units of the fixed result.
    near : float
        Units of the fixed result.
    iterations : int
        Steps of the refinement.
    """

    similarity: Similarity
    fitness: float
    rmse: float
    near: float
    iterations: int

    @property
    def sentence(self) -> str:
        """How well it fits, in words."""
        scale = self.similarity.scale
        sized = "" if abs(scale - 1) < 1e-9 else f", at {scale:.4g} times the size"
        return f"{self.fitness:.0%} of the points lie on the other result, {self.rmse:.3g} units off it (RMSE){sized}."

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "fixed_from_moving": self.similarity.matrix.tolist(),
            "scale": self.similarity.scale,
            "fitness": self.fitness,
            "rmse": self.rmse,
            "near": self.near,
            "iterations": self.iterations,
        }


def register(
    moving: Cloud,
    fixed: Cloud,
    start: Similarity | None = None,
    options: RegisterOptions | None = None,
    report: Report = lambda _stage, _share: None,
) -> Registration:
    """Find how a result is to be moved onto another.

    Parameters
    ----------
    moving, fixed : Cloud
    start : Similarity, optional
        About right, such as what pairs of picked points say; searched for by features unless given.
    options : RegisterOptions, optional
    report : callable
        Told a stage, and the share of it that is done, where known.

    Raises
    ------
    MethodError
        If nothing is found that fits: shapes that have little in common, or a start that is far off.
    """
    options = options or RegisterOptions()
    frame = _Frame.of(fixed.positions)
    target = frame.inside(fixed.positions)
    starts = [start] if start is not None else list(_starts(moving, frame, target, options, report))
    report("Bringing points together", None)
    if len(starts) > 1:
        roughly = [_found(moving, target, frame, each, options, LEVELS[:1]) for each in starts]
        starts = [max(roughly, key=lambda each: each.fit.score).world]
    found = _found(moving, target, frame, starts[0], options, LEVELS)
    return found.told(frame, options, picked=start is not None)


@dataclass(frozen=True, eq=False)
class _Frame:
    """The middle and the size of the fixed result; inside it, all is about one unit large."""

    middle: Floats
    size: float

    @classmethod
    def of(cls, positions: Floats) -> _Frame:
        middle = np.median(positions, axis=0)
        return cls(middle, _size(positions, middle))

    def inside(self, positions: Floats) -> Floats:
        return (positions - self.middle) / self.size

    @property
    def similarity(self) -> Similarity:
        """World from inside."""
        return Similarity(self.size, np.eye(3), self.middle)


def _size(positions: Floats, middle: Floats) -> float:
    """Twice the median distance from the middle: points far off do not count."""
    return 2 * float(np.median(np.linalg.norm(positions - middle, axis=1)))


@dataclass(frozen=True)
class _Fit:
    """Which share of either's points lies near the other, how far those are, and what near means, in sizes."""

    forward: float
    back: float
    rmse: float
    near: float

    @property
    def larger(self) -> float:
        return max(self.forward, self.back)

    @property
    def score(self) -> float:
        """Harmonic mean of both shares: what is shrunk onto a spot fits well one way alone."""
        both = self.forward + self.back
        return 2 * self.forward * self.back / both if both else 0.0


@dataclass(frozen=True, eq=False)
class _Found:
    """A refined movement of the started points, inside the frame."""

    world: Similarity
    factor: float
    fit: _Fit
    steps: int

    def told(self, frame: _Frame, options: RegisterOptions, *, picked: bool) -> Registration:
        fit, wrong = self.fit, ""
        if fit.larger < options.least_fitness:
            wrong = f"{fit.larger:.0%} of the points come to lie on the other result, at least "
            wrong += f"{options.least_fitness:.0%} were wanted"
        elif min(fit.forward, fit.back) < LEAST_BACK or not SMALLEST_CHANGE < self.factor < LARGEST_CHANGE:
            wrong = "one of them would all come to lie on a small spot of the other"
        if wrong:
            raise MethodError(
                f"The two do not fit together: {wrong}. Nothing was moved. {PICK_ANEW if picked else PICK}"
            )
        return Registration(self.world, fit.larger, fit.rmse * frame.size, fit.near * frame.size, self.steps)


def _starts(
    moving: Cloud, frame: _Frame, target: Floats, options: RegisterOptions, report: Report
) -> Iterator[Similarity]:
    """What a search by features suggests, world of the fixed result from that of the moved one."""
    own = _Frame.of(moving.positions)
    size = own.size if options.scale else frame.size
    inside_from_moving = Similarity(size, np.eye(3), own.middle).inverse
    tell = partial(report, "Looking for where they match")
    source = inside_from_moving.apply(moving.positions)
    found = guesses(source, target, scale=options.scale, seed=options.seed, report=tell)
    for matrix in found:
        yield frame.similarity @ _similarity(matrix, scale=options.scale) @ inside_from_moving


def _found(
    moving: Cloud,
    target: Floats,
    frame: _Frame,
    start: Similarity,
    options: RegisterOptions,
    levels: tuple[Level, ...],
) -> _Found:
    source = frame.inside(start.apply(moving.positions))
    matrix, steps = refined(source, target, np.eye(4), levels, scale=options.scale)
    inside = _similarity(matrix, scale=options.scale)
    world = frame.similarity @ inside @ frame.similarity.inverse @ start
    return _Found(world, inside.scale, _fit(inside.apply(source), target), steps)


def _fit(source: Floats, target: Floats) -> _Fit:
    from scipy.spatial import KDTree

    trees = KDTree(source), KDTree(target)
    spacings = [float(np.median(tree.query(tree.data, k=2)[0][:, 1])) for tree in trees]
    near = max(NEAR, SPACINGS * max(spacings))
    distances = [tree.query(points)[0] for tree, points in zip(trees, (target, source), strict=True)]
    back, forward = (float((each < near).mean()) for each in distances)
    met = distances[int(forward >= back)]
    met = met[met < near]
    return _Fit(forward, back, float(np.sqrt((met**2).mean())) if len(met) else 0.0, near)


def _similarity(matrix: Floats, *, scale: bool) -> Similarity:
    """A matrix that is a similarity but for rounding."""
    left, stretch, right = np.linalg.svd(matrix[:3, :3])
    return Similarity(float(stretch.mean()) if scale else 1.0, left @ right, matrix[:3, 3])
