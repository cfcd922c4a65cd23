"""What neighbouring views must agree on: where a point comes back to, and what it looks like."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from recon.methods.surfacing.planes import OPAQUE, PLANE, STEEPEST, plane_depth

NEAREST, LARGEST_ANGLE = 6, 35.0  # how many views, degrees between their axes
LARGEST_ERROR = 1.0  # pixels that a point may miss by; what misses by more is hidden, or wrong
POINTS = 20_000  # that are looked at in a large picture
PATCH, PATCHES = 7, 1500
LEAST_VARIANCE = 1e-5
LARGEST_UNLIKENESS = 0.9
FEWEST = 50
SMALLEST_DEPTH = 1e-4

Motion = tuple[Tensor, Tensor]
"""Rotation (3, 3) and translation (3,) from one camera to another."""


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
    motion = _motion(here, there)
    pixels = _some_pixels(here.alpha, generator)
    places = _centers(pixels, here.alpha.shape[1])
    planes = here.planes.reshape(-1, PLANE).index_select(0, pixels)
    error, inside = _return(here, there, motion, places, planes)
    good = (error.detach() < LARGEST_ERROR) & (here.alpha.detach().reshape(-1)[pixels] > OPAQUE) & inside
    trust = torch.where(good, torch.exp(-error.detach()), 0.0)
    loss = weights[0] * (trust * torch.where(good, error, 0.0)).sum() / good.sum().clamp(min=1)
    chosen = good.nonzero()[:, 0]
    if weights[1] > 0 and len(chosen) > FEWEST:
        chosen = chosen[torch.from_numpy(generator.permutation(len(chosen))[:PATCHES]).to(chosen.device)]
        unlikeness = _unlikeness(here, there, motion, places[chosen], planes[chosen])
        loss = loss + weights[1] * _trusted(*unlikeness, trust[chosen])
    return loss


def _motion(here: Drawn, there: Drawn) -> Motion:
    rotation = there.camera_from_local[:3, :3] @ here.camera_from_local[:3, :3].T
    return rotation, there.camera_from_local[:3, 3] - rotation @ here.camera_from_local[:3, 3]


def _some_pixels(alpha: Tensor, generator: np.random.Generator) -> Tensor:
    """(M,) int64: all of a small picture, some of a large one."""
    if alpha.numel() <= POINTS:
        return torch.arange(alpha.numel(), device=alpha.device)
    return torch.from_numpy(generator.integers(alpha.numel(), size=POINTS)).to(alpha.device)


def _centers(pixels: Tensor, width: int) -> Tensor:
    return torch.stack([pixels % width, pixels // width], 1) + 0.5


def _return(here: Drawn, there: Drawn, motion: Motion, places: Tensor, planes: Tensor) -> tuple[Tensor, Tensor]:
    """(M,) pixels that points miss themselves by on going there and back, and bool: whether they are in its picture."""
    rotation, translation = motion
    directions = _unproject(places, here.intrinsics)
    moved = (directions * plane_depth(planes, directions)[:, None]) @ rotation.T + translation
    reached = _project(moved, there.intrinsics)
    toward = _unproject(reached, there.intrinsics)
    depth = plane_depth(_interpolated(there.planes, reached), toward)
    back = (toward * depth[:, None] - translation) @ rotation
    error = ((_project(back, here.intrinsics) - places) ** 2).sum(1).add(1e-8).sqrt()
    height, width = there.alpha.shape
    inside = (reached > 0).all(1) & (reached[:, 0] < width) & (reached[:, 1] < height) & (moved[:, 2] > 0)
    return error, inside


def _unlikeness(here: Drawn, there: Drawn, motion: Motion, centers: Tensor, planes: Tensor) -> tuple[Tensor, Tensor]:
    """(P,) 1 - NCC of patches carried over by the planes at their centres, and their variances."""
    steps = torch.arange(PATCH, device=centers.device) - PATCH // 2
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
    return (1 - likeness).clamp(0, 2), variance


def _trusted(unlikeness: Tensor, variance: Tensor, trust: Tensor) -> Tensor:
    """Mean over patches that have something to compare, and are not of something hidden."""
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


def _interpolated(image: Tensor, places: Tensor) -> Tensor:
    """Bilinear values (M, C) of (H, W, C) at pixel positions (M, 2)."""
    height, width, channels = image.shape
    largest = torch.tensor([width - 1.0, height - 1.0], device=places.device)
    place = torch.minimum((places - 0.5).clamp(min=0), largest)
    first = torch.minimum(place.detach().floor(), largest - 1).clamp(min=0)
    x, y = (place - first).unbind(1)
    column, row = first.long().unbind(1)
    right, below = int(width > 1), width * int(height > 1)
    corner = row * width + column
    corners = torch.stack([corner, corner + right, corner + below, corner + below + right], 1)
    weights = torch.stack([(1 - x) * (1 - y), x * (1 - y), (1 - x) * y, x * y], 1)
    found = image.reshape(-1, channels).index_select(0, corners.reshape(-1)).reshape(-1, 4, channels)
    return (found * weights[..., None]).sum(1)
