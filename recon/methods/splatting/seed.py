"""Where the first Gaussians stand: the capture's points, points triangulated from it, or random ones."""

from __future__ import annotations

import math
from collections.abc import Generator
from pathlib import Path

import numpy as np

from recon.errors import UnusableCapture
from recon.methods.base import Event, Stage, Warned
from recon.methods.splats import Config
from recon.methods.splatting.frame import Frame
from recon.methods.stages import triangulated
from recon.poses import random_points, scene_focus, scene_radius
from recon.scene import Capture, Points

FEWEST_POINTS = 50
THINNING_ROUNDS = 40


def working_frame(capture: Capture) -> Frame:
    """The frame to fit in, from the training cameras.

    Raises
    ------
    UnusableCapture
        If there is no training view.
    """
    if not capture.train:
        raise UnusableCapture(f"{capture.name} has no training view; at least one photograph with a camera is needed.")
    return Frame(np.asarray(scene_focus(capture), np.float64), float(scene_radius(capture)))


def starting_points(
    capture: Capture, config: Config, cache: Path, generator: np.random.Generator
) -> Generator[Event, None, Points]:
    """Find the points to start from; yields what there is to tell and returns the `Points`."""
    if config.start == "points":
        points = capture.points
        if points is not None and len(points) >= FEWEST_POINTS:
            return points
        points = yield from triangulated(capture, cache)
        if points is not None:
            return _completed(points, capture, config, generator)
        yield Warned(
            f"Too few points could be found in the photographs of {capture.name}; starting from random ones in the "
            "cameras' common view, which ends a few dB lower. More overlap between photographs helps."
        )
    yield Stage("Drawing random points")
    return random_points(capture, config.initial_points, generator)


def _completed(points: Points, capture: Capture, config: Config, generator: np.random.Generator) -> Points:
    """Points, with random ones added up to the wanted number: plain surfaces and backgrounds have no features.

    On the bundled desk, whose background is plain, this is worth more than a decibel.
    """
    missing = config.initial_points - len(points)
    if missing <= 0:
        return points
    further = random_points(capture, missing, generator)
    return Points(
        np.concatenate([points.positions, further.positions]), np.concatenate([points.colors, further.colors])
    )


def local_points(points: Points, frame: Frame, count: int) -> Points:
    """Points in the working frame, thinned to at most `count`."""
    positions = frame.local_from_world(points.positions)
    kept = thinned(positions, count)
    return Points(positions[kept], points.colors[kept])


def thinned(positions: np.ndarray, count: int) -> np.ndarray:
    """Indices of at most `count` points, one per cell of a cubic grid.

    Even in space rather than random, so that what many photographs saw does not crowd out the rest.
    """
    if len(positions) <= count:
        return np.arange(len(positions))
    corner = positions - positions.min(0)
    high = math.log2(float(corner.max()) + 1e-30) + 1
    low, best = high - 20, np.zeros(1, np.int64)
    for _ in range(THINNING_ROUNDS):
        middle = (low + high) / 2
        cells = np.floor(corner / 2.0**middle).astype(np.int64)
        first = np.unique(cells, axis=0, return_index=True)[1]
        if len(first) > count:
            low = middle
        else:
            high, best = middle, first
    return np.sort(best)
