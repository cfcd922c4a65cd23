"""What primitives look like: features at vertices and a small network that sees them from a direction.

A hit's feature gives its opacity and, with the direction and its product with the face's normal, its colour; another
small network of the direction alone is what is behind all (Lu et al. 2023).
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
import torch
from torch import Tensor, nn

from recon.methods.shaping.layers import Hits, Surface

BACKGROUND_OCTAVES, NORMAL_OCTAVES, PLACE_OCTAVES = 4, 2, 2
PLACE_UNIT = 6.0  # fine voxels
FIRST_OPACITY = 1.0  # logit
PLACE_SHARE, NOISE = 0.3, 0.1  # of what features begin as


def octaves(values: Tensor, count: int) -> Tensor:
    """(N, D * (1 + 2 * count)): values, and sines and cosines of their multiples by powers of two."""
    parts = [values]
    for power in range(count):
        parts += [torch.sin(values * 2**power), torch.cos(values * 2**power)]
    return torch.cat(parts, -1)


class Look(Protocol):
    """Gives hits and what is behind them their colours."""

    def shade(self, hits: Hits, directions: Tensor, surface: Surface) -> tuple[Tensor, Tensor]:
        """Opacities (M,) and colours (M, 3) of hits, whose B rays have these directions (B, 3)."""
        ...

    def background(self, directions: Tensor) -> Tensor:
        """(B, 3): what is behind all."""
        ...


def seen(look: Look, hits: Hits, directions: Tensor, surface: Surface) -> tuple[Tensor, Tensor]:
    """(B, 3): what rays show; and (B,) how much of the background they let through."""
    opacities, colors = look.shade(hits, directions, surface)
    return hits.composed(opacities, colors, look.background(directions))


class Background(nn.Module):
    """A colour for each direction."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(3 * (1 + 2 * BACKGROUND_OCTAVES), width), nn.ReLU(), nn.Linear(width, 3))

    def forward(self, directions: Tensor) -> Tensor:
        """(N, 3) in [0, 1], of unit directions (N, 3)."""
        return torch.sigmoid(self.layers(octaves(directions, BACKGROUND_OCTAVES)))


class Radiance(nn.Module):
    """Features and networks.

    Parameters
    ----------
    vertices : int
    features, width : int
        Numbers of a vertex, and of the networks' layers.
    """

    def __init__(self, vertices: int, features: int, width: int) -> None:
        super().__init__()
        self.features = nn.Parameter(torch.zeros(vertices, features))
        self.trunk = nn.Sequential(nn.Linear(features + 1, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU())
        self.opacity = nn.Linear(width, 1)
        self.bottleneck = nn.Linear(width, width // 2)
        directional = 3 * (1 + 2 * NORMAL_OCTAVES) + 3
        self.color = nn.Sequential(nn.Linear(width // 2 + directional, width), nn.ReLU(), nn.Linear(width, 3))
        self.behind = Background(width)

    def shade(self, hits: Hits, directions: Tensor, surface: Surface) -> tuple[Tensor, Tensor]:
        """Opacities and colours of hits; see `Look`."""
        toward = directions[hits.rays]
        coarse = (hits.faces >= surface.fine_faces).float()[:, None]
        return self.at(hits.blended(self.features), coarse, surface.normals[hits.faces], toward)

    def at(self, features: Tensor, coarse: Tensor, normals: Tensor, toward: Tensor) -> tuple[Tensor, Tensor]:
        """Opacities (M,) and colours (M, 3) of features (M, D) of fine or coarse (M, 1) faces, seen along (M, 3)."""
        inner = self.trunk(torch.cat([features, coarse], 1))
        turned = octaves(normals * toward, NORMAL_OCTAVES)
        color = self.color(torch.cat([self.bottleneck(inner), turned, toward], 1))
        return torch.sigmoid(self.opacity(inner))[:, 0], torch.sigmoid(color)

    def background(self, directions: Tensor) -> Tensor:
        """What is behind all; see `Look`."""
        return self.behind(directions)


def begun_radiance(vertices: Tensor, features: int, width: int, generator: np.random.Generator) -> Radiance:
    """Networks with random weights, and features that begin with where their vertices are."""
    seed = int(generator.integers(2**31))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        radiance = Radiance(len(vertices), features, width)
        with torch.no_grad():
            place = octaves(vertices.cpu() / PLACE_UNIT, PLACE_OCTAVES)[:, :features]
            radiance.features.copy_(NOISE * torch.randn(radiance.features.shape))
            radiance.features[:, : place.shape[1]] += PLACE_SHARE * place
            radiance.opacity.bias.fill_(FIRST_OPACITY)
    return radiance.to(vertices.device)
