"""Parts of a solid: carved out of it one at a time, refined together, and as few as do (after Light-SQ 2025).

What is not yet covered and lies deepest inside the solid seeds the next part. Parts are good if the volume that they
miss and that they have too much, as a share of the solid's, plus `part_cost` for each of them is small: changes that
lower this sum (leave one out, put one in the place of two) are kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic

import numpy as np
from numpy.typing import NDArray

from recon.errors import MethodError
from recon.parameters import check, parameter
from recon.shapes.comparison import Comparison
from recon.shapes.refine import PartsT, union_of
from recon.shapes.samples import samples_of
from recon.shapes.solid import Solid

Floats = NDArray[np.float64]
Report = Callable[[str, float], None]

ROUNDS = 4  # of carving and tidying
SHALLOWEST = 1.2  # cells: what is left uncovered and less deep than this is the grid's
CROWN = 0.3  # of the greatest depth: what is this deep around a seed belongs to it
WIDEST_CROWN = 3.0  # depths from a seed
WORTH_A_TRIAL = 5.0  # part costs that a change may lose before parts are refined
CHORDS = 400
PATIENCE = 4  # parts tried in vain, one after the other, before carving ends
GAINED = 1e-3  # less saved by a whole round is nothing


def unheard(stage: str, share: float) -> None:
    """What is reported where nobody listens."""


@dataclass(frozen=True)
class Config:
    """How a solid is taken apart.

    Raises
    ------
    InvalidParameter
        If a value is out of its range.
    """

    max_parts: int = parameter(16, "Largest number of parts.", unit="parts", low=1, high=64)
    part_cost: float = parameter(0.004, "Share of the volume that a part must save to be worth it.", low=0, high=1)
    seed: int = parameter(0, "Of the points at which fit and solid are compared.", low=0)

    def __post_init__(self) -> None:
        check(self)


class Search(Generic[PartsT]):
    """The search for the parts of one solid.

    Parameters
    ----------
    solid : Solid
    family : type of Parts
        The kind of parts wanted.
    config : Config
    report : callable
        Told the name of a stage and the share of it that is done.
    simplify : callable, optional
        Takes parts and gives simpler ones that hold nearly the same.
    """

    def __init__(
        self,
        solid: Solid,
        family: type[PartsT],
        config: Config,
        report: Report,
        simplify: Callable[[PartsT, Comparison[PartsT]], PartsT] = lambda parts, _: parts,
    ) -> None:
        self.simplify = simplify
        self.solid, self.family, self.config, self.report = solid, family, config, report
        self.generator = np.random.default_rng(config.seed)
        self.comparison: Comparison[PartsT] = Comparison(samples_of(solid, self.generator))
        self.parts = family.none()
        self.barred = np.zeros(solid.grid.shape, bool)  # where a part was tried in vain
        self.names: list[int] = []  # of the parts, so that a pair is tried once
        self.given = 0
        self.apart: set[tuple[int, int]] = set()

    def run(self) -> PartsT:
        """Find the parts.

        Raises
        ------
        MethodError
            If there is none, because the solid is too thin everywhere.
        """
        for _ in range(ROUNDS):
            before = self.score(self.parts)
            self._carve()
            self.parts = self.simplify(self.parts, self.comparison)
            self.apart.clear()
            while self._leave_one_out() or self._unite_two():
                pass
            self.parts = self.comparison.settled(self.parts, 1.0, 12)
            if self.score(self.parts) > before - GAINED:
                break
        if not len(self.parts):
            raise MethodError(
                f"No part was worth its cost: the solid is hardly thicker than {self.solid.grid.spacing:.3g} units "
                "anywhere. Give a thicker shape, or a smaller part_cost."
            )
        self.parts = self.simplify(self.comparison.settled(self.parts, 0.5, 20), self.comparison)
        return self.comparison.settled(self.parts, 0.5, 10)

    def score(self, parts: PartsT) -> float:
        """What is to be small."""
        return self.comparison.error(self._union(parts)) + self.config.part_cost * len(parts)

    def _union(self, parts: PartsT) -> Floats:
        return union_of(self.comparison.distances(parts))

    def _keep(self, trial: PartsT, names: list[int]) -> bool:
        """Take other parts instead, if they do better once they have settled."""
        settled = self.comparison.settled(trial, 1.5, 6)
        better = self.score(settled) < self.score(self.parts)
        if better:
            self.parts, self.names = settled, names
        return better

    def _new_name(self) -> int:
        self.given += 1
        return self.given

    def _carve(self) -> None:
        """Add parts where the solid is deepest and not covered."""
        spacing = self.solid.grid.spacing
        in_vain = 0
        while len(self.parts) < self.config.max_parts and in_vain < PATIENCE:
            place, depth, crown = self._deepest()
            if depth < SHALLOWEST:
                break
            rest = self._union(self.parts)
            candidates = self.family.starts(crown, depth * spacing)
            added = self.comparison.best_of(candidates, rest, depth * spacing / 2)
            if self._keep(self.parts.joined(added), [*self.names, self._new_name()]):
                in_vain = 0
            else:
                in_vain += 1
                self._bar(place, 2 * depth)

    def _bar(self, place: NDArray[np.intp], cells: float) -> None:
        low = np.maximum(place - int(np.ceil(cells)), 0)
        high = place + int(np.ceil(cells)) + 1
        self.barred[tuple(slice(*ends) for ends in zip(low, high, strict=True))] = True

    def _deepest(self) -> tuple[NDArray[np.intp], float, Floats]:
        """Index and depth, in cells, of the grid point deepest in what is uncovered, and the points around it."""
        from scipy import ndimage

        grid, inside = self.solid.grid, self.solid.inside
        uncovered = inside.copy()
        uncovered[inside] = union_of(self.parts.distances(grid.points(inside))) > 0
        self.report("Carving", 1 - uncovered.sum() / inside.sum())
        uncovered &= ~self.barred
        depths = ndimage.distance_transform_edt(uncovered)
        place = np.array(np.unravel_index(depths.argmax(), depths.shape))
        depth = float(depths.max())
        label, _ = ndimage.label(depths > CROWN * depth)
        crown = grid.points((label == label[tuple(place)]) & uncovered)
        middle = grid.origin + grid.spacing * place
        return place, depth, crown[np.linalg.norm(crown - middle, axis=1) < WIDEST_CROWN * depth * grid.spacing]

    def _leave_one_out(self) -> bool:
        """Remove the part that is missed least, if it costs more than it saves."""
        distances = self.comparison.distances(self.parts)
        everyone = np.arange(len(self.parts))
        errors = [self.comparison.error(union_of(distances[everyone != part])) for part in everyone]
        worst = self.comparison.error(union_of(distances)) + WORTH_A_TRIAL * self.config.part_cost
        for part in np.argsort(errors):
            if errors[part] > worst:
                break
            if self._keep(self.parts.part(everyone != part), [n for k, n in enumerate(self.names) if k != part]):
                return True
        return False

    def _unite_two(self) -> bool:
        """Put one part in the place of two, if that costs less."""
        distances = self.comparison.distances(self.parts)
        pairs = [(i, j) for i in range(len(self.parts)) for j in range(i)]
        for count, (i, j) in enumerate(pairs):
            self.report("Trying fewer", count / len(pairs))
            names = self.names[j], self.names[i]
            if names in self.apart:
                continue
            if self._may_be_one(distances, i, j) and self._united(distances, i, j):
                return True
            self.apart.add(names)
        return False

    def _may_be_one(self, distances: Floats, i: int, j: int) -> bool:
        """Whether chords from one part to the other stay in the solid, as they do in a convex one."""
        true = self.comparison.samples.distances < 0
        ends = [np.flatnonzero(true & (distances[part] < 0)) for part in (i, j)]
        if not all(map(len, ends)):
            return False
        first, second = (self.comparison.samples.points[self.generator.choice(rows, CHORDS)] for rows in ends)
        between = first + self.generator.random((CHORDS, 1)) * (second - first)
        outside = 1 - self.solid.inside[self.solid.grid.cells(between)].mean()
        union = np.minimum(distances[i], distances[j]) < 0
        return bool(outside * self.comparison.samples.weights[union].sum() < WORTH_A_TRIAL * self.config.part_cost)

    def _united(self, distances: Floats, i: int, j: int) -> bool:
        samples = self.comparison.samples
        others = np.delete(np.arange(len(self.parts)), [i, j])
        rest = union_of(distances[others])
        both = (np.minimum(distances[i], distances[j]) < 0) & (samples.distances < 0)
        candidates = self.family.starts(samples.points[both], samples.spacing)
        one = self.comparison.best_of(candidates, rest, 6 * samples.spacing)
        lost = self.comparison.error(union_of(self.comparison.distances(one), rest))
        if lost - self.comparison.error(union_of(distances)) > WORTH_A_TRIAL * self.config.part_cost:
            return False
        return self._keep(self.parts.part(others).joined(one), [*(self.names[k] for k in others), self._new_name()])
