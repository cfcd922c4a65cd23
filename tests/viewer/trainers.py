"""A trainer that notes what it is asked, and a thread of the window that is run by hand."""

from __future__ import annotations

import queue
from collections.abc import Callable
from pathlib import Path
from typing import Any

from recon.runs import Job


class FakeTrainer:
    """Stands for the engine."""

    def __init__(self) -> None:
        self.asked: list[Any] = []

    def reconstruct(self, job: Job) -> None:
        self.asked.append(job)

    def resume(self, path: Path) -> None:
        self.asked.append(path)

    def tell(self, command: Any) -> None:
        self.asked.append(command)


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class WindowThread:
    """What is posted here waits until it is run."""

    def __init__(self) -> None:
        self.calls: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()

    def post(self, call: Callable[[], None]) -> None:
        self.calls.put(call)

    def run_next(self) -> None:
        self.calls.get(timeout=20)()
