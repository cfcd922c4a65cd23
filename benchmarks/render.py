"""The CPU renderer: milliseconds forward and backward, beside the prototype's and the float64 twin's.

Run with `python -m benchmarks.render`. The minimum of several repetitions is printed. Times are those of whole calls:
`rasterize` with harmonics of degree 3, and autograd's backward pass to every input. The prototype's are of its
rasterizer alone (no projection, no harmonics, no autograd), measured on two Zen 5 class cores with AVX-512, idle.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numba
import numpy as np
import torch

from recon.render import Cameras, Gaussians, Options, QuaternionScale, Rendering, rasterize, threads, twin

PROTOTYPE = {  # (width, height, Gaussians): milliseconds forward, backward; four channels
    (256, 256, 10_000): (1.3, 1.3),
    (256, 256, 50_000): (4.3, 3.4),
    (256, 256, 200_000): (14.6, 12.1),
    (512, 512, 10_000): (2.8, 3.6),
    (512, 512, 50_000): (6.4, 6.9),
    (512, 512, 200_000): (21.4, 19.8),
    (960, 540, 10_000): (4.6, 6.8),
    (960, 540, 50_000): (9.2, 11.1),
    (960, 540, 200_000): (24.5, 28.0),
}
TWIN_SIZE = (96, 96, 1_000)  # the twin keeps every (pixel, Gaussian) pair
SECONDS = 2.0  # of repetitions per size

Draw = Callable[[Gaussians, Cameras, Options], Rendering]


@dataclass
class Case:
    """A scene with gradients wanted everywhere, a camera, and the gradient of the image."""

    gaussians: Gaussians
    cameras: Cameras
    upstream: torch.Tensor

    @property
    def leaves(self) -> list[torch.Tensor]:
        shape = self.gaussians.shape
        gaussians = self.gaussians
        return [gaussians.means, gaussians.opacities, shape.quaternions, shape.scales, gaussians.sh]


def make_case(width: int, height: int, count: int, dtype: torch.dtype = torch.float32) -> Case:
    """Flat Gaussians facing the camera, of log-normal size, whose 3-sigma areas add up to 25 images."""
    random = np.random.default_rng(0)
    x = random.uniform(-0.02 * width, 1.02 * width, count)
    y = random.uniform(-0.02 * height, 1.02 * height, count)
    depth = random.uniform(1, 10, count)
    sizes = np.exp(random.normal(0, 0.6, (count, 2)) - 0.36) * np.sqrt(width * height * 25 / (count * np.pi * 9))
    angle = random.uniform(0, np.pi, count) / 2
    opacities = 1 / (1 + np.exp(-random.normal(0, 1.5, count)))
    focal = 1.2 * max(width, height)
    zero = np.zeros(count)
    arrays = (
        np.stack([(x - width / 2) * depth / focal, (y - height / 2) * depth / focal, depth], 1),
        opacities,
        np.stack([np.cos(angle), zero, zero, np.sin(angle)], 1),
        np.stack([*sizes.T, 0.1 * sizes.min(1)], 1) * depth[:, None] / focal,
        0.2 * random.normal(size=(count, 16, 3)),
    )
    means, opacity, quaternions, scales, sh = (torch.tensor(a, dtype=dtype).requires_grad_() for a in arrays)
    intrinsics = torch.tensor([[focal, focal, width / 2, height / 2]], dtype=dtype)
    cameras = Cameras(torch.eye(4, dtype=dtype)[None], intrinsics, width, height)
    upstream = torch.tensor(random.normal(size=(1, height, width, 3)), dtype=dtype)
    return Case(Gaussians(means, opacity, QuaternionScale(quaternions, scales), sh), cameras, upstream)


def measure(draw: Draw, case: Case, seconds: float, options: Options) -> tuple[float, float]:
    """Shortest times forward and backward in milliseconds; the first round, which may compile, is left out."""
    forward = backward = float("inf")
    end = None
    while end is None or time.perf_counter() < end:
        start = time.perf_counter()
        image = draw(case.gaussians, case.cameras, options).features
        drawn = time.perf_counter()
        torch.autograd.grad(image, case.leaves, case.upstream)
        done = time.perf_counter()
        if end is None:
            end = done + seconds
            continue
        forward, backward = min(forward, drawn - start), min(backward, done - drawn)
    return 1e3 * forward, 1e3 * backward


def processor() -> str:
    names = [
        line.split(":")[1].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ] if Path("/proc/cpuinfo").exists() else []  # fmt: skip
    return names[0] if names else platform.processor()


def main() -> None:
    layer = numba.config.THREADING_LAYER
    print(f"{processor()}, {threads.workers()} threads ({layer}), numba {numba.__version__}, torch {torch.__version__}")
    print("ms; SH degree 3, one camera; prototype: another machine (2 Zen 5 class cores), its rasterizer alone")
    print(f"{'size':>9} {'count':>8} {'forward':>8} {'backward':>8}   {'prototype':>12} {'ratio':>6}")
    for (width, height, count), quoted in PROTOTYPE.items():
        forward, backward = measure(rasterize, make_case(width, height, count), SECONDS, Options())
        ratio = (forward + backward) / sum(quoted)
        size = f"{width}x{height}"
        print(f"{size:>9} {count:>8} {forward:8.1f} {backward:8.1f}   {quoted[0]:5.1f} {quoted[1]:5.1f} {ratio:6.2f}x")
    print_twin()


def print_twin() -> None:
    width, height, count = TWIN_SIZE
    fast = sum(measure(rasterize, make_case(*TWIN_SIZE), SECONDS, Options()))
    slow = sum(measure(twin.rasterize, make_case(*TWIN_SIZE, dtype=torch.float64), SECONDS, Options()))
    print(f"dense float64 torch twin at {width}x{height}, {count}, forward + backward:")
    print(f"{fast:.2f} ms against {slow:.0f} ms: {slow / fast:.0f}x")


if __name__ == "__main__":
    main()
