"""What neighbouring views must agree on: where a point comes back to, and what it looks like."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from recon.methods.surfacing.planes import STEEPEST, plane_depth, rays

NEAREST, LARGEST_ANGLE = 6, 35.0  # how many views, degrees between their axes
LARGEST_ERROR = 1.0  # pixels that a point may miss by; what misses by more is hidden, or wrong
PATCH, PATCHES = 7, 1500
LEAST_VARIANCE = 1e-5
LARGEST_UNLIKENESS = 0.9
FEWEST = 50
SMALLEST_DEPTH = 1e-4


def neighbours_of(transforms: list[Tensor]) -> list[list[int]]:
    """For each camera_from_local those of the nearest views that look about the same way."""
    poses = torch.stack(transforms).double().cpu().numpy()
    axes = poses[:, 2, :3]
    centers = -np.einsum("nji,nj->ni", poses[:, :3, :3], poses[:, :3, 3])
    found = []
    for i in range(len(poses)):
        distances = np.linalg.norm(centers - centers[i], axis=1)
        angles = np.degrees(np.arccos(np.clip(axes @ axes[i], -1, 1)))
        usable = (angles < LARGEST_ANGLE) & (distances > 1e-6)
        found.append([int(j) for j in np.argsort(distances, kind="stable") if usable[j]][:NEAREST])
    return found


@dataclass(frozen=True, eq=False)
class Drawn:
    """One view with its drawn planes.

    Parameters
    ----------
    planes : (H, W, 4)
    alpha : (H, W)
    grey : (H, W)
        The photograph's brightness.
    camera_from_local : (4, 4)
    intrinsics : (4,)
    """

    planes: Tensor
    alpha: Tensor
    grey: Tensor
    camera_from_local: Tensor
    intrinsics: Tensor

    @property
    def directions(self) -> Tensor:
        """(H, W, 3): rays."""
        return rays(self.intrinsics, *self.alpha.shape)


def agreement(here: Drawn, there: Drawn, weights: tuple[float, float], generator: np.random.Generator) -> Tensor:
    """Loss of two views: mean way that points miss themselves by on returning, and mean 1 - NCC of patches.

    Parameters
    ----------
    here, there : Drawn
        Gradients flow into the planes of both.
    weights : tuple of 2 float
        Of the reprojection, in pixels, and of the patches.
    generator : numpy.random.Generator
        Chooses the patches.
    """
    rotation = there.camera_from_local[:3, :3] @ here.camera_from_local[:3, :3].T
    translation = there.camera_from_local[:3, 3] - rotation @ here.camera_from_local[:3, 3]
    directions = here.directions
    points = directions * plane_depth(here.planes, directions)[..., None]
    moved = points @ rotation.T + translation
    places = _project(moved, there.intrinsics)
    depth = _sample(plane_depth(there.planes, there.directions), places)
    back = (_unproject(places, there.intrinsics) * depth[..., None] - translation) @ rotation
    start = _project(directions, here.intrinsics)
    error = ((_project(back, here.intrinsics) - start) ** 2).sum(2).add(1e-8).sqrt()
    height, width = there.alpha.shape
    inside = (places > 0).all(2) & (places[..., 0] < width) & (places[..., 1] < height) & (moved[..., 2] > 0)
    good = (error.detach() < LARGEST_ERROR) & (here.alpha.detach() > 0.5) & inside
    trust = torch.where(good, torch.exp(-error.detach()), 0.0)
    count = good.sum().clamp(min=1)
    loss = weights[0] * (trust * torch.where(good, error, 0.0)).sum() / count
    chosen = good.reshape(-1).nonzero()[:, 0]
    if weights[1] > 0 and len(chosen) > FEWEST:
        chosen = chosen[torch.from_numpy(generator.permutation(len(chosen))[:PATCHES]).to(chosen.device)]
        loss = loss + weights[1] * _unlikeness(here, there, (rotation, translation), chosen, trust.reshape(-1)[chosen])
    return loss


def _unlikeness(here: Drawn, there: Drawn, motion: tuple[Tensor, Tensor], chosen: Tensor, trust: Tensor) -> Tensor:
    """Mean 1 - NCC of patches carried over by the planes at their centres."""
    planes = here.planes.reshape(-1, 4)[chosen]
    width = here.alpha.shape[1]
    centers = torch.stack([chosen % width, chosen // width], 1) + 0.5
    steps = torch.arange(PATCH, device=chosen.device) - PATCH // 2
    offsets = torch.stack(torch.meshgrid(steps, steps, indexing="xy"), 2).reshape(-1, 2)
    places = centers[:, None] + offsets
    directions = _unproject(places, here.intrinsics)
    slope = (directions * planes[:, None, :3]).sum(2).clamp(max=STEEPEST)
    points = directions * (planes[:, 3:] / slope)[..., None]
    moved = points @ motion[0].T + motion[1]
    first = _sample(here.grey, places)
    second = _sample(there.grey, _project(moved, there.intrinsics))
    first, second = first - first.mean(1, keepdim=True), second - second.mean(1, keepdim=True)
    variance = (first * first).mean(1)
    likeness = (first * second).mean(1) / (variance * (second * second).mean(1) + 1e-8).sqrt()
    unlikeness = (1 - likeness).clamp(0, 2)
    weight = trust * ((unlikeness.detach() < LARGEST_UNLIKENESS) & (variance > LEAST_VARIANCE))
    return (weight * unlikeness).sum() / (weight > 0).sum().clamp(min=1)


def _project(points: Tensor, intrinsics: Tensor) -> Tensor:
    return points[..., :2] / points[..., 2:].clamp(min=SMALLEST_DEPTH) * intrinsics[:2] + intrinsics[2:]


def _unproject(places: Tensor, intrinsics: Tensor) -> Tensor:
    flat = (places - intrinsics[2:]) / intrinsics[:2]
    return torch.cat([flat, torch.ones_like(flat[..., :1])], -1)


def _sample(image: Tensor, places: Tensor) -> Tensor:
    """Bilinear values of (H, W) at pixel positions (A, B, 2)."""
    height, width = image.shape
    size = torch.tensor([width, height], dtype=places.dtype, device=places.device)
    grid = (places / size * 2 - 1)[None]
    found = torch.nn.functional.grid_sample(image[None, None], grid, align_corners=False, padding_mode="border")
    return found[0, 0]
