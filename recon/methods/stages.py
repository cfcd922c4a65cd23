"""Stages that methods have in common: points found in photographs, the renderer made ready, test views measured."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

from recon.methods.base import Event, Stage
from recon.poses import seeding
from recon.render import threads
from recon.scene import Capture, Points


def triangulated(capture: Capture, cache: Path) -> Generator[Event, None, Points | None]:
    """Points of a capture's own photographs with their known cameras, or None; yields what there is to tell."""
    work = seeding(capture, cache)
    while True:
        try:
            yield Stage(*next(work))
        except StopIteration as end:
            found: Points | None = end.value
            return found


def preparation(device: str) -> str:
    """What is said while the renderer of Gaussians gets ready."""
    if device == "cuda":
        return "Preparing the GPU; its kernels are built once, in some minutes"
    return "Preparing the renderer" if threads.has_kernels() else "Compiling the renderer, about a minute, only once"


def milestones(steps: int, evaluations: int) -> set[int]:
    """Steps after which test views are measured: evenly spread, the last step left to the finished result."""
    return {round(steps * part / (evaluations + 1)) for part in range(1, evaluations + 1)} - {steps}
