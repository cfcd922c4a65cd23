"""Holes of a surface, closed by caps."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recon.errors import InputError
from recon.meshes.topology import boundary_sides, welded
from recon.scene import Mesh

Ints = NDArray[np.int64]
SMALL_LOOP = 4


def boundary_loops(mesh: Mesh) -> list[Ints]:
    """Each hole or outer border as (L,) int64 vertices of the mesh, in the direction of the faces along it.

    Where borders touch in a vertex they are told apart there in any way that closes.
    """
    place = welded(mesh)
    vertex_at = np.zeros(int(place.max(initial=-1)) + 1, np.int64)
    vertex_at[place.reshape(-1)] = mesh.faces.reshape(-1)
    following: dict[int, list[int]] = {}
    for begin, end in boundary_sides(place).tolist():
        following.setdefault(begin, []).append(end)
    loops = []
    for start in list(following):
        while following.get(start):
            loop = _walk(following, start)
            if loop is not None:
                loops.append(vertex_at[loop])
    return loops


def _walk(following: dict[int, list[int]], start: int) -> list[int] | None:
    """Follow a border from a vertex until it returns; None where it ends, which only inconsistent faces do."""
    loop, here = [start], following[start].pop()
    while here != start:
        loop.append(here)
        if not following.get(here):
            return None
        here = following[here].pop()
    return loop


def close_holes(mesh: Mesh, *, longest: int | None = None, keep_largest: bool = False) -> Mesh:
    """Close holes by caps that meet in the middle of their border.

    Parameters
    ----------
    mesh : Mesh
        With manifold edges; see `repair`.
    longest : int, optional
        Holes with more edges stay open.
    keep_largest : bool
        Leave the hole with the longest border open: the edge of a scene that was not seen from all sides.

    Returns
    -------
    Mesh
        Caps take colour and place on the texture from their border.

    Raises
    ------
    InputError
        If the mesh has no faces.
    """
    if not len(mesh):
        raise InputError("The mesh has no faces, so it has no holes to close.")
    loops = boundary_loops(mesh)
    if keep_largest and loops:
        loops.remove(max(loops, key=lambda loop: _length(mesh, loop)))
    faces: list[NDArray[Any]] = [mesh.faces]
    middles: list[Ints] = []
    for loop in loops:
        if len(loop) < 3 or (longest is not None and len(loop) > longest):
            continue
        if len(loop) <= SMALL_LOOP:
            faces.append(_fan(loop[1:], int(loop[0]), closed=False))
            continue
        faces.append(_fan(loop, len(mesh.vertices) + len(middles), closed=True))
        middles.append(loop)
    rows: dict[str, Any] = {
        name: np.concatenate([values, *(values[loop].mean(0)[None] for loop in middles)])
        for name, values in (mesh.at_vertices() | {"vertices": mesh.vertices}).items()
    }
    return replace(mesh, **rows | {"faces": np.concatenate(faces).astype(np.int32), "normals": None})


def _fan(rim: Ints, apex: int, *, closed: bool) -> Ints:
    """Faces from a rim to an apex, against the direction of the rim, as its neighbours run along it."""
    following = np.roll(rim, -1) if closed else rim[1:]
    begin = rim if closed else rim[:-1]
    return np.stack([following, begin, np.full(len(begin), apex)], axis=1)


def _length(mesh: Mesh, loop: Ints) -> float:
    places = mesh.vertices[loop].astype(np.float64)
    return float(np.linalg.norm(np.roll(places, -1, axis=0) - places, axis=1).sum())
