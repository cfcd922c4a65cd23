"""Where panes lie: rectangles in the pixels of their common place."""

from __future__ import annotations

from typing import NamedTuple


class Rectangle(NamedTuple):
    """Left and upper edge, width and height."""

    x: int
    y: int
    width: int
    height: int


def rectangles(count: int, width: int, height: int, split: tuple[float, float], gap: int) -> tuple[Rectangle, ...]:
    """Divide a place among one to four panes: two stand beside each other, a third and fourth below.

    Parameters
    ----------
    count : int
    width, height : int
        Of the place.
    split : (2,) tuple
        Where columns and rows part, as parts of width and height.
    gap : int
        Between panes.
    """
    if count == 1:
        return (Rectangle(0, 0, width, height),)
    (left, right), (top, bottom) = _parted(width, split[0], gap), _parted(height, split[1], gap)
    whole = (0, height)
    columns = {2: [(left, whole), (right, whole)], 3: [(left, whole), (right, top), (right, bottom)]}
    cells = columns.get(count, [(left, top), (right, top), (left, bottom), (right, bottom)])
    return tuple(Rectangle(x, y, w, h) for (x, w), (y, h) in cells)


def _parted(length: int, place: float, gap: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """Start and length of the two parts."""
    first = max(1, min(round(length * place - gap / 2), length - gap - 1))
    return (0, first), (first + gap, max(1, length - gap - first))
