"""Where the engine draws: which pane is next, and where in shared memory its picture goes."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import cast

import numpy as np
from numpy.typing import NDArray

from viewer.engine.frames import SLOTS, FrameMemory
from viewer.engine.messages import Drawn, Shot

DrawShot = Callable[[Shot, NDArray[np.uint8], NDArray[np.float32]], None]


class Studio:
    """Draws what panes ask for, one after the other; of each pane only the newest shot counts.

    Parameters
    ----------
    draw : callable
        Draws a shot into arrays; see `Backend.draw`.
    """

    def __init__(self, draw: DrawShot) -> None:
        self._draw = draw
        self._memory: FrameMemory | None = None
        self._free: set[int] = set()
        self._waiting: dict[str, Shot] = {}  # a pane that asks again keeps its place in the row
        self._shown: dict[str, Shot] = {}

    @property
    def next(self) -> Shot | None:
        """The shot to draw next; None where none is asked for or no slot is free."""
        return next(iter(self._waiting.values()), None) if self._free else None

    def use(self, memory: str) -> None:
        """Put pictures into this memory from now on."""
        self.close()
        self._memory = FrameMemory.attach(memory)
        self._free = set(range(SLOTS))

    def take_back(self, memory: str, slot: int) -> None:
        """Take back a slot whose picture has been copied out."""
        if self._memory and self._memory.name == memory:
            self._free.add(slot)

    def ask(self, pane: str, shot: Shot) -> None:
        """Draw this for a pane when its turn comes."""
        self._waiting[pane] = self._shown[pane] = shot

    def shows(self, key: str) -> bool:
        """Whether a pane shows a geometry."""
        return any(shot.key == key for shot in self._shown.values())

    def ask_again(self, key: str) -> None:
        """Draw anew what panes show of a geometry."""
        self._waiting |= {pane: shot for pane, shot in self._shown.items() if shot.key == key}

    def leave(self, pane: str) -> None:
        """Draw nothing more for a pane."""
        self._waiting.pop(pane, None)
        self._shown.pop(pane, None)

    def draw(self) -> Drawn:
        """Draw the next shot."""
        pane = next(iter(self._waiting))
        shot = self._waiting.pop(pane)
        memory, slot = cast("FrameMemory", self._memory), min(self._free)
        start = time.perf_counter()
        self._draw(shot, *memory.views(slot, shot.camera.width, shot.camera.height))
        self._free.remove(slot)
        return Drawn(pane, replace(shot, view=None), memory.name, slot, time.perf_counter() - start)

    def close(self) -> None:
        """Let go of the memory."""
        if self._memory:
            self._memory.close()
