"""SSIM (Wang 2004) and L1 with their gradients, fast enough to train with: kernels on the CPU, torch elsewhere."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional

from recon.evaluate import similarity_kernels as kernels
from recon.render import threads

_CHANNELS = 3
_NONE = np.empty((0, 0), np.float32)
_held = threading.local()


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
    _check(image, reference)
    if _has_kernels(image):
        value: Tensor = _Similarity.apply(image, reference)
        return value
    return separable_ssim(image, reference)


def photometric(image: Tensor, reference: Tensor, ssim_weight: float) -> tuple[Tensor, Tensor]:
    """The loss of 3DGS (Kerbl 2023, eq. 7): (1 - w) L1 + w (1 - SSIM), with `ssim` as above.

    Parameters
    ----------
    image, reference : (H, W, 3) float tensor
        On one device; values are expected in [0, 1].
    ssim_weight : float
        w, in [0, 1].

    Returns
    -------
    loss : () tensor
        Differentiable with respect to `image`.
    error : (H, W) tensor
        Mean absolute difference of the channels, without gradient.

    Raises
    ------
    ValueError
        If shapes, types or devices differ, or there are not three channels.
    """
    _check(image, reference)
    if _has_kernels(image):
        loss, error = _Photometric.apply(image, reference, ssim_weight)
        return loss, error
    error = (image - reference).abs().mean(-1)
    loss = (1 - ssim_weight) * error.mean() + ssim_weight * (1 - separable_ssim(image, reference))
    return loss, error.detach()


def separable_ssim(image: Tensor, reference: Tensor) -> Tensor:
    """`ssim` in plain torch, for any device and precision; differentiable with respect to both images."""
    x, y = image.permute(2, 0, 1), reference.permute(2, 0, 1)
    means = _Blur.apply(torch.cat([x, y, x * x + y * y, x * y]))
    mean_x, mean_y, squares, product = means.unflatten(0, (4, _CHANNELS))
    mean_product, mean_squares = mean_x * mean_y, mean_x**2 + mean_y**2
    luminance = (2 * mean_product + kernels.C1) / (mean_squares + kernels.C1)
    structure = (2 * (product - mean_product) + kernels.C2) / (squares - mean_squares + kernels.C2)
    return (luminance * structure).mean()


class _Blur(torch.autograd.Function):
    """Gaussian-weighted sums over the window around every pixel of (C, H, W), zeros outside.

    Symmetric, so that it is its own adjoint. Without cuDNN, which would round to TF32: SSIM takes differences of large
    sums.
    """

    @staticmethod
    def forward(_: Any, channels: Tensor) -> Tensor:
        count, radius = len(channels), kernels.RADIUS
        window = torch.tensor(kernels.WINDOW, dtype=channels.dtype, device=channels.device).expand(count, 1, 1, -1)
        with torch.backends.cudnn.flags(enabled=False):
            rows = functional.conv2d(channels[None], window, padding=(0, radius), groups=count)
            return functional.conv2d(rows, window.transpose(2, 3), padding=(radius, 0), groups=count)[0]

    @staticmethod
    def backward(_: Any, *upstream: Tensor) -> Tensor:
        blurred: Tensor = _Blur.apply(upstream[0].contiguous())
        return blurred


def _check(image: Tensor, reference: Tensor) -> None:
    if image.shape != reference.shape or image.ndim != 3 or image.shape[2] != _CHANNELS or image.numel() == 0:
        raise ValueError(
            f"two images of one shape (H, W, 3) are needed, got {tuple(image.shape)} and {tuple(reference.shape)}"
        )
    if image.dtype != reference.dtype or image.device != reference.device:
        raise ValueError(
            f"two images of one type and device are needed, got {image.dtype} on {image.device} "
            f"and {reference.dtype} on {reference.device}"
        )


def _has_kernels(image: Tensor) -> bool:
    return image.dtype == torch.float32 and image.device.type == "cpu"


class _Similarity(torch.autograd.Function):
    """SSIM by the kernels; the gradient is made in the forward pass, where its inputs are at hand."""

    @staticmethod
    def forward(ctx: Any, image: Tensor, reference: Tensor) -> Tensor:
        gradient = torch.empty(image.shape) if ctx.needs_input_grad[0] else None
        sums = _sweep(image, reference, (1.0, 0.0), gradient)
        ctx.gradient = gradient
        return torch.tensor(float(sums[0].sum(dtype=np.float64)) / image.numel())

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *upstream: Tensor) -> tuple[Tensor, None]:
        return ctx.gradient * upstream[0], None


class _Photometric(torch.autograd.Function):
    """The loss by the kernels, in one sweep."""

    @staticmethod
    def forward(ctx: Any, image: Tensor, reference: Tensor, ssim_weight: float) -> tuple[Tensor, Tensor]:
        gradient = torch.empty(image.shape) if ctx.needs_input_grad[0] else None
        error = torch.empty(image.shape[:2])
        weights = (-ssim_weight, 1 - ssim_weight)
        similarity, difference = _sweep(image, reference, weights, gradient, error).sum(1, dtype=np.float64)
        ctx.gradient = gradient
        ctx.mark_non_differentiable(error)
        mean_similarity, mean_difference = float(similarity) / image.numel(), float(difference) / image.numel()
        return torch.tensor((1 - ssim_weight) * mean_difference + ssim_weight * (1 - mean_similarity)), error

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *upstream: Tensor) -> tuple[Tensor, None, None]:
        return ctx.gradient * upstream[0], None, None


def _sweep(
    image: Tensor,
    reference: Tensor,
    weights: tuple[float, float],
    gradient: Tensor | None,
    error: Tensor | None = None,
) -> np.ndarray:
    """Run the kernels: `gradient` and `error` are filled, the sums per row returned."""
    height, width, _ = image.shape
    result = kernels.Result(
        sums=np.zeros((2, height), np.float32),
        gradient=_NONE if gradient is None else _rows(gradient),
        error=_NONE if error is None else error.numpy(),
    )
    scale = 1 / image.numel()
    with threads.LOCK:
        kernels.sweep(
            kernels.Images(_rows(image), _rows(reference)),
            kernels.Weights(np.float32(weights[0] * scale), np.float32(weights[1] * scale)),
            result,
            _scratch(min(threads.workers(), height), width),
        )
    return result.sums


def _rows(image: Tensor) -> np.ndarray:
    return image.detach().contiguous().view(len(image), -1).numpy()


def _scratch(bands: int, width: int) -> kernels.Scratch:
    """Memory of the calling thread, kept while the image width stays."""
    if getattr(_held, "key", None) != (bands, width):
        _held.key, _held.scratch = (bands, width), kernels.Scratch.of(bands, width)
    scratch: kernels.Scratch = _held.scratch
    return scratch
