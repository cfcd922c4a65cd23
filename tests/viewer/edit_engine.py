"""An engine that edits, without a process and without pictures."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from recon.editing import Editing, summary
from recon.scene import Splats


def two_balls(count: int = 200) -> Splats:
    """Splats in two balls of radius about 0.3, at x = -1 and x = 1."""
    random = np.random.default_rng(0)
    means = random.normal(scale=0.12, size=(count, 3))
    means[:, 0] += np.where(np.arange(count) < count // 2, -1, 1)
    return Splats(
        means.astype(np.float32),
        np.tile(np.array([1, 0, 0, 0], np.float32), (count, 1)),
        random.uniform(0.01, 0.05, (count, 3)).astype(np.float32),
        random.uniform(0.1, 1, count).astype(np.float32),
        np.zeros((count, 1, 3), np.float32),
    )


class EditEngine:
    """Answers when told to, in the order of the questions; `model` hears the answers."""

    def __init__(self, *, at_once: bool = True) -> None:
        self.model = None
        self.at_once = at_once
        self.asked: list[tuple[str, tuple]] = []
        self.editing = Editing(two_balls())
        self.refuses = ()

    def edit(self, key: str, operations) -> None:
        self.asked.append((key, tuple(operations)))
        if self.at_once:
            self.answer()

    def answer(self) -> None:
        key, operations = self.asked[-1]
        if any(type(operation) in self.refuses for operation in operations):
            self.model.on_refused(key, "The engine refuses.")
        else:
            told = summary(self.editing.apply(operations))
            self.model.on_edited(SimpleNamespace(key=key, **vars(told)))
