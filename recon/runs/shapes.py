"""What a path shows as points: a run's result, a file of geometry or of points, as edits leave it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recon.errors import TriptychError, UnreadableFile
from recon.points import Cloud, cloud_of
from recon.runs.folder import RUN, load_run
from recon.scene import Geometry, Mesh, Points, Similarity

REGISTERED, THROUGH_POINTS = 20_000, 100_000  # points taken of a result, to register it and to make a surface of it


@dataclass(frozen=True, eq=False)
class Shape:
    """A result that was read.

    Parameters
    ----------
    path : Path
    made : Geometry or Points
        Before any edit.
    edited : Geometry or Points
        As the edits beside it leave it; what they hide is there.
    normals : (N, 3) float64, optional
        Of points whose file has them, unit length.
    eyes : (E, 3) float64, optional
        Where the cameras of its run stood.
    """

    path: Path
    made: Geometry | Points
    edited: Geometry | Points
    normals: NDArray[np.float64] | None = None
    eyes: NDArray[np.float64] | None = None

    def cloud(self, count: int, seed: int = 0) -> Cloud:
        """Some of its points."""
        if isinstance(self.edited, Points) and self.normals is not None:
            cloud = Cloud(self.edited.positions.astype(np.float64), self.edited.colors, self.normals, outwards=True)
            rows = np.random.default_rng(seed).permutation(len(cloud))[:count]
            return cloud.part(np.sort(rows))
        return cloud_of(self.edited, count, seed, name=str(self.path))


def read_shape(path: str | Path, *, cameras: bool = False) -> Shape:
    """Read a run's result, a file of splats, a mesh or blocks, or a point cloud in PLY.

    Parameters
    ----------
    path : path
        A run folder or a file.
    cameras : bool
        Whether the cameras of a run are wanted; they stay away where its photographs are gone.

    Raises
    ------
    InputError, RunError
        If there is nothing of the kind.
    """
    from recon.editing import edited_geometry
    from recon.io import format_of, read_geometry

    path = Path(path)
    if (path / RUN).is_file():
        run = load_run(path)
        return Shape(path, run.result(), run.edited_result(), eyes=_eyes(run) if cameras else None)
    form = format_of(path) if path.exists() else None
    if path.suffix.lower() == ".ply" and path.is_file() and (form is None or not (form.holds and form.holds(path))):
        return _points(path)
    made = read_geometry(path)
    return Shape(path, made, edited_geometry(made, path, with_hidden=True))


def _points(path: Path) -> Shape:
    from recon.io.points import read_normals, read_points

    points = read_points(path, [])
    if points is None:
        raise UnreadableFile(f"{path} holds no point that has a place.")
    return Shape(path, points, points, read_normals(path, len(points)))


def _eyes(run: Any) -> NDArray[np.float64] | None:
    try:
        return np.array([view.camera.center for view in run.capture.load().views])
    except TriptychError:
        return None


def write_moved(shape: Shape, movement: Similarity, out: Path) -> str:
    """Write what a path shows to a file of its own, moved; returns how much that is, in words.

    Raises
    ------
    InputError
        If the file's name speaks of no format of its kind, or the place cannot be written to.
    """
    from recon.io import write_geometry
    from recon.io.points import write_points
    from recon.scene.transforms import transformed

    edited = shape.edited
    if isinstance(edited, Points):
        positions = movement.apply(edited.positions).astype(np.float32)
        write_points(out, dataclasses.replace(edited, positions=positions))
    else:
        write_geometry(out, transformed(edited, movement))  # type: ignore[type-var]  # whichever of them it is
    return count_of(edited)


def count_of(shape: Geometry | Points) -> str:
    """How much there is of it, in words."""
    if isinstance(shape, Points):
        return f"{len(shape):,} points"
    return f"{len(shape):,} {'faces' if isinstance(shape, Mesh) else shape.kind}"
