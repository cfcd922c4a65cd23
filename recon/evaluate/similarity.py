"""SSIM (Wang 2004) with its gradient, fast enough to train with: our own kernels on the CPU, torch elsewhere."""

from __future__ import annotations

import threading
from typing import Any

import torch
from torch import Tensor

from recon.evaluate import similarity_kernels as kernels

_CHANNELS = 3
_workspace = threading.local()


def ssim(image: Tensor, reference: Tensor) -> Tensor:
    """Mean structural similarity of two images.

    Window: Gaussian of 11x11 pixels, sigma 1.5. Zero padding, data range 1, C1 = 0.01^2, C2 = 0.03^2: the SSIM that
    3DGS trains with and reports.

    Parameters
    ----------
    image, reference : (H, W, 3) float tensor
        On one device; values are expected in [0, 1].

    Returns
    -------
    () tensor
        Mean over pixels and channels. Differentiable with respect to `image`. On the CPU in float32 the value and
        the gradient are the same bit for bit whatever the number of threads.

    Raises
    ------
    ValueError
        If shapes, types or devices differ, or there are not three channels.
    """
    if image.shape != reference.shape or image.ndim != 3 or image.shape[2] != _CHANNELS:
        raise ValueError(
            f"ssim needs two images of one shape (H, W, 3), got {tuple(image.shape)} and {tuple(reference.shape)}"
        )
    if image.dtype != reference.dtype or image.device != reference.device:
        raise ValueError(
            f"ssim needs two images of one type and device, got {image.dtype} on {image.device} "
            f"and {reference.dtype} on {reference.device}"
        )
    if image.dtype == torch.float32 and image.device.type == "cpu":
        value: Tensor = _FusedSSIM.apply(image, reference)
        return value
    return separable_ssim(image, reference)


def separable_ssim(image: Tensor, reference: Tensor) -> Tensor:
    """The same in plain torch, for any device and precision; differentiable with respect to both images."""
    x, y = image.permute(2, 0, 1), reference.permute(2, 0, 1)
    moments = _blur(torch.cat([x, y, x * x + y * y, x * y]))
    mean_x, mean_y, squares, product = moments.split(_CHANNELS)
    mean_product, mean_squares = mean_x * mean_y, mean_x**2 + mean_y**2
    luminance = (2 * mean_product + kernels.C1) / (mean_squares + kernels.C1)
    structure = (2 * (product - mean_product) + kernels.C2) / (squares - mean_squares + kernels.C2)
    return (luminance * structure).mean()


def _blur(channels: Tensor) -> Tensor:
    """Gaussian-weighted sums over the window around every pixel of (C, H, W), zeros outside."""
    count, radius = len(channels), len(kernels.WINDOW) // 2
    window = torch.tensor(kernels.WINDOW, dtype=channels.dtype, device=channels.device).expand(count, 1, 1, -1)
    rows = torch.nn.functional.conv2d(channels[None], window, padding=(0, radius), groups=count)
    columns = window.transpose(2, 3)
    return torch.nn.functional.conv2d(rows, columns, padding=(radius, 0), groups=count)[0]


class _FusedSSIM(torch.autograd.Function):
    """Value and gradient by the kernels; the gradient is made in the forward pass, where its inputs are at hand."""

    @staticmethod
    def forward(ctx: Any, image: Tensor, reference: Tensor) -> Tensor:
        height, width, _ = image.shape
        x, y = (tensor.detach().contiguous().view(height, -1).numpy() for tensor in (image, reference))
        if not ctx.needs_input_grad[0]:
            return torch.tensor(kernels.value(x, y, _work(height, width)))
        gradient = torch.empty_like(image, memory_format=torch.contiguous_format)
        value = kernels.value_and_gradient(x, y, gradient.view(height, -1).numpy(), _work(height, width))
        ctx.save_for_backward(gradient)
        return torch.tensor(value)

    @staticmethod
    def backward(ctx: Any, *upstream: Tensor) -> tuple[Tensor, None]:
        (gradient,) = ctx.saved_tensors
        return gradient * upstream[0], None


def _work(height: int, width: int) -> kernels.Workspace:
    """Scratch memory of the calling thread, kept while the image size stays."""
    held = getattr(_workspace, "held", None)
    if held is None or held.size != (height, width):
        held = _workspace.held = kernels.Workspace.of(height, width)
    return held
