"""Triangles: milliseconds to rasterize, beside the prototype's, and to interpolate forward and backward.

Run with `python -m benchmarks.triangles`. The minimum of several repetitions is printed. A call includes making its
images; the prototype's kernel (float32, one layer, no exact edges) filled arrays that were there already. Its times
were measured on two Zen 5 class cores with AVX-512, idle.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numba
import numpy as np
import torch

from benchmarks.render import processor
from recon.render import Cameras, threads
from recon.render.triangles import interpolate, rasterize_triangles

PROTOTYPE = {(512, 512, 20_000): 4.0, (512, 512, 200_000): None, (960, 540, 20_000): None, (512, 512, 96): None}
CHANNELS = 8
SECONDS = 1.0


def sphere(count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """A bumpy sphere of about that many triangles."""
    columns = max(4, round((count / 2) ** 0.5))
    across, down = np.meshgrid(np.linspace(0, 2 * np.pi, columns + 1), np.linspace(0, np.pi, columns + 1))
    r = 1 + 0.1 * np.sin(6 * across) * np.sin(5 * down)
    vertices = np.stack([r * np.sin(down) * np.cos(across), r * np.cos(down), -r * np.sin(down) * np.sin(across)], 2)
    grid = np.arange((columns + 1) ** 2).reshape(columns + 1, columns + 1)
    a, b, c, d = (part.ravel() for part in (grid[:-1, :-1], grid[:-1, 1:], grid[1:, :-1], grid[1:, 1:]))
    faces = np.concatenate([np.stack([a, c, b], 1), np.stack([b, c, d], 1)])
    return torch.from_numpy(vertices.reshape(-1, 3).astype(np.float32)), torch.from_numpy(faces.astype(np.int32))


def camera(width: int, height: int) -> Cameras:
    transform = torch.eye(4)
    transform[2, 3] = 2.6
    return Cameras(transform[None], torch.tensor([[0.8 * width, 0.8 * height, width / 2, height / 2]]), width, height)


def shortest(call: Callable[[], object]) -> float:
    """Milliseconds; the first call, which may compile, is left out."""
    call()
    best, end = float("inf"), time.perf_counter() + SECONDS
    while time.perf_counter() < end:
        start = time.perf_counter()
        call()
        best = min(best, time.perf_counter() - start)
    return 1e3 * best


def interpolation(vertices: torch.Tensor, faces: torch.Tensor, cameras: Cameras) -> float:
    fragments = rasterize_triangles(vertices, faces, cameras)
    attributes = torch.rand(len(vertices), CHANNELS, requires_grad=True)
    return shortest(lambda: interpolate(attributes, faces, fragments).sum().backward())


def main() -> None:
    layer = numba.config.THREADING_LAYER
    print(f"{processor()}, {threads.workers()} threads ({layer}), numba {numba.__version__}, torch {torch.__version__}")
    print(f"ms; interpolation: {CHANNELS} channels, forward and backward; prototype: another machine")
    print(f"{'size':>9} {'faces':>8} {'1 layer':>8} {'4 layers':>9} {'interpolation':>14} {'prototype':>10}")
    for (width, height, count), quoted in PROTOTYPE.items():
        (vertices, faces), cameras = sphere(count), camera(width, height)
        one, four = (
            shortest(lambda k=k, v=vertices, f=faces, c=cameras: rasterize_triangles(v, f, c, layers=k)) for k in (1, 4)
        )
        both = interpolation(vertices, faces, cameras)
        beside = f"{quoted:10.1f}" if quoted else f"{'':10}"
        print(f"{width}x{height:>5} {len(faces):>8} {one:8.2f} {four:9.2f} {both:14.2f} {beside}")


if __name__ == "__main__":
    main()
