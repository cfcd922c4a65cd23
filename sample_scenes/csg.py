"""Solids of constructive geometry whose parts are known exactly: unions of convex polytopes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recon.scene import Mesh

Floats = NDArray[np.float64]

FEWEST, MOST = 3, 8
SMALLEST, LARGEST = 0.12, 0.45
LEAST_SHARED, MOST_SHARED = 0.003, 0.2  # of a part's volume that lies in others
SUNK = 0.05  # of a part's depth that is sunk into what it sticks to
ALIGNED = 0.5  # share of the parts that are turned as what they stick to
PROBES = 60_000


@dataclass(frozen=True, eq=False)
class Polytope:
    """A convex part.

    Parameters
    ----------
    vertices : (V, 3) float64
    turn : (3, 3) float64
        Rotation world_from_part.
    """

    vertices: Floats
    turn: Floats

    @property
    def planes(self) -> Floats:
        """(F, 4) float64: n and d with n . x + d <= 0 inside."""
        from scipy.spatial import ConvexHull

        return np.asarray(ConvexHull(self.vertices).equations)

    def moved(self, by: Floats) -> Polytope:
        """The same elsewhere."""
        return Polytope(self.vertices + by, self.turn)


@dataclass(frozen=True, eq=False)
class Csg:
    """A union of convex parts."""

    parts: tuple[Polytope, ...]

    def each(self, points: Floats) -> NDArray[np.bool_]:
        """(B, P) bool: whether points (P, 3) are in each part."""
        made = []
        for part in self.parts:
            planes = part.planes
            made.append((points @ planes[:, :3].T + planes[:, 3] <= 0).all(1))
        return np.stack(made)

    def bounds(self) -> Floats:
        """(2, 3) float64."""
        corners = np.concatenate([part.vertices for part in self.parts])
        return np.stack([corners.min(0), corners.max(0)])

    def mesh(self) -> Mesh:
        """All parts' closed surfaces in one mesh; they reach into each other."""
        from scipy.spatial import ConvexHull

        vertices, faces, start = [], [], 0
        for part in self.parts:
            hull = ConvexHull(part.vertices)
            a, b, c = (part.vertices[hull.simplices[:, k]] for k in range(3))
            inwards = (np.cross(b - a, c - a) * hull.equations[:, :3]).sum(1) < 0
            triangles = np.where(inwards[:, None], hull.simplices[:, ::-1], hull.simplices)
            vertices.append(part.vertices)
            faces.append(triangles + start)
            start += len(part.vertices)
        return Mesh(np.concatenate(vertices).astype(np.float32), np.concatenate(faces).astype(np.int32), name="csg")


def make_csg(seed: int) -> Csg:
    """Invent a union of three to eight boxes, wedges, prisms and frusta; the same seed always gives the same one.

    Each part but the first is sunk a little into another; at most a fifth of any lies in the others.
    """
    generator = np.random.default_rng([seed, 13])
    count = int(generator.integers(FEWEST, MOST + 1))
    parts = [_polytope(generator, np.eye(3))]
    while len(parts) < count:
        host = parts[int(generator.integers(len(parts)))]
        turn = host.turn if generator.random() < ALIGNED else _random_turn(generator)
        grown = [*parts, _attached(generator, host, _polytope(generator, turn))]
        if _is_apart(Csg(tuple(grown)), generator):
            parts = grown
    return Csg(tuple(parts))


def _random_turn(generator: np.random.Generator) -> Floats:
    turn, triangular = np.linalg.qr(generator.normal(size=(3, 3)))
    turn *= np.sign(np.diag(triangular))
    return np.asarray(turn * np.sign(np.linalg.det(turn)))


def _polytope(generator: np.random.Generator, turn: Floats) -> Polytope:
    """A prism over 3, 4, 5, 6 or 12 corners, half of the time narrower at its upper end."""
    corners = int(generator.choice([3, 4, 4, 4, 5, 6, 12]))
    angles = 2 * np.pi * (np.arange(corners) + 0.5) / corners
    ring = np.stack([np.cos(angles), np.sin(angles)], axis=1) / np.cos(np.pi / corners)
    taper = generator.uniform(0.4, 1.0) if generator.random() < 0.5 else 1.0
    lower, upper = (np.column_stack([ring * width, np.full(corners, z)]) for width, z in ((1, -1), (taper, 1)))
    half = SMALLEST * (LARGEST / SMALLEST) ** generator.random(3)
    return Polytope(np.concatenate([lower, upper]) * half @ turn.T, turn)


def _attached(generator: np.random.Generator, host: Polytope, part: Polytope) -> Polytope:
    """The part at a random place of a random face of the host, standing out from there."""
    planes = host.planes
    normal = planes[generator.integers(len(planes))]
    on_face = host.vertices[np.abs(host.vertices @ normal[:3] + normal[3]) < 1e-9]
    place = generator.dirichlet(np.ones(len(on_face))) @ on_face
    depth = -(part.vertices @ normal[:3]).min()
    return part.moved(place + (1 - 2 * SUNK) * depth * normal[:3])


def _is_apart(csg: Csg, generator: np.random.Generator) -> bool:
    """Whether the last part sticks to the others, and none is hidden in the others."""
    inside = csg.each(generator.uniform(*csg.bounds(), (PROBES, 3)))
    shared = (inside & (inside.sum(0) > 1)).sum(1) / np.maximum(inside.sum(1), 1)
    return bool(shared[-1] > LEAST_SHARED and (shared < MOST_SHARED).all())
