"""Superquadrics as tensors, with gradients that stay finite; `recon.scene.superquadrics` has the formulas."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from recon.scene import superquadrics

LOWEST_LOG = -60.0  # in place of log 0: its powers vanish, and so do their gradients
NEAREST, FARTHEST = 1e-4, 1e4  # unit coordinates whose logarithms are taken
LARGEST_LOG_NORM = 8.0
SMALLEST_FACTOR = 0.02  # of a cross-section that a taper closes


@dataclass(frozen=True)
class Shapes:
    """B superquadrics.

    Parameters
    ----------
    centers, scales : (B, 3)
        Scene units.
    rotations : (B, 3, 3)
        local_from_block: columns are the block's axes.
    exponents, tapers : (B, 2)
    """

    centers: Tensor
    scales: Tensor
    rotations: Tensor
    exponents: Tensor
    tapers: Tensor

    def __len__(self) -> int:
        return len(self.centers)


class Grid:
    """The constants of `superquadrics.cube_grid` that surfaces are made of.

    Parameters
    ----------
    divisions : int
    device : torch.device
    """

    def __init__(self, divisions: int, device: torch.device) -> None:
        self.divisions = divisions
        cube = superquadrics.cube_grid(divisions).reshape(-1, 3)
        around, toward = superquadrics.ratios(cube)
        self.cube = _tensor(cube, device)
        with np.errstate(divide="ignore"):
            self.log_around = _tensor(np.maximum(np.log(around), LOWEST_LOG), device)
            self.log_toward = _tensor(np.maximum(np.log(toward), LOWEST_LOG), device)

    def surface(self, shapes: Shapes) -> Tensor:
        """(B, 6, n + 1, n + 1, 3): points on the surfaces, in scene units."""
        side = self.divisions + 1
        widened = _norm_of_log_ratio(self.log_around, shapes.exponents[:, 1:])
        lengthened = _norm_of_log_ratio(self.log_toward, shapes.exponents[:, :1])
        height = self.cube[:, 2] / lengthened
        flat = self.cube[:, :2] / (widened * lengthened)[..., None]
        flat = flat * (1 + shapes.tapers[:, None] * height[..., None])
        local = torch.cat([flat, height[..., None]], -1) * shapes.scales[:, None]
        points = local @ shapes.rotations.transpose(1, 2) + shapes.centers[:, None]
        return points.view(-1, 6, side, side, 3)


def _tensor(array: np.ndarray, device: torch.device) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(array, np.float32)).to(device)


def _norm_of_log_ratio(log_ratio: Tensor, exponent: Tensor) -> Tensor:
    return torch.exp(exponent / 2 * torch.log1p(torch.exp(2 / exponent * log_ratio)))


def log_norm(points: Tensor, shapes: Shapes) -> tuple[Tensor, Tensor]:
    """How far out points are, as a logarithm: below zero inside.

    Parameters
    ----------
    points : (P, 3)

    Returns
    -------
    local : (B, P, 3)
        The points in each block's frame, scene units.
    logarithm : (B, P)
    """
    local = (points[None] - shapes.centers[:, None]) @ shapes.rotations
    return local, log_norm_of_local(local, shapes)


def log_norm_of_local(local: Tensor, shapes: Shapes) -> Tensor:
    """(B, P): the same of points (B, P, 3) that are in the blocks' frames already."""
    unit = local / shapes.scales[:, None]
    factor = (1 + shapes.tapers[:, None] * unit[..., 2:].clamp(-1, 1)).clamp_min(SMALLEST_FACTOR)
    x, y = torch.log((unit[..., :2] / factor).abs().clamp(NEAREST, FARTHEST)).unbind(-1)
    z = torch.log(unit[..., 2].abs().clamp(NEAREST, FARTHEST))
    first, second = shapes.exponents[:, :1], shapes.exponents[:, 1:]
    ring = second / 2 * torch.logaddexp(2 / second * x, 2 / second * y)
    return first / 2 * torch.logaddexp(2 / first * ring, 2 / first * z)


def radial_distance(points: Tensor, shapes: Shapes) -> Tensor:
    """(B, P): distance to the surface along the ray from the block's centre, negative inside; scene units."""
    local, logarithm = log_norm(points, shapes)
    return local.norm(dim=-1) * (1 - torch.exp(-logarithm.clamp(-LARGEST_LOG_NORM, LARGEST_LOG_NORM)))


def rotations_of(columns: Tensor) -> Tensor:
    """(B, 3, 3) rotations from two columns (B, 6) of any length and angle (Zhou et al. 2019)."""
    first = torch.nn.functional.normalize(columns[:, :3], dim=-1)
    rest = columns[:, 3:] - (first * columns[:, 3:]).sum(-1, keepdim=True) * first
    second = torch.nn.functional.normalize(rest, dim=-1)
    return torch.stack([first, second, torch.cross(first, second, dim=-1)], -1)
