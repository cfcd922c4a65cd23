"""Quality against training time of method `splats` on one capture.

    python -m benchmarks.splats [DATA] [--presets quick ...] [--seeds 0 1 2] [--device cpu] [--set NAME=VALUE ...]

DATA is a capture; without it, the bundled desk. Times are of optimisation alone, on an otherwise idle machine: points,
compiling and measuring are not counted. Besides the presets, `quick` is repeated from random points and with
relocation (mcmc) instead of error-driven growth.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import sample_scenes
from recon.evaluate import measure
from recon.io import load_capture
from recon.methods.base import Context, Step
from recon.methods.parameters import with_values
from recon.methods.splats import METHOD, PRESETS, Config
from recon.scene import Capture

VARIANTS = {
    "quick": PRESETS["quick"],
    "standard": PRESETS["standard"],
    "best": PRESETS["best"],
    "quick from random points": replace(PRESETS["quick"], start="random"),
    "quick grown by relocation": replace(PRESETS["quick"], growth="mcmc", opacity_penalty=0.01, scale_penalty=0.01),
}
MARKS = 6


@dataclass(frozen=True)
class Mark:
    """Where a run stands after some training."""

    step: int
    seconds: float
    psnr: float
    ssim: float
    gaussians: int


def curve(capture: Capture, config: Config, context: Context) -> Iterator[Mark]:
    """Train, and measure the held-out views at some evenly spread steps."""
    wanted = {round(config.steps * part / MARKS) for part in range(1, MARKS + 1)}
    events, seconds = METHOD.run(capture, replace(config, evaluations=0), context), 0.0
    while True:
        begun = time.perf_counter()
        event = next(events, None)
        if event is None:
            return
        if not isinstance(event, Step):
            continue
        seconds += time.perf_counter() - begun
        if event.step in wanted:
            splats = context.live.geometry()
            metrics = measure(splats, capture.test or capture.train, device=context.device)
            yield Mark(event.step, seconds, metrics.mean("psnr"), metrics.mean("ssim"), len(splats))


def table(name: str, runs: list[list[Mark]]) -> None:
    """Print the median over seeds at each mark."""
    print(f"\n{name}: median of {len(runs)} seeds")
    print(f"{'step':>8} {'seconds':>9} {'PSNR':>7} {'SSIM':>7} {'Gaussians':>10}")
    for marks in zip(*runs, strict=True):
        seconds, psnr, ssim, gaussians = (
            statistics.median(getattr(mark, field) for mark in marks)
            for field in ("seconds", "psnr", "ssim", "gaussians")
        )
        print(f"{marks[0].step:>8} {seconds:>9.1f} {psnr:>7.2f} {ssim:>7.4f} {int(gaussians):>10}")
    print("final PSNR of each:", " ".join(f"{run[-1].psnr:.2f}" for run in runs), flush=True)


def main(arguments: list[str]) -> None:
    """Run every variant asked for, for every seed."""
    parser = argparse.ArgumentParser(prog="benchmarks.splats", description="Quality against training time.")
    parser.add_argument("data", nargs="?", default=str(sample_scenes.path("desk")))
    parser.add_argument("--presets", nargs="+", choices=VARIANTS, default=list(VARIANTS), metavar="NAME")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--set", nargs="+", default=[], metavar="NAME=VALUE", help="parameters changed in all of them")
    options = parser.parse_args(arguments)
    changes = dict(change.split("=", 1) for change in options.set)
    capture = load_capture(options.data)
    print(f"{capture.name}: {len(capture.train)} training and {len(capture.test)} test views, {options.device}")
    with tempfile.TemporaryDirectory() as cache:
        for name in options.presets:
            contexts = [Context(seed, options.device, Path(cache)) for seed in options.seeds]
            table(name, [list(curve(capture, with_values(VARIANTS[name], changes), context)) for context in contexts])


if __name__ == "__main__":
    main(sys.argv[1:])
