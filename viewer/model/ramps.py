"""Ramps of colours that numbers are shown by."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Ramp = Literal["diverging", "sequential"]
# Even steps from the lowest number to the highest, sRGB. The first is even in lightness on both sides of its middle,
# the second is lighter the higher (viridis, van der Walt and Smith 2015, at every eighth).
STEPS: dict[Ramp, tuple[str, ...]] = {
    "diverging": ("2f5fb3", "5b8fd6", "97bde8", "cfdfec", "e9e7e3", "f2d3bd", "eba27f", "d76a54", "b3303b"),
    "sequential": ("440154", "472d7b", "3b528b", "2c728e", "21918c", "28ae80", "5ec962", "addc30", "fde725"),
}
UNKNOWN = (138, 141, 147)  # where there is no number


def colors_of(values: NDArray[np.floating], low: float, high: float, ramp: Ramp) -> NDArray[np.uint8]:
    """Colours (..., 3) uint8 sRGB of numbers; beyond `low` and `high` they stay as they are there.

    Parameters
    ----------
    values : (...) floating
        NaN is drawn grey.
    low, high : float
        What the ends of the ramp stand for.
    ramp : {"diverging", "sequential"}
    """
    table = np.array([[int(color[at : at + 2], 16) for at in (0, 2, 4)] for color in STEPS[ramp]], np.float64)
    known = np.isfinite(values)
    place = np.clip((np.where(known, values, low) - low) / max(high - low, 1e-300), 0, 1)
    at = place * (len(table) - 1)
    channels = [np.interp(at, np.arange(len(table)), table[:, channel]) for channel in range(3)]
    colors = (np.stack(channels, axis=-1) + 0.5).astype(np.uint8)
    colors[~known] = UNKNOWN
    return colors
