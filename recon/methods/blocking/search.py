"""How many blocks there should be: changes are made, trained a little, and kept where they pay.

A change pays if photographs lose less by it than the blocks it saves cost (minimum description length). What it is
compared with is the same fit, trained as long on the same photographs, without it.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator

import numpy as np
import torch
from torch.nn import functional

from recon.methods.base import Stage
from recon.methods.blocking import moves, schedule
from recon.methods.blocking.losses import picture
from recon.methods.blocking.trainer import Snapshot, Trainer

MOST = {"merge": 5, "kill": 2, "split": 2, "birth": 2}
LEAST_OVERLAP = 0.55  # of a union with the two it replaces
HOPELESS = 0.02  # loss that a change cannot make up for in the second half of its trial
PAUSE = 20  # steps of a trial between events, so that a run can be paused
BIRTH_HEIGHTS = (0.1, 0.5)
BIRTH_REACH = 1.3
SMOOTHING = 5  # pixels over which errors are gathered

Change = Callable[[], None]


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
        self.stage = schedule.trial_stage(trainer.config)
        self.steps = max(2, round(trainer.length * trainer.config.trial))
        self.tried: set[tuple[str, int, int]] = set()
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
        change()
        changed = self.trainer.snapshot()
        half, score = yield from self._train(self.half)
        if score < self.score:
            self.origin, self.half, self.score = changed, half, score
            self.trained = self.trainer.snapshot()

    def _train(self, limit: float | None) -> Generator[Stage, None, tuple[float, float]]:
        """Scores half-way and at the end of a trial; the second is infinite where the first was hopeless."""
        self.done += 1
        half = 0.0
        for step in range(self.steps):
            self.trainer.learn(self.stage, self.trainer.progress)
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
        pairs = [pair for pair in moves.touching_pairs(trainer.model) if ("merge", *pair) not in self.tried]
        found = moves.unions(trainer.model, pairs, np.random.default_rng(trainer.step))
        good = [(union.overlap, pair, union) for pair, union in zip(pairs, found, strict=True)]
        good = [each for each in good if each[0] > LEAST_OVERLAP]
        if not good:
            return None
        _, pair, union = max(good, key=lambda each: each[0])
        self.tried.add(("merge", *pair))
        return lambda: moves.merge(trainer.model, trainer.optimizer, *pair, union)

    def _kill(self) -> Change | None:
        trainer = self._at(self.origin)
        slot = self._extreme("kill", -1)
        if slot is None or trainer.model.count < 2:
            return None

        def change() -> None:
            trainer.model.alive[slot] = False

        return change

    def _split(self) -> Change | None:
        trainer = self._at(self.origin)
        free = np.flatnonzero(~trainer.model.alive)
        slot = self._extreme("split", 1) if len(free) else None
        return None if slot is None else lambda: moves.split(trainer.model, trainer.optimizer, slot, int(free[0]))

    def _birth(self) -> Change | None:
        trainer = self._at(self.trained)
        center = self._missed()
        free = np.flatnonzero(~self.origin.alive)
        if center is None or not len(free):
            return None
        return lambda: moves.birth(trainer.model, trainer.optimizer, center, int(free[0]))

    def _at(self, snapshot: Snapshot) -> Trainer:
        self.trainer.restore(snapshot)
        return self.trainer

    @torch.no_grad()
    def _extreme(self, name: str, sign: int) -> int | None:
        """The largest (or smallest) living block, by volume times opacity, for which this was not tried."""
        model = self.trainer.model
        slots = [int(slot) for slot in model.indices if (name, int(slot), -1) not in self.tried]
        if not slots:
            return None
        index = torch.tensor(slots, device=model.device)
        size = model.shapes(index).scales.prod(1) * model.opacities(index)
        slot = slots[int((sign * size).argmax())]
        self.tried.add((name, slot, -1))
        return slot

    @torch.no_grad()
    def _missed(self) -> np.ndarray | None:
        """A place on the ray of a pixel drawn by its squared error, a little above the ground; None if far out."""
        trainer = self.trainer
        random = np.random.default_rng([trainer.step, self.done])
        photograph = trainer.photographs.read(int(random.integers(len(trainer.photographs))), self.stage.divisor)
        image = picture(trainer.model, trainer.surfels(self.stage), photograph)
        error = (image - photograph.color).abs().mean(-1) ** 2
        error = functional.avg_pool2d(error[None, None], SMOOTHING, 1, SMOOTHING // 2)[0, 0]
        share = error.cpu().numpy().astype(np.float64).ravel()
        row, column = divmod(int(random.choice(len(share), p=share / share.sum())), error.shape[1])
        camera = photograph.cameras
        fx, fy, cx, cy = camera.intrinsics[0].tolist()
        transform = camera.camera_from_world[0].cpu().numpy().astype(np.float64)
        direction = transform[:3, :3].T @ [(column + 0.5 - cx) / fx, (row + 0.5 - cy) / fy, 1.0]
        origin = -transform[:3, :3].T @ transform[:3, 3]
        height = random.uniform(*BIRTH_HEIGHTS) + float(trainer.model["plane"][0])
        if abs(direction[2]) < 0.05:
            return None
        along = (height - origin[2]) / direction[2]
        center = origin + along * direction
        return center if along > 0 and np.abs(center[:2]).max() < BIRTH_REACH else None
