"""How coarse pictures must be, while the camera moves, to follow the hand."""

from __future__ import annotations

import math

SECONDS_PER_PICTURE = 0.04
COARSEST = 4
COARSE_UNTIL_KNOWN = 2


class Pace:
    """Chooses by what the last picture of full size has taken; the time is taken to grow with the pixels."""

    def __init__(self) -> None:
        self._seconds_per_pixel: float | None = None

    def learn(self, pixels: int, seconds: float) -> None:
        """Note how long a picture of full size took."""
        self._seconds_per_pixel = seconds / pixels

    def divisor(self, pixels: int) -> int:
        """By how much to divide width and height of a picture of so many pixels, 1 to 4."""
        if self._seconds_per_pixel is None:
            return COARSE_UNTIL_KNOWN
        wanted = math.sqrt(self._seconds_per_pixel * pixels / SECONDS_PER_PICTURE)
        return min(max(math.ceil(wanted - 0.05), 1), COARSEST)
