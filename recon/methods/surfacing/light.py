"""Light that changes with the viewpoint: what photographs show more than the texture, at each vertex, by direction.

A texture has one colour for all who look; a real surface shines. What is left over in the photographs is told by
harmonics of degree 0 and 1 at vertices; the texture stays as it is, for programs that know of nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from recon.meshes.topology import welded
from recon.methods.surfacing.painting import Seen, drawn, feather, texture_at
from recon.render import threads
from recon.scene import Mesh
from recon.scene.harmonics import first_terms
from recon.scene.mesh import LIGHT_TERMS

Floats = NDArray[np.float32]
ROUNDS = 2  # the second takes what the first, in which every vertex speaks for itself, leaves over
DOUBT = 0.1  # photographs' worth of nothing left over that every vertex has seen besides
PIXELS = 400_000  # of a photograph that are looked at


@dataclass(frozen=True, eq=False)
class _Places:
    """A mesh without the seams of its texture: N places, and which of them each face and each vertex has."""

    positions: Floats
    corners: NDArray[np.int32]
    of_vertex: NDArray[np.int64]

    @classmethod
    def of(cls, mesh: Mesh) -> _Places:
        corners = welded(mesh)
        of_vertex = np.zeros(len(mesh.vertices), np.int64)
        of_vertex[mesh.faces.reshape(-1)] = corners.reshape(-1)
        positions = np.zeros((int(corners.max()) + 1, 3), np.float32)
        positions[corners.reshape(-1)] = mesh.vertices[mesh.faces.reshape(-1)]
        return cls(positions, corners.astype(np.int32), of_vertex)


def lit(mesh: Mesh, photographs: Sequence[Seen]) -> Iterator[tuple[float, Mesh]]:
    """Fit the light of a textured mesh to photographs; yields how far it is, and the mesh as it was, then with it.

    Each vertex takes the least squares over the pixels around it, weighted by their share in it and damped; a second
    round does the same with what the first leaves over.
    """
    places = _Places.of(mesh)
    light = np.zeros((len(places.positions), LIGHT_TERMS, 3), np.float32)
    for done in range(ROUNDS):
        equations = _Equations.none(len(light))
        for number, seen in enumerate(photographs, start=1):
            equations.add(mesh, places, seen, light)
            yield (done + number / len(photographs)) / ROUNDS, mesh
        light += equations.solved()
    yield 1.0, replace(mesh, light=light[places.of_vertex])


@dataclass(frozen=True, eq=False)
class _Equations:
    """Normal equations of N places, and how many photographs are in them."""

    moments: NDArray[np.float64]
    totals: NDArray[np.float64]
    photographs: NDArray[np.int64]

    @classmethod
    def none(cls, count: int) -> _Equations:
        terms = LIGHT_TERMS
        return cls(np.zeros((count, terms, terms)), np.zeros((count, terms, 3)), np.zeros(count, np.int64))

    def add(self, mesh: Mesh, places: _Places, seen: Seen, light: Floats) -> None:
        """Add what a photograph shows beside the texture and the light so far."""
        from recon.methods.surfacing.light_kernels import collect

        before = self.moments[:, 0, 0].copy()
        found = drawn(mesh, seen.camera)
        every = max(1, math.ceil(math.sqrt(seen.depth.size / PIXELS)))
        some = np.s_[every // 2 :: every, every // 2 :: every]
        fragments = found.faces[0, ..., 0].numpy()[some], found.barycentrics[0, ..., 0, :].numpy()[some]
        left_over = seen.color[some] - texture_at(mesh, seen.uv[some])
        terms = first_terms(places.positions, seen.camera.center)
        with threads.LOCK:
            sums = light, self.moments, self.totals
            collect(places.corners, terms, fragments, (left_over, feather(seen)[some]), sums)
        self.photographs[self.moments[:, 0, 0] > before] += 1

    def solved(self) -> Floats:
        """(N, 4, 3): damped by as much as a part of a mean photograph would weigh."""
        damping = DOUBT * self.moments[:, 0, 0] / np.maximum(self.photographs, 1) + 1e-9
        damped = self.moments + damping[:, None, None] * np.eye(LIGHT_TERMS)
        return np.linalg.solve(damped, self.totals).astype(np.float32)
