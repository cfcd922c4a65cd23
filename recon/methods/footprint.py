"""What methods that look at photographs take of memory, and how photographs are made smaller when that is too much."""

from __future__ import annotations

import math

from recon.scene import Capture, View

# Of a process with the renderer loaded, before anything is fitted; measured.
PROGRAM_BYTES = 600 << 20
CUDA_PROGRAM_BYTES = 2500 << 20


def pixels(view: View, largest_side: int) -> int:
    """Number of pixels of a view once it is reduced to a longest side."""
    camera = view.camera
    factor = min(1.0, largest_side / max(camera.width, camera.height))
    return round(camera.width * factor) * round(camera.height * factor)


def longest_side(capture: Capture, largest_side: int) -> int:
    """The longest side, in pixels, that any view has once it is reduced; 0 where there is none."""
    sides = (max(view.camera.width, view.camera.height) for view in capture.views)
    return min(largest_side, max(sides, default=0))


def smaller(side: int, shortest: int) -> tuple[int, str]:
    """A longest side with half the pixels, but no shorter than `shortest`, and the sentence that says so."""
    reduced = max(shortest, int(side / math.sqrt(2)))
    return reduced, f"To fit into memory, photographs are reduced to {reduced} pixels."
