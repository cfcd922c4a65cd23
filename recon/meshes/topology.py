"""What a mesh is made of: edges and who shares them, components, boundaries, and the numbers that follow.

A mesh with a texture has a vertex once for each side of a seam; here all vertices at one place are one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recon.scene import Mesh

Ints = NDArray[np.int64]


def welded(mesh: Mesh) -> Ints:
    """(F, 3) int64: faces by the place of their corners, each place one number."""
    places = mesh.vertices + np.float32(0)  # -0 and 0 are one place
    order = np.lexsort(places.T)  # many times faster than numpy's unique rows
    new = (
        np.concatenate([[False], (places[order[1:]] != places[order[:-1]]).any(1)])
        if len(places)
        else np.zeros(0, bool)
    )
    number = np.empty(len(places), np.int64)
    number[order] = np.cumsum(new)
    return np.asarray(number[mesh.faces], np.int64).reshape(-1, 3)


@dataclass(frozen=True, eq=False)
class Edges:
    """The sides of faces, grouped by the edge that they lie on.

    Parameters
    ----------
    edges : (E, 2) int64
        Vertices, the lower first.
    of_side : (3 F,) int64
        The edge of each side; sides 3 f, 3 f + 1, 3 f + 2 belong to face f and begin at its corners 0, 1, 2.
    upward : (3 F,) bool
        Whether the side runs from the lower vertex to the higher.
    counts : (E,) int64
        How many sides lie on each edge.
    """

    edges: Ints
    of_side: Ints
    upward: NDArray[np.bool_]
    counts: Ints

    @classmethod
    def of(cls, faces: Ints) -> Edges:
        """Group the sides of (F, 3) faces."""
        sides = np.stack([faces, np.roll(faces, -1, axis=1)], axis=2).reshape(-1, 2)
        low, high = sides.min(1), sides.max(1)
        base = int(sides.max(initial=0)) + 1
        keys, of_side, counts = np.unique(low * base + high, return_inverse=True, return_counts=True)
        edges = np.stack([keys // base, keys % base], axis=1)
        return cls(edges, of_side.reshape(-1), sides[:, 0] < sides[:, 1], counts)

    def pairs(self) -> tuple[Ints, Ints]:
        """Sides (P,) and (P,) that meet on edges which exactly two share."""
        order = np.argsort(self.of_side, kind="stable")
        order = order[self.counts[self.of_side[order]] == 2]
        return order[::2], order[1::2]

    def groups(self) -> tuple[Ints, Ints]:
        """Sides (P,) and (P,) that follow each other on one edge, however many share it."""
        order = np.argsort(self.of_side, kind="stable")
        same = self.of_side[order[1:]] == self.of_side[order[:-1]]
        return order[:-1][same], order[1:][same]


def labels_of(count: int, first: Ints, second: Ints) -> Ints:
    """(count,) int64: the connected part of each of some things, where things first[i] and second[i] are joined."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    joined = coo_matrix((np.ones(len(first), np.int8), (first, second)), shape=(count, count))
    return np.asarray(connected_components(joined, directed=False)[1], np.int64)


def fans(faces: Ints, first: Ints, second: Ints) -> Ints:
    """(3 F,) int64: corners that hang together across edges at their vertex have one number.

    Parameters
    ----------
    faces : (F, 3) int64
        By place; see `welded`.
    first, second : (P,) int64
        Sides that meet on edges, such as `Edges.pairs`; only these are crossed.
    """

    def other_end(side: Ints) -> Ints:
        return side // 3 * 3 + (side + 1) % 3

    begin, end = first, other_end(first)
    flat = faces.reshape(-1)
    along = flat[second] == flat[begin]  # where windings disagree, sides run alike
    same = np.where(along, second, other_end(second))
    opposite = np.where(along, other_end(second), second)
    return labels_of(len(flat), np.concatenate([begin, end]), np.concatenate([same, opposite]))


def components(faces: Ints) -> Ints:
    """(F,) int64: the component of each face; faces belong together across edges."""
    first, second = Edges.of(faces).groups()
    return labels_of(len(faces), first // 3, second // 3)


def boundary_sides(faces: Ints) -> Ints:
    """(B, 2) int64: sides whose edge nothing else shares, in the direction of their face."""
    found = Edges.of(faces)
    alone = np.flatnonzero(found.counts[found.of_side] == 1)
    return np.stack([faces[alone // 3, alone % 3], faces[alone // 3, (alone + 1) % 3]], axis=1)


@dataclass(frozen=True)
class Topology:
    """Numbers of a mesh, seams of textures not counted.

    Parameters
    ----------
    vertices, edges, faces : int
    components : int
        Parts that hang together across edges.
    boundary_edges : int
        Edges of one face only.
    boundary_loops : int
        Holes and outer borders.
    nonmanifold_edges : int
        Edges of more than two faces.
    euler : int
        V - E + F: 2 for each sphere, 2 - 2 g for a closed surface with g handles.
    watertight : bool
        Closed, and every edge shared by exactly two faces that run along it in opposite directions.
    area : float
        World units squared.
    volume : float, optional
        World units cubed, of what is enclosed; None where it is not watertight.
    """

    vertices: int
    edges: int
    faces: int
    components: int
    boundary_edges: int
    boundary_loops: int
    nonmanifold_edges: int
    euler: int
    watertight: bool
    area: float
    volume: float | None


def topology(mesh: Mesh) -> Topology:
    """Count what a mesh is made of."""
    faces = welded(mesh)
    found = Edges.of(faces)
    used = np.unique(faces)
    boundary = boundary_sides(faces)
    first, second = found.pairs()
    consistent = bool((found.upward[first] != found.upward[second]).all())
    watertight = len(faces) > 0 and consistent and bool((found.counts == 2).all())
    ends, at = np.unique(boundary, return_inverse=True)
    loops = labels_of(len(ends), *at.reshape(-1, 2).T).max(initial=-1) + 1
    return Topology(
        vertices=len(used),
        edges=len(found.edges),
        faces=len(faces),
        components=int(components(faces).max(initial=-1)) + 1,
        boundary_edges=len(boundary),
        boundary_loops=int(loops),
        nonmanifold_edges=int((found.counts > 2).sum()),
        euler=len(used) - len(found.edges) + len(faces),
        watertight=watertight,
        area=float(np.linalg.norm(face_crosses(mesh), axis=1).sum() / 2),
        volume=signed_volume(mesh) if watertight else None,
    )


def face_crosses(mesh: Mesh) -> NDArray[np.float64]:
    """(F, 3) float64: normals of faces, as long as twice their areas."""
    a, b, c = (mesh.vertices[mesh.faces[:, k]].astype(np.float64) for k in range(3))
    return np.cross(b - a, c - a)


def signed_volume(mesh: Mesh) -> float:
    """World units cubed, negative where normals point inwards; means something only for closed meshes."""
    return float(cone_volumes(mesh).sum())


def cone_volumes(mesh: Mesh) -> NDArray[np.float64]:
    """(F,) float64: signed volumes between faces and the mean of all vertices."""
    center = mesh.vertices.mean(0, dtype=np.float64) if len(mesh.vertices) else np.zeros(3)
    apex = mesh.vertices[mesh.faces[:, 0]] - center
    return np.asarray((face_crosses(mesh) * apex).sum(1) / 6)
