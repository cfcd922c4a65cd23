"""The two sets of deformable meshes: codes and offsets that are fitted, and the vertices that they make."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from recon.methods.shaping.cells import Cells
from recon.methods.shaping.icosphere import FACES, VERTICES, faces_of
from recon.methods.shaping.shapes import HALF_DIAGONAL, Decoder, Shapes, sphere_code

SMALLEST_AREA = 1e-12


@dataclass(frozen=True, eq=False)
class Primitives:
    """N primitives, the fine ones first.

    Parameters
    ----------
    centers : (N, 3) float32
    sizes : (N,) float32
        Sides of their voxels.
    fine : int
        How many are fine.
    inflation : float
        By how much each is larger about its own middle than its code says: it closes the cracks between neighbours, and
        flat ones stay in their plane.
    """

    centers: Tensor
    sizes: Tensor
    fine: int
    inflation: float

    def __len__(self) -> int:
        return len(self.centers)

    @property
    def fine_faces(self) -> int:
        """How many faces are of fine primitives."""
        return self.fine * FACES

    @property
    def fine_vertices(self) -> int:
        """How many vertices are of fine primitives."""
        return self.fine * VERTICES

    def vertices(self, decoder: Decoder, codes: Tensor, offsets: Tensor) -> Tensor:
        """(N * 42, 3): of codes (N, 8) and offsets (N, 3) in half diagonals; differentiable."""
        shapes = decoder(codes)
        middles = shapes.mean(1, keepdim=True)
        placed = middles + (shapes - middles) * self.inflation + offsets[:, None]
        return (self.centers[:, None] + placed * (self.sizes * HALF_DIAGONAL)[:, None, None]).reshape(-1, 3)

    def faces(self) -> Tensor:
        """(N * 80, 3) int32."""
        return torch.from_numpy(faces_of(len(self))).to(self.centers.device)

    def face_sizes(self, faces: Tensor) -> Tensor:
        """Sides of the voxels that faces, given by number, belong to."""
        return self.sizes[faces.long() // FACES]


def primitives_of(fine: Cells, coarse: Cells | None, inflation: float, device: torch.device) -> Primitives:
    """Primitives in voxels."""
    sets = [fine] if coarse is None else [fine, coarse]
    centers = np.concatenate([cells.centers for cells in sets])
    sizes = np.concatenate([cells.sizes for cells in sets])
    return Primitives(torch.from_numpy(centers).to(device), torch.from_numpy(sizes).to(device), len(fine), inflation)


@torch.no_grad()
def first_codes(fine: Cells, coarse: Cells | None, shapes: Shapes, *, learned: bool) -> Tensor:
    """(N, 8): what the encoder makes of each voxel's points, or the sphere's code for all."""
    device = shapes.decoder.template.device
    if not learned:
        count = len(fine) + (0 if coarse is None else len(coarse))
        return sphere_code(shapes).expand(count, -1).clone()
    sets = [fine] if coarse is None else [fine, coarse]
    parts = [torch.zeros(0, 8, device=device)]
    for cells in sets:
        points, counts = torch.from_numpy(cells.points).to(device), torch.from_numpy(cells.counts).to(device)
        parts += [
            shapes.encoder(points[first : first + 1024], counts[first : first + 1024])
            for first in range(0, len(cells), 1024)
        ]
    return torch.cat(parts)


def face_normals(vertices: Tensor, faces: Tensor) -> Tensor:
    """(F, 3): across each face, twice its area long."""
    a, b, c = vertices[faces.long()].unbind(1)
    return torch.linalg.cross(b - a, c - a)


def vertex_normals(vertices: Tensor, faces: Tensor) -> tuple[Tensor, Tensor]:
    """(V, 3) unit normals, weighted by area, and (V,) a third of the area of the faces around each vertex."""
    across = face_normals(vertices, faces)
    areas = across.norm(dim=1) / 6
    normals, shares = torch.zeros_like(vertices), torch.zeros_like(vertices[:, 0])
    for corner in range(3):
        normals.index_add_(0, faces[:, corner].long(), across)
        shares.index_add_(0, faces[:, corner].long(), areas)
    return functional.normalize(normals, dim=1, eps=SMALLEST_AREA), shares
