"""The planes that flat splats lie in, as channels to draw, and the depth that follows."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from recon.methods.splatting.model import Model, rotation_matrices
from recon.methods.surfacing import normal_kernels, plane_kernels
from recon.render import threads

PLANE = 4  # channels
STEEPEST = float(normal_kernels.STEEPEST)  # of normal . ray: beyond it a plane is seen from its edge
OPAQUE = 0.5  # alpha from which on a pixel shows a surface


def plane_channels(model: Model, camera_from_local: Tensor) -> Tensor:
    """(N, 4): each splat's unit normal in camera coordinates, turned to the camera, and n . mu, which is negative.

    Differentiable by means and quaternions.
    """
    shortest = model["log_scales"].detach().argmin(1)
    draw = planes_by_kernels if model.device.type == "cpu" else planes_by_torch
    return draw(model["means"], model["quaternions"], shortest, camera_from_local)


def planes_by_kernels(means: Tensor, quaternions: Tensor, shortest: Tensor, camera_from_local: Tensor) -> Tensor:
    """On the CPU; float32."""
    planes: Tensor = _Planes.apply(means, quaternions, shortest, camera_from_local)
    return planes


def planes_by_torch(means: Tensor, quaternions: Tensor, shortest: Tensor, camera_from_local: Tensor) -> Tensor:
    """The same on any device and in any precision."""
    rows = torch.arange(len(means), device=means.device)
    normals = rotation_matrices(quaternions)[rows, :, shortest] @ camera_from_local[:3, :3].T
    centers = means @ camera_from_local[:3, :3].T + camera_from_local[:3, 3]
    distances = (normals * centers).sum(1, keepdim=True)
    facing = torch.where(distances.detach() > 0, -1.0, 1.0)
    return torch.cat([normals, distances], 1) * facing


class _Planes(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, *given: Tensor) -> Tensor:
        ctx.given = tuple(tensor.detach().contiguous().numpy() for tensor in given)
        drawn = torch.empty(len(given[0]), 4)
        with threads.LOCK:
            plane_kernels.planes(*ctx.given, drawn.numpy())
        return drawn

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        found = torch.empty(len(gradients[0]), 3), torch.empty(len(gradients[0]), 4)
        with threads.LOCK:
            plane_kernels.planes_backward(
                *ctx.given, gradients[0].contiguous().numpy(), tuple(tensor.numpy() for tensor in found)
            )
        return *found, None, None


def rays(intrinsics: Tensor, height: int, width: int) -> Tensor:
    """(H, W, 3): directions through pixel centres with z = 1."""
    fx, fy, cx, cy = intrinsics
    x = (torch.arange(width, device=intrinsics.device) + 0.5 - cx) / fx
    y = (torch.arange(height, device=intrinsics.device) + 0.5 - cy) / fy
    columns, rows = torch.meshgrid(x, y, indexing="xy")
    return torch.stack([columns, rows, torch.ones_like(columns)], 2)


def plane_depth(planes: Tensor, directions: Tensor) -> Tensor:
    """Where rays meet the drawn planes (..., 4): sum w d / (sum w n . r), whatever the weights add up to."""
    slope = (planes[..., :3] * directions).sum(-1)
    return planes[..., 3] / torch.where(slope > STEEPEST, torch.full_like(slope, STEEPEST), slope)
