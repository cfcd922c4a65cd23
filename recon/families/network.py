"""From a shape to the planes of its parts (BSP-Net, Chen et al. 2020).

A convolutional encoder makes a short code of what a shape fills, a small network makes planes of the code. A point's
distance from a part is the smooth maximum of its distances from the part's planes, so that planes that matter little
can be left out without moving the others, and points inside have gradients too.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn

from recon.families.wiring import Matrix, Start, lists_of

CHANNELS = (1, 8, 16, 32, 64)
SEEN = 32  # cells along each side of what the encoder sees
CODE, WIDTH = 64, 256
QUIET = 0.3  # how much of their usual size the last weights have, so that shapes start alike
AIR = -1e3  # distance from a plane that is none
SEEN_SHARPNESS = 40.0
OVERLAP = 0.1  # weight of what is inside more than one part


class Network(nn.Module):
    """Encoder, decoder, and the wiring of planes to parts.

    Parameters
    ----------
    start : Start
    """

    lists: Tensor

    def __init__(self, start: Start) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for before, after in pairwise(CHANNELS):
            layers += [nn.Conv3d(before, after, 4, 2, 1), nn.LeakyReLU(0.1)]
        left = SEEN // 2 ** (len(CHANNELS) - 1)
        self.encoder = nn.Sequential(*layers, nn.Flatten(), nn.Linear(CHANNELS[-1] * left**3, CODE))
        last = nn.Linear(WIDTH, 4 * len(start.normals))
        with torch.no_grad():
            last.weight *= QUIET
            last.bias[:] = torch.tensor(np.column_stack([start.normals, start.offsets]).ravel())
        self.decoder = nn.Sequential(
            nn.Linear(CODE, WIDTH), nn.LeakyReLU(0.1), nn.Linear(WIDTH, WIDTH), nn.LeakyReLU(0.1), last
        )
        self.wire(start.wiring)

    def wire(self, wiring: Matrix) -> None:
        """Change which planes bound which part: (P, C) bool."""
        self.wiring = wiring
        self.register_buffer("lists", torch.from_numpy(lists_of(wiring)), persistent=False)

    def encode(self, distances: Tensor) -> Tensor:
        """Codes (B, 64) of shapes whose distances (B, 32, 32, 32) to the surface are given."""
        coded: Tensor = self.encoder(torch.sigmoid(-SEEN_SHARPNESS * distances)[:, None])
        return coded

    def planes(self, codes: Tensor) -> tuple[Tensor, Tensor]:
        """Unit normals (B, P, 3), outwards, and offsets (B, P), of codes (B, 64)."""
        made = self.decoder(codes).view(len(codes), -1, 4)
        return nn.functional.normalize(made[..., :3], dim=-1), made[..., 3]

    def distances(self, codes: Tensor, points: Tensor, sharpness: float) -> Tensor:
        """Smooth distances (B, C, N) of points (B, N, 3) from each part; negative inside."""
        normals, offsets = self.planes(codes)
        away = torch.baddbmm(-offsets[..., None], normals, points.transpose(1, 2))
        away = torch.cat([away, away.new_full((len(away), 1, away.shape[2]), AIR)], dim=1)
        of_parts = away.index_select(1, self.lists.ravel()).view(len(away), *self.lists.shape, -1)
        return torch.logsumexp(sharpness * of_parts, dim=2) / sharpness


def union_of(inside: Tensor) -> Tensor:
    """How much points are in any of the parts (B, C, N) that they are so much inside of: (B, N)."""
    return 1 - (1 - inside).clamp_min(1e-6).prod(1)


def loss(away: Tensor, true: Tensor, sharpness: float) -> Tensor:
    """How far parts are from a shape: distances (B, C, N) from parts beside those from the surface (B, N)."""
    inside, filled = torch.sigmoid(-sharpness * away), torch.sigmoid(-sharpness * true)
    crowded = torch.relu(inside.sum(1) - 1) * filled
    return torch.square(union_of(inside) - filled).mean() + OVERLAP * crowded.mean()
