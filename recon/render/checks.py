"""What can be wrong with a call to the renderer, found before a kernel meets it."""

from __future__ import annotations

import torch
from torch import Tensor

from recon.render.types import Cameras, Covariance, Gaussians, Options, QuaternionScale


def check(gaussians: Gaussians, cameras: Cameras, options: Options, dtype: torch.dtype = torch.float32) -> None:
    """Make sure that shapes, types and devices fit together.

    Raises
    ------
    ValueError
        Naming the tensor, what was wanted and what was found.
    """
    views, kind = len(cameras), (gaussians.means.device, dtype)
    for name, tensor, wanted in _gaussian_tensors(gaussians, len(gaussians.means)):
        _check_tensor(f"gaussians.{name}", tensor, wanted, kind)
    _check_tensor("cameras.camera_from_world", cameras.camera_from_world, (views, 4, 4), kind)
    _check_tensor("cameras.intrinsics", cameras.intrinsics, (views, 4), kind)
    if views < 1:
        raise ValueError("there must be at least one camera to draw into")
    if gaussians.sh is not None and gaussians.sh.shape[1] not in (1, 4, 9, 16):
        raise ValueError(f"gaussians.sh must have 1, 4, 9 or 16 bands in all, got {gaussians.sh.shape[1]}")
    if options.background is not None:
        leading = () if options.background.ndim == 1 else (views,)
        _check_tensor("options.background", options.background, (*leading, gaussians.channels), kind)
    if cameras.width < 1 or cameras.height < 1:
        raise ValueError(f"cameras must have at least one pixel, got {cameras.width} x {cameras.height}")
    if options.cull_backfaces and isinstance(gaussians.shape, Covariance):
        raise ValueError("a Covariance has no normal, so its back faces cannot be culled; give Tangents instead")


def _gaussian_tensors(gaussians: Gaussians, count: int) -> list[tuple[str, Tensor, tuple[int, ...]]]:
    """Names, tensors and the shapes they must have."""
    shape = gaussians.shape
    tensors = [("means", gaussians.means, (count, 3)), ("opacities", gaussians.opacities, (count,))]
    if isinstance(shape, QuaternionScale):
        tensors += [("shape.quaternions", shape.quaternions, (count, 4)), ("shape.scales", shape.scales, (count, 3))]
    elif isinstance(shape, Covariance):
        tensors += [("shape.matrices", shape.matrices, (count, 3, 3))]
    else:
        tensors += [("shape.u", shape.u, (count, 3)), ("shape.v", shape.v, (count, 3))]
    if gaussians.sh is not None:
        tensors += [("sh", gaussians.sh, (count, *gaussians.sh.shape[-2:-1], 3))]
    if gaussians.features is not None:
        tensors += [("features", gaussians.features, (count, *gaussians.features.shape[-1:]))]
    return tensors


def _check_tensor(name: str, tensor: Tensor, shape: tuple[int, ...], kind: tuple[torch.device, torch.dtype]) -> None:
    device, dtype = kind
    if tensor.shape != shape:
        raise ValueError(f"{name} must have shape {shape}, got {tuple(tensor.shape)}")
    if tensor.device != device:
        raise ValueError(f"{name} is on {tensor.device}, but gaussians.means on {device}; move them together")
    if tensor.dtype != dtype:
        raise ValueError(f"{name} must be of type {dtype}, got {tensor.dtype}")
