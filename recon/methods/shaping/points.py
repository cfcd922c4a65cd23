"""Which points primitives are placed by: the capture's, those of its depth images, or found in its photographs."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recon.errors import MethodError
from recon.methods.base import Event
from recon.methods.shaping.outliers import plausible
from recon.methods.stages import triangulated
from recon.scene import Capture, Points, View

FEWEST = 16
OF_DEPTH = 40_000
MOST = 300_000
DEPTH_SIDE = 320  # pixels


def placing_points(capture: Capture, cache: Path, generator: np.random.Generator) -> Generator[Event, None, Points]:
    """Points of a capture, in world coordinates.

    Raises
    ------
    MethodError
        If there are too few.
    """
    points = capture.points
    if points is None or len(points) < FEWEST:
        points = _of_depth(capture.train, generator)
    if points is None or len(points) < FEWEST:
        points = yield from triangulated(capture, cache)
    if points is None or len(points) < FEWEST:
        raise MethodError(
            f"{capture.name} has too few points to place primitives by, and too few could be found in its photographs. "
            "Give a capture with points or depth images, or photographs that overlap more."
        )
    kept = np.flatnonzero(np.isfinite(points.positions).all(1))
    if len(kept) < FEWEST:
        raise MethodError(
            f"Only {len(kept)} of the {len(points)} points of {capture.name} are at finite places, and {FEWEST} are "
            "needed to place primitives by. Give a capture with other points, or with none: then they are looked for."
        )
    kept = kept[plausible(points.positions[kept], capture.train)]
    chosen = np.sort(generator.permutation(kept)[:MOST])
    return Points(points.positions[chosen], points.colors[chosen])


def _of_depth(views: Sequence[View], generator: np.random.Generator) -> Points | None:
    """Points at random pixels of the depth images, if there are any."""
    measured = [(view, view.depth) for view in views if view.depth is not None]
    positions: list[NDArray[np.float32]] = []
    colors: list[NDArray[np.float32]] = []
    for view, depths in measured:
        factor = min(1.0, DEPTH_SIDE / max(view.camera.width, view.camera.height))
        camera = view.camera.resized(round(view.camera.width * factor), round(view.camera.height * factor))
        depth = depths.read(camera.width, camera.height)
        rows, columns = np.nonzero(depth > 0)
        chosen = np.sort(generator.permutation(len(rows))[: OF_DEPTH // len(measured)])
        rows, columns = rows[chosen], columns[chosen]
        z = depth[rows, columns].astype(np.float64)
        x, y = (columns + 0.5 - camera.cx) / camera.fx * z, (rows + 0.5 - camera.cy) / camera.fy * z
        pose = camera.world_from_camera
        positions.append((np.stack([x, y, z], 1) @ pose[:3, :3].T + pose[:3, 3]).astype(np.float32))
        colors.append(view.image.read(camera.width, camera.height)[rows, columns] / np.float32(255))
    return Points(np.concatenate(positions), np.concatenate(colors)) if positions else None
