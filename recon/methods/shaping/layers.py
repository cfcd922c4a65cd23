"""Which faces each pixel sees, fine ones nearest first and then coarse ones; found once, for the shapes are fixed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor
from torch.nn import functional

from recon.methods.shaping.primitives import SMALLEST_AREA, face_normals
from recon.methods.shaping.views import Views
from recon.render import Cameras, Fragments, rasterize_fronts

NEAR = 0.05  # of a fine voxel
NOTHING = -1


@dataclass(frozen=True, eq=False)
class Surface:
    """The faces of all primitives.

    Parameters
    ----------
    vertices : (V, 3) float32
        Local.
    faces : (F, 3) int32
    fine_faces : int
        The first so many are of fine primitives.
    normals : (F, 3) float32
        Unit.
    depth : tuple of int
        How many layers of fine and of coarse faces are looked through.
    """

    vertices: Tensor
    faces: Tensor
    fine_faces: int
    normals: Tensor
    depth: tuple[int, int]

    @classmethod
    def of(cls, vertices: Tensor, faces: Tensor, fine_faces: int, depth: tuple[int, int]) -> Surface:
        """Work out the normals."""
        normals = functional.normalize(face_normals(vertices, faces), dim=1, eps=SMALLEST_AREA)
        return cls(vertices, faces, fine_faces, normals, depth)

    @property
    def layers(self) -> int:
        """How many layers there are in all."""
        return sum(self.depth)


@dataclass(frozen=True, eq=False)
class Layers:
    """What P pixels see.

    Parameters
    ----------
    faces : (P, K) int32
        -1 where there is nothing.
    weights : (P, K, 2) float16
        Of the first two corners.
    """

    faces: Tensor
    weights: Tensor


def draw_front(vertices: Tensor, faces: Tensor, cameras: Cameras, layers: int) -> Fragments:
    """What a camera sees of outsides alone; differentiable, with faces named by their number in `faces`."""
    return rasterize_fronts(vertices, faces, cameras, layers=layers, near=NEAR)


@torch.no_grad()
def layers_of(surface: Surface, cameras: Cameras) -> Layers:
    """What one camera sees: fine layers, then coarse ones."""
    faces, weights = [], []
    bounds = (0, surface.fine_faces, len(surface.faces))
    for (first, last), depth in zip(pairwise(bounds), surface.depth, strict=True):
        if depth:
            drawn = draw_front(surface.vertices, surface.faces[first:last], cameras, depth)
            names = drawn.faces.reshape(-1, depth)
            faces.append(torch.where(names == NOTHING, names, names + first))
            weights.append(drawn.barycentrics.reshape(-1, depth, 3)[..., :2].half())
    return Layers(torch.cat(faces, 1), torch.cat(weights, 1))


def all_layers(surface: Surface, views: Views) -> Iterator[float | Layers]:
    """What the pixels of all views see: yields the share that is done, and at last all of it."""
    parts: list[Layers] = []
    for cameras in views.cameras:
        parts.append(layers_of(surface, cameras))
        yield len(parts) / len(views)
    yield Layers(torch.cat([part.faces for part in parts]), torch.cat([part.weights for part in parts]))


@dataclass(frozen=True, eq=False)
class Hits:
    """The M faces that B rays meet.

    Parameters
    ----------
    rays, places : (M,) int64
        Which ray, and in which of its K layers.
    faces : (M,) int64
    corners : (M, 3) int64
        Vertices.
    weights : (M, 3) float32
    shape : tuple of int
        B and K.
    """

    rays: Tensor
    places: Tensor
    faces: Tensor
    corners: Tensor
    weights: Tensor
    shape: tuple[int, int]

    @classmethod
    def of(cls, layers: Layers, pixels: Tensor | slice, surface: Surface) -> Hits:
        """Those of some pixels."""
        names, two = layers.faces[pixels], layers.weights[pixels]
        rays, places = (names != NOTHING).nonzero(as_tuple=True)
        faces = names[rays, places].long()
        first = two[rays, places].float()
        weights = torch.cat([first, 1 - first.sum(1, keepdim=True)], 1)
        return cls(rays, places, faces, surface.faces[faces].long(), weights, (len(names), names.shape[1]))

    def blended(self, values: Tensor) -> Tensor:
        """(M, D): values (V, D) at vertices, at the points that are met."""
        return functional.embedding_bag(self.corners, values, per_sample_weights=self.weights, mode="sum")

    def table(self, values: Tensor, elsewhere: float) -> Tensor:
        """(B, K): values (M,) where they belong."""
        full = torch.full(self.shape, elsewhere, dtype=values.dtype, device=values.device)
        return full.index_put((self.rays, self.places), values)

    def composed(self, opacities: Tensor, colors: Tensor, behind: Tensor) -> tuple[Tensor, Tensor]:
        """(B, 3): colours (M, 3) over each other by their opacities (M,), over what is behind all (B, 3).

        And (B,) how much of what is behind all is seen.
        """
        weights, left = self.visibilities(opacities)
        image = left[:, None] * behind
        return image.index_add(0, self.rays, colors * weights[:, None]), left

    def visibilities(self, opacities: Tensor) -> tuple[Tensor, Tensor]:
        """(M,) how much of each hit is seen, and (B,) how much of what is behind all."""
        passing = torch.cumprod(1 - self.table(opacities, 0.0) + 1e-7, 1)
        before = torch.cat([torch.ones_like(passing[:, :1]), passing[:, :-1]], 1)
        return opacities * before[self.rays, self.places], passing[:, -1]
