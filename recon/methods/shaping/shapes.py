"""Shapes by short codes: an auto-encoder between points in a voxel and a deformed icosphere (Lu et al. 2023, DNMP).

The weights were trained by `python -m benchmarks.train_shape_decoder` on generated patches of surfaces alone. Shapes
are in units of half the diagonal of their voxel, about its centre.
"""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

from recon.methods.shaping.icosphere import VERTICES, icosphere

CODE = 8
HALF_DIAGONAL = 3**0.5 / 2  # of a voxel, in voxels
REACH = 0.6  # half the side, in voxels, of the cube whose points are encoded
WEIGHTS = Path(__file__).with_name("shapes.safetensors")
TINY = 1e-6


class Encoder(nn.Module):
    """Points of a patch to its code: a small network for each point, the largest of each value, a linear map."""

    def __init__(self) -> None:
        super().__init__()
        self.point = nn.Sequential(
            *(nn.Linear(3, 64), nn.ReLU(), nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 256), nn.ReLU())
        )
        self.code = nn.Linear(256, CODE)

    def forward(self, points: Tensor, counts: Tensor | None = None) -> Tensor:
        """Encode (N, M, 3) points, of which the first `counts` (N,) of each row count, to (N, 8) unit codes."""
        values = self.point(points)
        if counts is not None:  # values are not negative, so that zero leaves the largest as it is
            counted = torch.arange(points.shape[1], device=points.device) < counts[:, None]
            values = values * counted[..., None]
        return functional.normalize(self.code(values.amax(1)), dim=-1, eps=TINY)


class Decoder(nn.Module):
    """Codes to meshes; an untrained one makes the icosphere of every code, for its last layer is zero."""

    template: Tensor

    def __init__(self, width: int = 256) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.Linear(CODE, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU()),
            *(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 3 * VERTICES)),
        )
        last = self.layers[-1]
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)
        self.register_buffer("template", torch.from_numpy(icosphere()[0].copy()), persistent=False)

    def forward(self, codes: Tensor) -> Tensor:
        """Decode (N, 8) codes of any length to (N, 42, 3) vertices."""
        moved = self.layers(functional.normalize(codes, dim=-1, eps=TINY))
        return self.template + moved.reshape(-1, VERTICES, 3)


class Shapes(nn.Module):
    """The auto-encoder; its parts can be used alone."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = Encoder()
        self.decoder = Decoder()


def trained_shapes(device: torch.device | str = "cpu") -> Shapes:
    """Load the auto-encoder that is shipped, its weights fixed."""
    shapes = Shapes()
    shapes.load_state_dict(load_file(WEIGHTS))
    return shapes.requires_grad_(requires_grad=False).to(device)


def sphere_code(shapes: Shapes) -> Tensor:
    """(8,) code of the sphere through the corners of the voxel."""
    generator = torch.Generator().manual_seed(0)
    points = functional.normalize(torch.randn(1, 1000, 3, generator=generator), dim=-1)
    return shapes.encoder(points.to(shapes.decoder.template.device))[0]
