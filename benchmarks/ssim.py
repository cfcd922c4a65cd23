"""SSIM: milliseconds for value and gradient, kernels against plain torch in the same run.

Run with `python -m benchmarks.ssim`. The minimum of several repetitions is printed; only ratios of one run compare.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import torch

from recon.evaluate import photometric, ssim
from recon.evaluate.similarity import separable_ssim
from recon.render import threads

SIZES = ((270, 480), (540, 960), (1080, 1920))
SSIM_WEIGHT = 0.2


Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


def fastest(loss: Loss, image: torch.Tensor, reference: torch.Tensor, seconds: float = 1.5) -> float:
    """Shortest time for value and gradient, in milliseconds; the first call, which may compile, is left out."""
    torch.autograd.grad(loss(image, reference), image)
    best, end = float("inf"), time.perf_counter() + seconds
    while time.perf_counter() < end:
        begin = time.perf_counter()
        torch.autograd.grad(loss(image, reference), image)
        best = min(best, time.perf_counter() - begin)
    return 1e3 * best


def fused_loss(image: torch.Tensor, reference: torch.Tensor) -> torch.Tensor:
    return photometric(image, reference, SSIM_WEIGHT)[0]


def torch_loss(image: torch.Tensor, reference: torch.Tensor) -> torch.Tensor:
    difference = (image - reference).abs().mean()
    return (1 - SSIM_WEIGHT) * difference + SSIM_WEIGHT * (1 - separable_ssim(image, reference))


def main() -> None:
    print(f"SSIM and L1 + SSIM, value + gradient, 3 channels, {threads.workers()} threads, ms")
    print(f"{'size':>10} {'ssim':>8} {'torch':>8} {'ratio':>6}   {'L1+ssim':>8} {'torch':>8} {'ratio':>6}")
    for height, width in SIZES:
        image = torch.rand(height, width, 3, requires_grad=True)
        reference = torch.rand(height, width, 3)
        columns = []
        for kernel, twin in ((ssim, separable_ssim), (fused_loss, torch_loss)):
            fast, slow = (fastest(loss, image, reference) for loss in (kernel, twin))
            columns.append(f"{fast:8.2f} {slow:8.2f} {slow / fast:5.1f}x")
        print(f"{f'{height}x{width}':>10} " + "   ".join(columns))


if __name__ == "__main__":
    main()
