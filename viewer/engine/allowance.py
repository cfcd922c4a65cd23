"""How much of its time a reconstruction gives to pictures of itself."""

from __future__ import annotations

import time
from collections.abc import Callable

SHARE = 0.05  # of all time
RESERVE = 0.6  # seconds of drawing that may be saved up for when the camera moves
KEPT = 0.3  # seconds of the reserve that the camera's moves alone may use
SHORTEST_INTERVAL = 1.3  # seconds between two pictures where only the geometry has changed: showing one takes time, too


class Allowance:
    """Time that may be spent on pictures. It grows as time passes, up to a reserve, and drawing uses it up.

    Parameters
    ----------
    clock : callable
        Seconds, from any point in time.
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._now = self._refreshed_at = clock() - SHORTEST_INTERVAL
        self._left = RESERVE

    def may_draw(self) -> bool:
        """Whether a picture may be drawn."""
        return self._grown() > 0

    def may_refresh(self) -> bool:
        """Whether the geometry may be taken anew to draw it again."""
        return self._grown() > KEPT and self._now - self._refreshed_at >= SHORTEST_INTERVAL

    def spend(self, seconds: float) -> None:
        """Note that a picture took so long."""
        self._left = self._grown() - seconds

    def refreshed(self, seconds: float) -> None:
        """Note that taking the geometry anew took so long."""
        self.spend(seconds)
        self._refreshed_at = self._now

    def _grown(self) -> float:
        """The time left now."""
        now = self._clock()
        self._left = min(self._left + SHARE * (now - self._now), RESERVE)
        self._now = now
        return self._left
