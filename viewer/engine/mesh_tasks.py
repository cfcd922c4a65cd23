"""What is worked out of meshes beside the window: they run in processes of their own."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recon.editing.meshes import MeshOperation
from recon.errors import InputError
from recon.meshes import boundary_loops, mean_curvature
from recon.scene import Blocks, Mesh
from viewer.model.edit_history import title
from viewer.model.mesh_shade import Fact, Scale, Shade
from viewer.model.mesh_style import MeshStyle
from viewer.model.ramps import colors_of
from viewer.model.surface import Surface, read_mesh
from viewer.model.surface import read_surface as read
from viewer.model.task_list import TaskProgress

ROWS_AT_ONCE = 50_000
MOST = 95  # per cent of the values that the ends of a bar leave within: what is farther out is stray

Shading = Generator[TaskProgress, None, Shade]
Made = tuple[Path, tuple[MeshOperation, ...]]


def read_surface(path: Path) -> Generator[TaskProgress, None, Surface | Blocks]:
    """Read a large mesh, and make it ready to be drawn."""
    yield TaskProgress(None, "Reading")
    return read(path)


def edit_surface(path: Path, operations: tuple[MeshOperation, ...]) -> Generator[TaskProgress, None, Surface]:
    """Read a mesh, apply edits to it, and make it ready to be drawn."""
    yield TaskProgress(None, "Reading")
    mesh = read_mesh(path)
    for operation in operations:
        yield TaskProgress(None, title(operation))
        mesh = operation.apply(mesh)
    return Surface.of(mesh, operations)


def shade(style: MeshStyle, mesh: Made, reference: Made | None = None) -> Shading:
    """Work out what is seen on a mesh.

    Parameters
    ----------
    style : str
        One of those that are measured.
    mesh : (Path, tuple of MeshOperation)
        Its file, and the edits that it is to be seen with.
    reference : the same, optional
        Of the mesh that distances are measured to.

    Raises
    ------
    InputError
        If a reference is missing, or a mesh has no area.
    """
    yield TaskProgress(None, "Reading")
    seen = read_mesh(*mesh)
    if style == "curvature":
        yield TaskProgress(None, "Measuring how it bends")
        return _curvature(seen)
    if style == "holes":
        yield TaskProgress(None, "Looking for borders")
        return _holes(seen)
    if reference is None:
        raise InputError("There is no other mesh to measure to. Open one first.")
    return (yield from _distance(seen, read_mesh(*reference), signed=style == "signed"))


def _curvature(mesh: Mesh) -> Shade:
    values = mean_curvature(mesh)
    known = np.abs(values[np.isfinite(values)])
    most = float(np.percentile(known, MOST)) if len(known) else 0.0
    most = most or 1.0  # of a plane
    colors = colors_of(values, -most, most, "diverging")
    return Shade(colors, scale=Scale("Mean curvature", "diverging", -most, most, -1))


def _holes(mesh: Mesh) -> Shade:
    loops = boundary_loops(mesh)
    ends = [np.stack([loop, np.roll(loop, -1)], axis=1) for loop in loops]
    lines = mesh.vertices[np.concatenate(ends)] if ends else np.zeros((0, 2, 3), np.float32)
    facts = [Fact("Holes and borders", len(loops))]
    if loops:
        longest = max(_length(mesh.vertices[end]) for end in ends)
        facts += [Fact("Edges along them", len(lines)), Fact("Longest", longest, 1)]
    return Shade(lines=lines, facts=tuple(facts))


def _length(lines: NDArray[np.float32]) -> float:
    return float(np.linalg.norm(lines[:, 1].astype(np.float64) - lines[:, 0], axis=1).sum())


def _distance(mesh: Mesh, reference: Mesh, *, signed: bool) -> Shading:
    from recon.evaluate import ReferenceSurface, deviation

    yield TaskProgress(None, "Reading")
    goal = ReferenceSurface(reference)
    parts: list[NDArray[np.float64]] = []
    count = len(mesh.vertices)
    for start in range(0, count, ROWS_AT_ONCE):
        yield TaskProgress(start / count, "Measuring")
        parts.append(goal.distances(mesh.vertices[start : start + ROWS_AT_ONCE], signed=signed))
    values = np.concatenate(parts)
    told = deviation(mesh, goal)
    most = float(np.percentile(np.abs(values), MOST)) or 1e-9 * float(np.ptp(reference.vertices)) or 1.0
    facts = (
        Fact("Mean", told.mean, 1),
        Fact("Median", told.median, 1),
        Fact("95 % within", told.percentile_95, 1),
    )
    if signed:
        return Shade(
            colors_of(values, -most, most, "diverging"),
            scale=Scale("Signed distance", "diverging", -most, most, 1),
            facts=facts,
        )
    return Shade(
        colors_of(values, 0, most, "sequential"), scale=Scale("Distance", "sequential", 0, most, 1), facts=facts
    )
