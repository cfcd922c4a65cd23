"""Turn a function that reports its progress into a generator of events."""

from __future__ import annotations

from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from threading import Event
from typing import TypeVar

from recon.methods.base import Stage

Answer = TypeVar("Answer")
Report = Callable[[int, int], None]


class Abandoned(Exception):
    """Nobody waits for the work any more."""


def told(name: str, work: Callable[[Report], Answer]) -> Generator[Stage, None, Answer]:
    """Do work in a thread of its own, and yield a `Stage` each time it reports (done, total).

    Closing the generator ends the work at its next report.
    """
    fractions: SimpleQueue[float | None] = SimpleQueue()
    abandoned = Event()

    def report(done: int, total: int) -> None:
        if abandoned.is_set():
            raise Abandoned
        fractions.put(done / max(total, 1))

    with ThreadPoolExecutor(1) as thread:
        answer = thread.submit(work, report)
        answer.add_done_callback(lambda _: fractions.put(None))
        try:
            while (fraction := fractions.get()) is not None:
                yield Stage(name, fraction)
        finally:
            abandoned.set()
        return answer.result()
