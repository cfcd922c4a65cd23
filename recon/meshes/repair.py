"""Broken meshes mended, with a sentence for everything that was done."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recon.errors import InputError
from recon.meshes.parts import part, with_faces
from recon.meshes.topology import Edges, face_crosses, fans, labels_of, welded
from recon.scene import Mesh

FLATTEST = 1e-12  # of the mesh's extent squared: faces of less area have no direction
ROUNDS = 16
NEARLY_CLOSED = 0.1  # of the area: what is left where the directions of all faces are added


@dataclass(frozen=True, eq=False)
class Repaired:
    """A mended mesh.

    Parameters
    ----------
    mesh : Mesh
    notices : tuple of str
        Sentences that say what was done; none where nothing was wrong.
    """

    mesh: Mesh
    notices: tuple[str, ...]


def repair(mesh: Mesh, *, turn: bool = True) -> Repaired:
    """Make a mesh that every tool can work with: no degenerate or doubled faces, manifold, one side out.

    Where more than two faces share an edge, the smallest are removed. Where surfaces touch in a single vertex, each
    gets its own. Components are turned so that neighbours agree, and those that are closed, or nearly, face outwards.

    Parameters
    ----------
    mesh : Mesh
    turn : bool
        Whether faces are turned; not where it is known which side was seen, as of a room from within.

    Raises
    ------
    InputError
        If no face is left.
    """
    notices: list[str] = []
    _require_faces(mesh)
    mends = [_without_degenerate, _without_doubles, _with_manifold_edges, _with_manifold_vertices]
    for mend in [*mends, _turned] if turn else mends:
        mesh, notice = mend(mesh)
        if notice:
            notices.append(notice)
        _require_faces(mesh)
    return Repaired(mesh, tuple(notices))


def _require_faces(mesh: Mesh) -> None:
    if not len(mesh):
        raise InputError(
            f"The mesh {mesh.name!r} has no faces that span an area, so there is no surface to work with. Points alone "
            "become a surface by Poisson reconstruction: triptych poisson POINTS OUT."
        )


def _counted(count: int, what: str, done: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'} {'was' if count == 1 else 'were'} {done}." if count else ""


def _without_degenerate(mesh: Mesh) -> tuple[Mesh, str]:
    extent = float(np.ptp(mesh.vertices.astype(np.float64), axis=0).max(initial=0)) if len(mesh.vertices) else 0.0
    kept = np.linalg.norm(face_crosses(mesh), axis=1) > FLATTEST * extent**2
    return part(mesh, kept), _counted(int((~kept).sum()), "face", "without area, and left out")


def _without_doubles(mesh: Mesh) -> tuple[Mesh, str]:
    _, first = np.unique(np.sort(welded(mesh), axis=1), axis=0, return_index=True)
    doubled = len(mesh) - len(first)
    return part(mesh, np.sort(first)), _counted(doubled, "face", "there twice, and left out once")


def _with_manifold_edges(mesh: Mesh) -> tuple[Mesh, str]:
    """Drop the smallest of more than two faces at an edge, until there are none."""
    before = len(mesh)
    for _ in range(ROUNDS):
        found = Edges.of(welded(mesh))
        crowded = np.flatnonzero(found.counts[found.of_side] > 2)
        if not len(crowded):
            break
        areas = np.linalg.norm(face_crosses(mesh), axis=1)
        order = crowded[np.lexsort((-areas[crowded // 3], found.of_side[crowded]))]
        edge = found.of_side[order]
        rank = np.arange(len(order)) - np.searchsorted(edge, edge)
        kept = np.ones(len(mesh), bool)
        kept[order[rank >= 2] // 3] = False
        mesh = part(mesh, kept)
    return mesh, _counted(before - len(mesh), "face", "a third or further one at an edge, and left out")


def _with_manifold_vertices(mesh: Mesh) -> tuple[Mesh, str]:
    """Give each fan of faces around a vertex a vertex of its own.

    A vertex of its own only says so while it lies elsewhere: copies are moved apart by a hair, towards their fans.
    """
    faces = welded(mesh)
    first, second = Edges.of(faces).pairs()
    fan = fans(faces, first, second)
    owners = np.unique(np.stack([faces.reshape(-1), fan], axis=1), axis=0)
    _, fans_of = np.unique(owners[:, 0], return_counts=True)
    shared = np.flatnonzero(fans_of > 1)
    if not len(shared):
        return mesh, ""
    moved = _moved_apart(mesh, faces, fan, np.unique(owners[:, 0])[shared])
    return moved, _counted(len(shared), "vertex", "shared by surfaces that only touch, and doubled").replace(
        "vertexs", "vertices"
    )


def _moved_apart(mesh: Mesh, faces: NDArray[np.int64], fan: NDArray[np.int64], places: NDArray[np.int64]) -> Mesh:
    corners = np.flatnonzero(np.isin(faces.reshape(-1), places))
    old = mesh.faces.reshape(-1)[corners]
    rows, new = np.unique(np.stack([old, fan[corners]], axis=1), axis=0, return_inverse=True)
    centers = mesh.vertices[mesh.faces].mean(1, dtype=np.float64)[corners // 3]
    count = np.bincount(new.reshape(-1))
    toward = np.stack([np.bincount(new.reshape(-1), centers[:, k]) for k in range(3)], axis=1) / count[:, None]
    source = mesh.vertices[rows[:, 0]].astype(np.float64)
    copies = (source + 1e-3 * (toward - source)).astype(np.float32)
    flat = mesh.faces.reshape(-1).astype(np.int64)
    flat[corners] = len(mesh.vertices) + new.reshape(-1)
    rest: dict[str, Any] = {
        name: np.concatenate([values, values[rows[:, 0]]]) for name, values in mesh.at_vertices().items()
    }
    grown = replace(mesh, vertices=np.concatenate([mesh.vertices, copies]), **rest)
    return with_faces(grown, flat.reshape(-1, 3).astype(np.int32))


def _turned(mesh: Mesh) -> tuple[Mesh, str]:
    """Turn faces so that neighbours agree and components face outwards.

    Each face is laid down twice, as it is and turned; halves that agree across an edge are joined. A component that can
    be oriented falls into two parts, one of which is chosen.
    """
    faces = welded(mesh)
    found, count = Edges.of(faces), len(faces)
    first, second = found.pairs()
    disagree = (found.upward[first] == found.upward[second]).astype(np.int64)
    f, g = first // 3, second // 3
    sheet = labels_of(
        2 * count, np.concatenate([f, f + count]), np.concatenate([g + disagree * count, g + (1 - disagree) * count])
    )
    turned = _outward(mesh, sheet)
    if not turned.any():
        return mesh, ""
    corners = mesh.faces.copy()
    corners[turned] = corners[turned][:, ::-1]
    notice = _counted(int(turned.sum()), "face", "turned to look outwards")
    return replace(mesh, faces=corners, normals=None), notice


def _outward(mesh: Mesh, sheet: NDArray[np.int64]) -> NDArray[np.bool_]:
    """(F,) bool: faces to turn. One-sided components, whose two sheets are one, stay as they are."""
    count = len(mesh)
    upper, lower = sheet[:count], sheet[count:]
    volumes = _cones(mesh, np.minimum(upper, lower))
    total = np.bincount(upper, volumes, minlength=len(sheet)) - np.bincount(lower, volumes, minlength=len(sheet))
    faces_as_given = np.bincount(upper, minlength=len(sheet))
    ahead = total[upper] - total[lower]
    worse = np.where(_has_outside(mesh, upper, lower), ahead < 0, faces_as_given[upper] < faces_as_given[lower])
    return np.asarray(worse & (upper != lower))


def _has_outside(mesh: Mesh, upper: NDArray[np.int64], lower: NDArray[np.int64]) -> NDArray[np.bool_]:
    """(F,) bool: whether a face's component is closed, or nearly: then its faces, one side out, look all ways alike.

    Others, such as a landscape, keep the direction of most of their faces.
    """
    crosses, size = face_crosses(mesh), max(int(upper.max()), int(lower.max())) + 1
    along = [np.bincount(upper, axis, minlength=size) - np.bincount(lower, axis, minlength=size) for axis in crosses.T]
    area = np.bincount(upper, np.linalg.norm(crosses, axis=1), minlength=size)
    area += np.bincount(lower, np.linalg.norm(crosses, axis=1), minlength=size)
    return np.asarray((np.linalg.norm(along, axis=0) < NEARLY_CLOSED * area)[upper])


def _cones(mesh: Mesh, label: NDArray[np.int64]) -> NDArray[np.float64]:
    """(F,) float64: signed volumes between faces and the middle of their component."""
    centers = mesh.vertices[mesh.faces].mean(1, dtype=np.float64)
    count = np.maximum(np.bincount(label), 1)
    middle = np.stack([np.bincount(label, centers[:, k]) / count for k in range(3)], axis=1)
    return np.asarray((face_crosses(mesh) * (centers - middle[label])).sum(1) / 6)
