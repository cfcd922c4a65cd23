"""Normals that are drawn against those of the depth that is drawn."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from recon.methods.surfacing import normal_kernels
from recon.methods.surfacing.planes import OPAQUE, plane_depth, rays
from recon.render import threads


def normal_loss(planes: Tensor, alpha: Tensor, photograph: Tensor, intrinsics: Tensor) -> Tensor:
    """Mean difference between drawn normals and those of the plane depth, less at edges of the photograph.

    Parameters
    ----------
    planes : (H, W, 4)
    alpha : (H, W)
        Not differentiated.
    photograph : (H, W, 3)
    intrinsics : (4,)
    """
    alpha = alpha.detach()
    weight = (alpha[1:-1, 1:-1] > OPAQUE) * (1 - _edges(photograph.mean(2))) ** 2
    differences = by_kernels if planes.device.type == "cpu" else by_torch
    return differences(planes, alpha, weight, intrinsics) / weight.numel()


def by_kernels(planes: Tensor, alpha: Tensor, weight: Tensor, intrinsics: Tensor) -> Tensor:
    """Sum of what normals differ by (L1) times (H - 2, W - 2) weights; on the CPU, float32."""
    total: Tensor = _Differences.apply(planes, alpha, weight, intrinsics)
    return total


def by_torch(planes: Tensor, alpha: Tensor, weight: Tensor, intrinsics: Tensor) -> Tensor:
    """The same on any device and in any precision."""
    directions = rays(intrinsics, *alpha.shape)
    points = directions * plane_depth(planes, directions)[..., None]
    across, down = points[1:-1, 2:] - points[1:-1, :-2], points[2:, 1:-1] - points[:-2, 1:-1]
    normals = torch.nn.functional.normalize(torch.linalg.cross(down, across), dim=2, eps=1e-12)
    difference = (normals * alpha[1:-1, 1:-1, None] - planes[1:-1, 1:-1, :3]).abs().sum(2)
    return (weight * difference).sum()


class _Differences(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, planes: Tensor, alpha: Tensor, weight: Tensor, intrinsics: Tensor) -> Tensor:
        height, width = alpha.shape
        pixels, k = planes.contiguous().numpy(), tuple(intrinsics.numpy())
        sums = torch.empty(height, dtype=torch.float64)
        signs, spans, ctx.gradients = (torch.empty(height, width, count) for count in (3, 6, 4))
        with threads.LOCK:
            found = sums.numpy(), signs.numpy(), spans.numpy()
            normal_kernels.differences(pixels, alpha.contiguous().numpy(), weight.contiguous().numpy(), k, found)
            normal_kernels.differences_backward(pixels, k, *found[1:], ctx.gradients.numpy())
        return sums.sum().float()

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        return ctx.gradients * gradients[0], None, None, None


def _edges(grey: Tensor) -> Tensor:
    """Size of the gradient of (H, W), from 0 to 1, without its border."""
    across, down = (grey[1:-1, 2:] - grey[1:-1, :-2]).abs(), (grey[2:, 1:-1] - grey[:-2, 1:-1]).abs()
    size = torch.maximum(across, down)
    return size / (size.max() + 1e-6)
