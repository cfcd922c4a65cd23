"""Selecting by volumes in space, by neighbourhood, and as a whole."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recon.editing.base import Edited, Mask, Operation, Selection
from recon.editing.placement import IDENTITY, ORIGIN, UNIT, Placement, Triple, rotation_matrix


@dataclass(frozen=True)
class SelectSphere(Selection):
    """Select within a sphere.

    Parameters
    ----------
    center : (3,) tuple
        World coordinates.
    radius : float
        World units.
    """

    center: Triple = ORIGIN
    radius: float = 1.0

    def picks(self, edited: Edited) -> Mask:
        """Pick centres within the radius."""
        offsets = edited.splats.means - np.array(self.center, np.float32)
        return np.asarray(np.einsum("ij,ij->i", offsets, offsets) <= self.radius**2)


@dataclass(frozen=True)
class SelectBox(Selection):
    """Select within a box.

    Parameters
    ----------
    placement : Placement
        World from box; the box stands around its origin.
    size : (3,) tuple
        Of the box before it is placed, whole edges.
    """

    placement: Placement = IDENTITY
    size: Triple = UNIT

    def picks(self, edited: Edited) -> Mask:
        """Pick centres within."""
        return in_box(edited.splats.means, self.placement, self.size)


def in_box(points: NDArray[np.float32], placement: Placement, size: Triple) -> Mask:
    """Which points, (N, 3), lie within a box, (N,) bool."""
    offsets = points - np.array(placement.position, np.float32)
    local = np.abs(rotation_matrix(placement.rotation).T.astype(np.float32) @ offsets.T)
    reach = 0.5 * placement.scale * np.array(size, np.float32)
    inside = local[0] <= reach[0]
    inside &= local[1] <= reach[1]
    inside &= local[2] <= reach[2]
    return np.asarray(inside)


@dataclass(frozen=True)
class Grow(Operation):
    """Select the nearest neighbours of what is selected, too.

    Parameters
    ----------
    neighbours : int
        How many of each.
    """

    neighbours: int = 8

    def apply(self, edited: Edited) -> Edited:
        """Grow the selection."""
        chosen = edited.splats.means[edited.selected]
        if not len(chosen):
            return edited
        nearest = min(self.neighbours + 1, len(edited.splats))
        _, found = edited.measures.tree.query(chosen, k=range(1, nearest + 1), workers=-1)
        grown = edited.selected.copy()
        grown[found.ravel()] = True
        return edited.select(grown)


@dataclass(frozen=True)
class Invert(Operation):
    """Select what is not selected."""

    def apply(self, edited: Edited) -> Edited:
        """Turn the selection around."""
        return edited.select(~edited.selected)


@dataclass(frozen=True)
class All(Operation):
    """Select everything that is not hidden."""

    def apply(self, edited: Edited) -> Edited:
        """Select all."""
        return edited.select(np.ones(len(edited.splats), bool))


@dataclass(frozen=True)
class Clear(Operation):
    """Select nothing."""

    def apply(self, edited: Edited) -> Edited:
        """Clear the selection."""
        return edited.select(np.zeros(len(edited.splats), bool))
