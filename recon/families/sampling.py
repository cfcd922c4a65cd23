"""Points at which a family's parts and its shapes are compared, and shapes that are stretched a little to have more."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import grid_sample

from recon.families.cubes import CELLS, Cube, cell_middles
from recon.families.network import SEEN

NEAR = 0.07  # half cube sides from the surface, where half of the points lie
STRETCHED = 0.2  # at most, along each axis


class Samples:
    """Draws points of cubes.

    Parameters
    ----------
    cubes : sequence of Cube
    seed : int
    """

    def __init__(self, cubes: Sequence[Cube], seed: int) -> None:
        self._generator = torch.Generator().manual_seed(seed)
        self._distances = torch.from_numpy(np.stack([cube.distances for cube in cubes]))
        self._flat = self._distances.flatten(1)
        self._points = torch.from_numpy(cell_middles().reshape(-1, 3).astype(np.float32))
        self._near = [torch.nonzero(distances.abs() < NEAR)[:, 0] for distances in self._flat]

    def __len__(self) -> int:
        return len(self._distances)

    def some(self, count: int) -> Tensor:
        """Indices (count,) of shapes."""
        return torch.randint(len(self), (count,), generator=self._generator)

    def scales(self, count: int) -> Tensor:
        """(count, 3): how shapes are stretched, none beyond the cube."""
        drawn = 1 + STRETCHED * (2 * torch.rand(count, 3, generator=self._generator) - 1)
        return drawn / drawn.amax(1, keepdim=True).clamp_min(1)

    def seen(self, rows: Tensor, scales: Tensor) -> Tensor:
        """Distances (B, 32, 32, 32) of stretched shapes, as the encoder sees them."""
        along = (torch.arange(SEEN) + 0.5) / SEEN * 2 - 1
        grid = torch.stack(torch.meshgrid(along, along, along, indexing="ij"), dim=-1)
        at = grid / scales[:, None, None, None]
        # grid_sample names x what runs fastest.
        found = grid_sample(self._distances[rows][:, None], at.flip(-1), padding_mode="border", align_corners=False)
        return found[:, 0] * _size(scales)[:, None, None, None]

    def points(self, rows: Tensor, scales: Tensor, count: int) -> tuple[Tensor, Tensor]:
        """Points (B, count, 3) of stretched shapes, half of them near the surface, and their distances (B, count)."""
        chosen = torch.stack([self._chosen(row, count) for row in rows.tolist()])
        found = self._flat[rows].gather(1, chosen)
        return self._points[chosen] * scales[:, None], found * _size(scales)[:, None]

    def spread(self, row: int, count: int) -> tuple[Tensor, Tensor]:
        """Points (count, 3) all over a shape's cube, and their distances (count,)."""
        chosen = torch.randint(CELLS**3, (count,), generator=self._generator)
        return self._points[chosen], self._flat[row][chosen]

    def inside(self, count: int) -> Tensor:
        """Points (N, 3), at most `count` of them inside each shape."""
        made = []
        for distances in self._flat:
            filled = torch.nonzero(distances < 0)[:, 0]
            made.append(self._points[filled[torch.randperm(len(filled), generator=self._generator)[:count]]])
        return torch.cat(made)

    def _chosen(self, row: int, count: int) -> Tensor:
        near = self._near[row]
        anywhere = torch.randint(CELLS**3, (count - count // 2,), generator=self._generator)
        return torch.cat([anywhere, near[torch.randint(len(near), (count // 2,), generator=self._generator)]])


def _size(scales: Tensor) -> Tensor:
    """(B,): how much longer distances are, about."""
    return scales.prod(1) ** (1 / 3)
