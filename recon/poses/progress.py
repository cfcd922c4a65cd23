"""Progress of long work, and how a thread's work is followed, and given up, from a generator."""

from __future__ import annotations

from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Event
from typing import Any, TypeVar

Answer = TypeVar("Answer")
Report = Callable[[float], None]

# How often a generator yields even where nothing new is known, so that who pulls it can give it up.
HEARTBEAT_SECONDS = 0.25


@dataclass(frozen=True)
class Progress:
    """A named part of the work, and the share of it that is done, in [0, 1], where that can be told."""

    name: str
    fraction: float | None = None


class Abandoned(Exception):
    """Nobody waits for the work any more."""


class Job:
    """What a thread's work may ask and tell.

    Parameters
    ----------
    token : object, optional
        Whose `cancel` is called when the work is given up; pycolmap's `CancellationToken`.
    """

    def __init__(self, token: Any = None) -> None:
        self.token = token
        self._abandoned = Event()
        self._fractions: SimpleQueue[float | None] = SimpleQueue()

    def report(self, fraction: float) -> None:
        """Say which share of the work is done.

        Raises
        ------
        Abandoned
            If nobody waits for it any more.
        """
        if self._abandoned.is_set():
            raise Abandoned
        self._fractions.put(min(fraction, 1.0))

    def abandon(self) -> None:
        """End the work at its next report, or sooner where there is a token."""
        self._abandoned.set()
        if self.token is not None:
            self.token.cancel()

    def finish(self) -> None:
        """Say that there is an answer, or an error."""
        self._fractions.put(None)

    def next_fraction(self, before: float | None) -> float | None:
        """The next share told, that of before after a while of silence, None at the end."""
        try:
            return self._fractions.get(timeout=HEARTBEAT_SECONDS)
        except Empty:
            return before


def followed(name: str, work: Callable[[Job], Answer], token: Any = None) -> Generator[Progress, None, Answer]:
    """Do work in a thread of its own, yielding its progress a few times a second; closing the generator gives it up."""
    job = Job(token)
    with ThreadPoolExecutor(1) as thread:
        answer = thread.submit(work, job)
        answer.add_done_callback(lambda _: job.finish())
        try:
            fraction: float | None = 0.0
            while (fraction := job.next_fraction(fraction)) is not None:
                yield Progress(name, fraction)
        finally:
            job.abandon()
        return answer.result()
