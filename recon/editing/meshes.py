"""Edits of meshes: operations that cut, thin, smooth, close and move them, applied to a result anew.

A texture stays where its vertices stay; where they cannot, each vertex takes the colour that the texture has there.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recon.editing.placement import IDENTITY, UNIT, Placement, Triple
from recon.editing.space import in_box
from recon.errors import InputError
from recon.meshes import close_holes, keep_components, part, simplify, smooth, with_vertex_colors
from recon.scene import Mesh
from recon.scene.transforms import transformed

FEWEST, MOST = 4, 100_000_000  # faces
MOST_ROUNDS, MOST_EDGES = 1000, 10_000_000


class MeshOperation(ABC):
    """One step of an edit of a mesh: a frozen dataclass of plain numbers that compares by value and saves as JSON."""

    @abstractmethod
    def apply(self, mesh: Mesh) -> Mesh:
        """What it makes of a mesh; the mesh itself stays as it was.

        Raises
        ------
        InputError
            If nothing would be left, or the mesh has no faces.
        """


@dataclass(frozen=True)
class CropMesh(MeshOperation):
    """Remove every face that is not wholly within a box.

    Parameters
    ----------
    placement : Placement
        World from box; the box stands around its origin.
    size : (3,) tuple
        Of the box before it is placed, whole edges.
    """

    placement: Placement = IDENTITY
    size: Triple = UNIT

    def apply(self, mesh: Mesh) -> Mesh:
        """Crop."""
        inside = in_box(mesh.vertices, self.placement, self.size)
        kept = np.asarray(inside[mesh.faces].all(axis=1))
        if not kept.any():
            raise InputError("No face lies within the box, so nothing would be left. Move the box or make it larger.")
        return part(mesh, kept)


@dataclass(frozen=True)
class SimplifyMesh(MeshOperation):
    """Have fewer faces; a texture becomes colours of vertices.

    Parameters
    ----------
    faces : int
        At most.
    """

    faces: int = 30_000

    def __post_init__(self) -> None:
        _check("a number of faces", self.faces, FEWEST, MOST)

    def apply(self, mesh: Mesh) -> Mesh:
        """Simplify."""
        return mesh if len(mesh) <= self.faces else simplify(with_vertex_colors(mesh), self.faces)


@dataclass(frozen=True)
class SmoothMesh(MeshOperation):
    """Smooth without shrinking; borders stay, and so does the texture.

    Parameters
    ----------
    rounds : int
        More is smoother.
    """

    rounds: int = 5

    def __post_init__(self) -> None:
        _check("a number of rounds", self.rounds, 1, MOST_ROUNDS)

    def apply(self, mesh: Mesh) -> Mesh:
        """Smooth."""
        return smooth(mesh, self.rounds)


@dataclass(frozen=True)
class FillHoles(MeshOperation):
    """Close holes of not too many edges; the caps take their colours from the borders.

    Parameters
    ----------
    longest : int
        Edges of the longest border that is closed.
    """

    longest: int = 100

    def __post_init__(self) -> None:
        _check("a number of edges", self.longest, 3, MOST_EDGES)

    def apply(self, mesh: Mesh) -> Mesh:
        """Close."""
        return close_holes(mesh, longest=self.longest)


@dataclass(frozen=True)
class RemoveSmall(MeshOperation):
    """Remove components that are much smaller than the largest one.

    Parameters
    ----------
    smallest : float
        Share of the largest one's area from which a component stays, in [0, 1].
    """

    smallest: float = 0.03

    def __post_init__(self) -> None:
        _check("a share", self.smallest, 0, 1)

    def apply(self, mesh: Mesh) -> Mesh:
        """Remove."""
        return keep_components(mesh, smallest=self.smallest)


@dataclass(frozen=True)
class MoveMesh(MeshOperation):
    """Move, turn and resize the mesh as a whole.

    Parameters
    ----------
    placement : Placement
        New world from old world.
    """

    placement: Placement = IDENTITY

    def apply(self, mesh: Mesh) -> Mesh:
        """Move."""
        return transformed(mesh, self.placement.similarity)


def apply_to_mesh(mesh: Mesh, operations: Sequence[MeshOperation]) -> Mesh:
    """A mesh as operations leave it.

    Raises
    ------
    InputError
        If one of them would leave nothing.
    """
    for operation in operations:
        mesh = operation.apply(mesh)
    return mesh


def _check(what: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise ValueError(f"{what} from {low} to {high} was wanted, got {value}")
