"""Selecting by shapes drawn on a picture."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recon.editing.base import Edited, Mask, Selection
from recon.editing.placement import Eye
from recon.scene import Splats

Pixels = NDArray[np.float32]
Point = tuple[float, float]
Box = tuple[float, float, float, float]

SOLID = 0.3  # opacity from which a splat hides what is behind it
CELLS = 160  # along a picture's longer side; the front is looked for in each
NOWHERE = Eye(1, 1, 1.0, 1.0, 0.5, 0.5)
STEP = 2.0  # how many cells' widths behind the front still count as front


@dataclass(frozen=True)
class _ScreenSelection(Selection):
    """Splats whose centres lie within a shape on a picture.

    Parameters
    ----------
    eye : Eye
        What the picture was seen through.
    front_only : bool
        Leave out what is well behind the nearest solid splats at the same place.
    """

    eye: Eye = NOWHERE
    front_only: bool = False

    @abstractmethod
    def covers(self, projected: Pixels) -> Mask:
        """Which centres, (3, N) as u * depth, v * depth and depth, are before the eye and in the shape."""

    def picks(self, edited: Edited) -> Mask:
        """Pick what is within the shape, and in front if so wanted."""
        projected = _projected(self.eye, edited.splats)
        picked = self.covers(projected)
        if self.front_only:
            opacities = np.where(edited.hidden, 0, edited.splats.opacities)
            (candidates,) = np.nonzero(picked)
            front = _front(self.eye, projected, opacities)
            picked[candidates] = front.reaches(projected[:, candidates], edited.measures.size[candidates])
        return picked


@dataclass(frozen=True)
class SelectRectangle(_ScreenSelection):
    """Select within a rectangle.

    Parameters
    ----------
    start, end : (2,) tuple
        Opposite corners, pixels.
    """

    start: Point = (0.0, 0.0)
    end: Point = (0.0, 0.0)

    def covers(self, projected: Pixels) -> Mask:
        """Which are between the sides."""
        (left, right), (top, bottom) = (sorted(pair) for pair in zip(self.start, self.end, strict=True))
        return _within(projected, (left, top, right, bottom))


@dataclass(frozen=True)
class SelectPolygon(_ScreenSelection):
    """Select within a closed line, such as a lasso's; where it crosses itself, what it goes around twice is outside.

    Parameters
    ----------
    points : tuple of (2,) tuple
        Corners in order, pixels.
    """

    points: tuple[Point, ...] = ()

    def covers(self, projected: Pixels) -> Mask:
        """Which are within the line."""
        return _refined(projected, _bounds(self.points, 0.0), self._holds)

    def _holds(self, x: Pixels, y: Pixels) -> Mask:
        """Which positions, y ascending, an odd number of edges passes to the right of."""
        inside = np.zeros(len(x), bool)
        for (x0, y0), (x1, y1) in zip(self.points, (*self.points[1:], *self.points[:1]), strict=True):
            if y0 != y1:
                part = slice(*np.searchsorted(y, sorted((y0, y1))))
                left = (x[part] - x0) * (y1 - y0) < (y[part] - y0) * (x1 - x0)
                inside[part] ^= left if y1 > y0 else ~left
        return inside


@dataclass(frozen=True)
class SelectBrush(_ScreenSelection):
    """Select what a round brush has passed over.

    Parameters
    ----------
    points : tuple of (2,) tuple
        Where its centre went, pixels.
    radius : float
        Pixels.
    """

    points: tuple[Point, ...] = ()
    radius: float = 1.0

    def covers(self, projected: Pixels) -> Mask:
        """Which are within the radius of the path."""
        return _refined(projected, _bounds(self.points, self.radius), self._holds)

    def _holds(self, x: Pixels, y: Pixels) -> Mask:
        """Which positions, y ascending, are within the radius of the path."""
        inside = np.zeros(len(x), bool)
        for start, end in zip(self.points, (*self.points[1:], self.points[-1]), strict=True):
            low, high = sorted((start[1], end[1]))
            part = slice(*np.searchsorted(y, (low - self.radius, high + self.radius)))
            inside[part] |= _squared_distance(x[part], y[part], start, end) <= self.radius**2
        return inside


def _projected(eye: Eye, splats: Splats) -> Pixels:
    """Centres as u * depth, v * depth and depth, (3, N)."""
    offsets = splats.means - np.array(eye.position, np.float32)
    return np.asarray(eye.pixels_from_offset.astype(np.float32) @ offsets.T)


def _within(projected: Pixels, box: Box) -> Mask:
    """Before the eye and within a box, without dividing by depth."""
    u, v, depth = projected
    left, top, right, bottom = (np.float32(side) for side in box)
    inside: Mask = depth > 0
    inside &= u >= left * depth
    inside &= u <= right * depth
    inside &= v >= top * depth
    inside &= v <= bottom * depth
    return inside


def _bounds(points: tuple[Point, ...], margin: float) -> Box:
    if not points:
        return 0.0, 0.0, -1.0, -1.0
    x, y = zip(*points, strict=True)
    return min(x) - margin, min(y) - margin, max(x) + margin, max(y) + margin


def _refined(projected: Pixels, box: Box, holds: Callable[[Pixels, Pixels], Mask]) -> Mask:
    """Ask a shape about those within its box, from the top of the picture down."""
    covered = _within(projected, box)
    (candidates,) = np.nonzero(covered)
    u, v, depth = projected[:, candidates]
    y = v / depth
    order = np.argsort(y)
    covered[candidates[order]] = holds((u / depth)[order], y[order])
    return covered


def _squared_distance(x: Pixels, y: Pixels, start: Point, end: Point) -> Pixels:
    """From positions to a segment."""
    across, down = end[0] - start[0], end[1] - start[1]
    x, y = x - np.float32(start[0]), y - np.float32(start[1])
    fraction = np.clip((x * across + y * down) / max(across**2 + down**2, 1e-12), 0, 1)
    return np.asarray((x - fraction * across) ** 2 + (y - fraction * down) ** 2)


@dataclass(frozen=True, eq=False)
class _Front:
    """How far away the nearest solid splats are, on a grid over a picture."""

    depths: NDArray[np.float32]
    cell: float  # pixels
    width_at_one: float  # of a cell at depth 1, world units

    def reaches(self, projected: Pixels, sizes: Pixels) -> Mask:
        """Which splats are at the front, given their projection (3, M) and size (M,)."""
        depth = projected[2]
        front = self.depths[_cells(projected, self.cell, self.depths.shape)]
        return np.asarray(depth <= front + STEP * self.width_at_one * depth + 3 * sizes)


def _front(eye: Eye, projected: Pixels, opacities: Pixels) -> _Front:
    cell = max(max(eye.width, eye.height) / CELLS, 1.0)
    shape = (int(eye.height / cell) + 1, int(eye.width / cell) + 1)
    solid = projected[:, _within(projected, (0, 0, eye.width, eye.height)) & (opacities >= SOLID)]
    depths = np.full(shape, np.inf, np.float32)
    np.minimum.at(depths, _cells(solid, cell, shape), solid[2])
    return _Front(depths, cell, cell / eye.fx)


def _cells(projected: Pixels, cell: float, shape: tuple[int, ...]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    column, row = (projected[:2] / projected[2] / np.float32(cell)).astype(np.intp)
    return np.clip(row, 0, shape[0] - 1), np.clip(column, 0, shape[1] - 1)
