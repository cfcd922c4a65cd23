"""How many blocks there should be: changes are made, trained a little, and kept where they pay.

A change pays if photographs lose less by it than the blocks it saves cost (minimum description length). What it is
compared with is the same fit, trained as long on the same photographs, without it.

Two halves of a thing save nearly as much as two things that stand on each other, for they can follow what is not quite
a superquadric, or shaded. What tells them apart are their colours: parts of one thing cost more than others do.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import torch

from recon.methods.base import Stage
from recon.methods.blocking import moves, schedule
from recon.methods.blocking.births import missed_place
from recon.methods.blocking.likeness import likeness
from recon.methods.blocking.trainer import Snapshot, Trainer

MOST = {"merge": 5, "kill": 2, "split": 2, "birth": 3}
LEAST_OVERLAP = 0.55  # of a union with the two it replaces
HOPELESS = 0.02  # loss that a change cannot make up for in the second half of its trial
FALL = 0.1  # of the learning rates in a trial: what is compared is where it leads, not how it trembles on the way
LIKE_COST = 1.6  # of a block's cost, for one more part of the same thing; where nothing is alike, one costs nothing
PAUSE = 20  # steps of a trial between events, so that a run can be paused
BIRTH_ALLOWANCE = 0.5  # of a block's cost


@dataclass(frozen=True)
class Change:
    """What is tried.

    Parameters
    ----------
    make : callable
    merged, halves : tuple of int
        Slots that become one; slots that were one.
    is_birth : bool
        Whether a small block appears, which has hardly grown when its trial ends.
    """

    make: Callable[[], None]
    merged: moves.Group = ()
    halves: moves.Group = ()
    is_birth: bool = False


def search(trainer: Trainer) -> Iterator[Stage]:
    """Search once, from where the trainer is; it goes on from the best that was found.

    Left in its middle, a search changes nothing.
    """
    before = trainer.snapshot()
    trainer.before_search = trainer.state()
    try:
        yield from _Search(trainer).run()
    except GeneratorExit:
        trainer.restore(before)
        raise
    finally:
        trainer.before_search = None
    trainer.searched = trainer.step


class _Search:
    def __init__(self, trainer: Trainer) -> None:
        self.trainer = trainer
        self.stage = schedule.trial_stage(trainer.config, trainer.progress)
        self.steps = max(2, round(trainer.length * trainer.config.trial))
        self.tried: set[tuple[str | int, ...]] = set()
        self.united: Snapshot | None = None
        self.unions: dict[moves.Group, moves.Union] = {}
        self.born: list[np.ndarray] = []
        self.done = 0

    def run(self) -> Iterator[Stage]:
        self.origin = self.trainer.snapshot()
        self.half, self.score = yield from self._train(None)
        self.trained = self.trainer.snapshot()
        for name, most in MOST.items():
            for _ in range(most):
                change = getattr(self, f"_{name}")()
                if change is None:
                    break
                yield from self._attempt(change)
        self.trainer.restore(self.trained)

    def _attempt(self, change: Change) -> Generator[Stage, None, None]:
        self.trainer.restore(self.origin)
        saved = self._surcharge(change.merged)
        change.make()
        changed = self.trainer.snapshot()
        half, score = yield from self._train(self.half)
        added = self._surcharge(change.halves) if score < np.inf else 0.0
        if change.is_birth:
            added -= BIRTH_ALLOWANCE * self.trainer.config.block_cost
        if score - saved + added < self.score:
            self.origin, self.half, self.score = changed, half, score
            self.trained = self.trainer.snapshot()

    def _surcharge(self, slots: moves.Group) -> float:
        """By how much more these blocks cost than others would, for being parts of one thing."""
        if not slots:
            return 0.0
        alike = likeness(self.trainer, slots, self.stage)
        return self.trainer.config.block_cost * sum(LIKE_COST * each - 1 for each in alike)

    def _train(self, limit: float | None) -> Generator[Stage, None, tuple[float, float]]:
        """Scores half-way and at the end of a trial; the second is infinite where the first was hopeless."""
        self.done += 1
        half = 0.0
        for step in range(self.steps):
            self.trainer.learn(self.stage, self.trainer.progress, FALL ** (step / self.steps))
            if step % PAUSE == 0:
                yield Stage("Searching the structure", min(self.done / (1 + sum(MOST.values())), 1.0))
            if step == self.steps // 2 - 1:
                half = self.trainer.score(self.stage)
                if limit is not None and half > limit + HOPELESS:
                    return half, np.inf
        return half, self.trainer.score(self.stage)

    # ---- what may be changed: each looks at the origin, and is None where nothing is left to try ------------------
    def _merge(self) -> Change | None:
        trainer = self._at(self.origin)
        found = self._unions()
        good = [group for group in found if ("merge", *group) not in self.tried and self._is_worth(group)]
        if not good:
            return None
        group = max(good, key=lambda group: found[group].overlap)
        self.tried.add(("merge", *group))
        return Change(lambda: moves.merge(trainer.model, trainer.optimizer, group, found[group]), merged=group)

    def _unions(self) -> dict[moves.Group, moves.Union]:
        """What each group at the origin would become; worked out once for an origin."""
        if self.united is not self.origin:
            model, random = self.trainer.model, np.random.default_rng(self.trainer.step)
            groups = moves.touching_groups(model)
            self.united = self.origin
            self.unions = dict(zip(groups, moves.unions(model, groups, random), strict=True))
        return self.unions

    def _is_worth(self, group: moves.Group) -> bool:
        """Whether a group is nearly one block; of three, more so than any two of them."""
        overlap = self.unions[group].overlap
        pairs = [self.unions[pair].overlap for pair in combinations(group, 2) if pair in self.unions]
        return overlap > LEAST_OVERLAP and (len(group) == 2 or overlap > max(pairs))

    def _kill(self) -> Change | None:
        trainer = self._at(self.origin)
        slot = self._extreme("kill", -1)
        if slot is None or trainer.model.count < 2:
            return None

        def kill() -> None:
            trainer.model.alive[slot] = False

        return Change(kill)

    def _split(self) -> Change | None:
        trainer = self._at(self.origin)
        free = np.flatnonzero(~trainer.model.alive)
        slot = self._extreme("split", 1) if len(free) else None
        if slot is None:
            return None
        halves = slot, int(free[0])
        return Change(lambda: moves.split(trainer.model, trainer.optimizer, *halves), halves=halves)

    def _birth(self) -> Change | None:
        trainer = self._at(self.trained)
        free = np.flatnonzero(~self.origin.alive)
        center = missed_place(trainer, self.stage, self.born) if len(free) else None
        if center is None:
            return None
        self.born.append(center)
        return Change(lambda: moves.birth(trainer.model, trainer.optimizer, center, int(free[0])), is_birth=True)

    def _at(self, snapshot: Snapshot) -> Trainer:
        self.trainer.restore(snapshot)
        return self.trainer

    @torch.no_grad()
    def _extreme(self, name: str, sign: int) -> int | None:
        """The largest (or smallest) living block, by volume times opacity, for which this was not tried."""
        model = self.trainer.model
        slots = [int(slot) for slot in model.indices if (name, int(slot)) not in self.tried]
        if not slots:
            return None
        index = torch.tensor(slots, device=model.device)
        size = model.shapes(index).scales.prod(1) * model.opacities(index)
        slot = slots[int((sign * size).argmax())]
        self.tried.add((name, slot))
        return slot
