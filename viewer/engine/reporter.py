"""Passes a run's events on, no more of them than a window can use."""

from __future__ import annotations

import time
from collections.abc import Callable

from recon.methods.base import Event, Stage, Step
from viewer.engine.messages import Happened

INTERVAL = 0.1  # seconds between two events of the kind that supersede each other


class Reporter:
    """Sends events in order. A step supersedes the last one, and so does the progress of one stage.

    Parameters
    ----------
    send : callable
    clock : callable
        Seconds, from any point in time.
    """

    def __init__(self, send: Callable[[Happened], None], clock: Callable[[], float] = time.perf_counter) -> None:
        self._send = send
        self._clock = clock
        self._waiting: Event | None = None
        self._sent_at = -INTERVAL

    def tell(self, event: Event) -> None:
        """Send an event, now or with the next ones."""
        if not _supersedes(event, self._waiting):
            self.flush()
        self._waiting = event
        if not isinstance(event, Step | Stage) or self._clock() - self._sent_at >= INTERVAL:
            self.flush()

    def flush(self) -> None:
        """Send what still waits."""
        if self._waiting is not None:
            self._send(Happened(self._waiting))
            self._waiting = None
            self._sent_at = self._clock()


def _supersedes(event: Event, waiting: Event | None) -> bool:
    if isinstance(event, Stage):
        return isinstance(waiting, Stage) and waiting.name == event.name
    return isinstance(event, Step) and isinstance(waiting, Step)
